"""The control socket: connections, requests in, replies and events out. A slow or dead reader holds nobody up."""

import contextlib
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

from composekit.supervise import process, protocol
from composekit.supervise.home import Home
from composekit.supervise.jobs import Refused
from composekit.supervise.loop import Loop

FULL_BYTES = 1 << 20  # a watcher this far behind gets a snapshot in place of events

# dispatch(request, done); snapshot() -> facts for a reader that watches from now on
Dispatch = Callable[[dict[str, Any], Callable[[Any], None]], None]
Snapshot = Callable[[], dict[str, Any]]


class Server:
    """Listens on the project's socket. `publish` reaches every connection that asked to watch."""

    def __init__(self, home: Home, loop: Loop, dispatch: Dispatch, snapshot: Snapshot) -> None:
        self.dispatch = dispatch
        self.snapshot = snapshot
        self.loop = loop
        self.connections: set[_Connection] = set()
        self._path = home.socket_path
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # of a dead daemon: the lock is ours
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(self._path)
        os.chmod(self._path, 0o600)
        self._socket.listen(128)
        self._socket.setblocking(False)
        loop.on_readable(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            peer, _ = self._socket.accept()
        except OSError:
            return  # gone again, or no descriptor left for it
        peer.setblocking(False)
        connection = _Connection(self, peer)
        if not _is_ours(peer):
            connection.send(protocol.failed(None, "not-yours", "this supervisor belongs to another user"))
            connection.close()

    def publish(self, event: dict[str, Any]) -> None:
        """Send an event to whoever watches it."""
        line = b""
        for connection in [one for one in self.connections if one.watching]:
            if event["event"] == "log" and not connection.wants_logs:
                continue
            line = line or protocol.encode(event)
            connection.tell(line)

    def stop_listening(self) -> None:
        """Take no more connections, and remove the socket."""
        self.loop.forget(self._socket.fileno())
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    def close(self) -> None:
        """Hand out what is still to be sent, without waiting, and end every connection."""
        for connection in list(self.connections):
            connection.close()


class _Connection:
    def __init__(self, server: Server, peer: socket.socket) -> None:
        self.server = server
        self.peer = peer
        self.watching = False
        self.wants_logs = False
        self._behind = False
        self._incoming = protocol.LineBuffer()
        self._outgoing = bytearray()
        self._open = True
        server.connections.add(self)
        server.loop.on_readable(peer.fileno(), self._read)

    # -- in ------------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            chunk = self.peer.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.close()
            return
        try:
            lines = self._incoming.feed(chunk)
        except protocol.BadMessage as error:
            self.send(protocol.failed(None, error.code, str(error)))
            self.close()
            return
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        request_id = None
        try:
            request = protocol.decode(line)
            request_id = request.get("id")
            if request.get("do") == "watch":
                self._watch(request)
                return
            self.server.dispatch(request, lambda answer: self._answer(request_id, answer))
        except protocol.BadMessage as error:
            self.send(protocol.failed(request_id, error.code, str(error), error.hint))
        except Refused as refusal:
            self._answer(request_id, refusal)
        except Exception as error:  # noqa: BLE001 (a bug in one verb must not end the supervision of everything)
            process.complain_of_error()
            self.send(
                protocol.failed(request_id, "internal", f"the supervisor failed: {type(error).__name__}: {error}")
            )

    def _answer(self, request_id: Any, answer: Any) -> None:
        if isinstance(answer, Refused):
            self.send(protocol.failed(request_id, answer.code, str(answer), answer.hint))
        else:
            self.send(protocol.ok(request_id, **answer))

    def _watch(self, request: dict[str, Any]) -> None:
        self.send(protocol.ok(request.get("id"), **self.server.snapshot()))
        self.watching = True
        self.wants_logs = bool(request.get("logs"))

    # -- out -----------------------------------------------------------------------------------------------------------

    def tell(self, line: bytes) -> None:
        """Send an event, or remember that some were left out."""
        if self._behind or len(self._outgoing) > FULL_BYTES:
            self._behind = True
        else:
            self.send(line)

    def send(self, line: bytes) -> None:
        """Send as much as the socket takes now; the rest follows."""
        if not self._open:
            return
        if not self._outgoing:
            try:
                line = line[self.peer.send(line) :]
            except BlockingIOError:
                pass
            except OSError:
                self.close()
                return
        if line:
            if not self._outgoing:
                self.server.loop.on_writable(self.peer.fileno(), self._write)
            self._outgoing += line

    def _write(self) -> None:
        try:
            sent = self.peer.send(memoryview(self._outgoing)[: 1 << 18])
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del self._outgoing[:sent]
        if not self._outgoing and self._behind:
            self._behind = False
            self._outgoing += protocol.encode({"event": "snapshot", **self.server.snapshot()})
        if not self._outgoing:
            self.server.loop.on_writable(self.peer.fileno(), None)

    def close(self) -> None:
        """End the connection; what it asked for goes on."""
        if self._open:
            self._open = False
            self.server.connections.discard(self)
            self.server.loop.forget(self.peer.fileno())
            self.peer.close()


def _is_ours(peer: socket.socket) -> bool:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # the socket's directory is closed to others
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return bool(uid == os.getuid())
