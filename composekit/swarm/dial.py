"""Sockets to an engine: a unix socket, TCP with or without TLS, or through ssh."""

import os
import socket
import ssl
import tempfile
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from composekit.errors import ComposekitError
from composekit.swarm.endpoint import Endpoint, Tls

if TYPE_CHECKING:
    from subprocess import Popen

_PORT, _TLS_PORT = 2375, 2376


class Unreachable(ComposekitError):
    """There is no way to the engine, or it has gone away."""

    exit_code = 4


class Line:
    """A connected socket, and what belongs to it: with ssh the program and what it complains about."""

    def __init__(self, endpoint: Endpoint, *, timeout: float | None) -> None:
        self._complaints: IO[bytes] | None = None
        self._program: Popen[bytes] | None = None
        try:
            self.socket = self._dial(endpoint, timeout)
        except PermissionError as error:
            hint = "add yourself to the group 'docker', or run this as root"
            raise Unreachable(f"no permission to use the engine at {endpoint.host}", hint=hint) from error
        except ssl.SSLError as error:
            hint = "DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or the docker context, say which certificates count"
            reason = " ".join(str(error.reason or error).lower().replace("_", " ").split())
            raise Unreachable(f"no TLS connection to the engine at {endpoint.host}: {reason}", hint=hint) from error
        except OSError as error:
            raise unreachable(endpoint, (error.strerror or str(error)).lower()) from error

    def complaint(self) -> str:
        """Return the last line that ssh printed, if any."""
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def close(self) -> None:
        self.socket.close()
        if self._program is not None:
            self._program.terminate()
            self._program.wait()
        if self._complaints is not None:
            self._complaints.close()

    def _dial(self, endpoint: Endpoint, timeout: float | None) -> socket.socket:
        parts = urlsplit(endpoint.host)
        if parts.scheme == "unix":
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(timeout)
            try:
                line.connect(parts.path)
            except OSError:
                line.close()
                raise
            return line
        if parts.scheme == "ssh":
            return self._dial_ssh(endpoint, timeout)
        tls = endpoint.tls if endpoint.tls is not None else (Tls() if parts.scheme == "https" else None)
        port = parts.port or (_TLS_PORT if tls else _PORT)
        plain = socket.create_connection((parts.hostname or "localhost", port), timeout=timeout)
        return plain if tls is None else _secured(plain, tls, parts.hostname or "localhost")

    def _dial_ssh(self, endpoint: Endpoint, timeout: float | None) -> socket.socket:
        """Let the docker client on the other machine carry the bytes, as the docker client itself does."""
        import subprocess

        parts = urlsplit(endpoint.host)
        words = ["ssh", "-o", "ConnectTimeout=30"]
        words += ["-l", parts.username] if parts.username else []
        words += ["-p", str(parts.port)] if parts.port else []
        words += ["-T", "--", parts.hostname or "", "docker", "system", "dial-stdio"]
        ours, theirs = socket.socketpair()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  # read when the line breaks
        with theirs:
            self._program = subprocess.Popen(
                words,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._complaints,
                start_new_session=True,
            )
        ours.settimeout(timeout)
        return ours


def unreachable(endpoint: Endpoint, reason: str) -> Unreachable:
    local = endpoint.scheme == "unix" and not os.path.exists(urlsplit(endpoint.host).path)
    hint = "is Docker running here? DOCKER_HOST or --context may name another engine" if local else None
    return Unreachable(f"cannot reach the engine at {endpoint.host}: {reason}", hint=hint)


def _secured(plain: socket.socket, tls: Tls, name: str) -> socket.socket:
    context = ssl.create_default_context(cafile=tls.ca or None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key or None)
    return context.wrap_socket(plain, server_hostname=name)
