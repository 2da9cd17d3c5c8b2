"""Which engine to talk to: DOCKER_HOST, docker contexts, and the keys of a TLS connection.

The order is that of the docker client (https://docs.docker.com/engine/manage-resources/contexts/): a host or context
on the command line, then DOCKER_HOST, DOCKER_CONTEXT, the current context, and the local socket.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from composekit.errors import ComposekitError, UsageError

DEFAULT_HOST = "unix:///var/run/docker.sock"
_TLS_FILES = ("ca.pem", "cert.pem", "key.pem")
_SCHEMES = ("unix", "tcp", "http", "https", "ssh")


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of PEM files; an empty one is not used."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine's address, in the form of DOCKER_HOST."""

    host: str
    tls: Tls | None = None

    @property
    def scheme(self) -> str:
        return urlsplit(self.host).scheme


def find_endpoint(environ: Mapping[str, str], *, host: str = "", context: str = "") -> Endpoint:
    """Return the engine that the command line, the environment or the docker configuration names."""
    if host and context:
        raise UsageError("--host and --context name two engines", hint="give one of them")
    if not host and not context:
        host = environ.get("DOCKER_HOST", "")
        context = "" if host else environ.get("DOCKER_CONTEXT", "") or _current_context(environ)
    if context and context != "default":
        return _of_context(environ, context)
    return _checked(Endpoint(host or DEFAULT_HOST, _environment_tls(environ)))


def config_folder(environ: Mapping[str, str]) -> str:
    """Return where the docker client keeps its configuration."""
    home = environ.get("HOME") or os.path.expanduser("~")
    return environ.get("DOCKER_CONFIG") or os.path.join(home, ".docker")


def read_config(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the docker client's config.json; empty when there is none or it is no object."""
    try:
        with open(os.path.join(config_folder(environ), "config.json"), encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def _current_context(environ: Mapping[str, str]) -> str:
    return str(read_config(environ).get("currentContext") or "")


def _of_context(environ: Mapping[str, str], name: str) -> Endpoint:
    identity = hashlib.sha256(name.encode()).hexdigest()
    contexts = os.path.join(config_folder(environ), "contexts")
    try:
        with open(os.path.join(contexts, "meta", identity, "meta.json"), encoding="utf-8") as file:
            facts = json.load(file)["Endpoints"]["docker"]
            host, skips = str(facts["Host"]), bool(facts.get("SkipTLSVerify"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "docker context ls shows those there are"
        raise ComposekitError(f"the docker context '{name}' cannot be read: {_reason(error)}", hint=hint) from None
    return _checked(Endpoint(host, _tls_in(os.path.join(contexts, "tls", identity, "docker"), verify=not skips)))


def _environment_tls(environ: Mapping[str, str]) -> Tls | None:
    """DOCKER_TLS_VERIFY asks for TLS with any value, DOCKER_TLS for TLS without looking at the server's name."""
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    if not verify and not environ.get("DOCKER_TLS"):
        return None
    folder = environ.get("DOCKER_CERT_PATH") or config_folder(environ)
    return _tls_in(folder, verify=verify) or Tls(verify=verify)


def _tls_in(folder: str, *, verify: bool) -> Tls | None:
    paths = [os.path.join(folder, name) for name in _TLS_FILES]
    ca, cert, key = (path if os.path.exists(path) else "" for path in paths)
    return Tls(ca, cert, key, verify) if ca or cert or key else None


def _checked(endpoint: Endpoint) -> Endpoint:
    if endpoint.scheme not in _SCHEMES:
        hint = "write unix:///PATH, tcp://HOST:PORT or ssh://[USER@]HOST"
        raise ComposekitError(f"'{endpoint.host}' is not the address of an engine", hint=hint)
    return endpoint


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return "it is not what the docker client writes"
