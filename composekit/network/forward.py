"""Published ports: a loop that carries TCP and UDP from a host port to the replicas behind it, one after the other.

Runs in a process of its own (`hook.py` starts it), so that no amount of traffic delays the supervisor. Single-threaded;
a slow side only stops its own connection.
"""

import errno
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from composekit.network.ports import is_listening, listen_addresses, open_socket

Target = tuple[str, int]
Key = tuple[str, int, str]  # host address as published, port, protocol

_CHUNK = 65536
_SOON, _LATER = 0.05, 5.0  # seconds between tries to bind, at first and after minutes: looking costs milliseconds
_UDP_IDLE = 60.0


class Published:
    """One published port: the replicas it leads to, and its listening sockets by address.

    It is complete once the first of its addresses could be bound; the others are had where they can be.
    """

    __slots__ = ("addresses", "born", "key", "listeners", "look_at", "said", "served", "targets", "weak")

    def __init__(self, key: Key, now: float) -> None:
        self.key = key
        self.targets: list[Target] = []
        self.weak: set[Target] = set()
        self.addresses = listen_addresses(key[0])
        self.listeners: dict[str, socket.socket] = {}
        self.served = 0
        self.born = self.look_at = now
        self.said = False

    @property
    def is_complete(self) -> bool:
        return self.addresses[0] in self.listeners

    def is_own(self, target: Target) -> bool:
        """Tell whether a target is the published place itself, as where the system has but one address."""
        return target[1] == self.key[1] and target[0] in self.addresses

    def candidates(self) -> list[Target]:
        """Return all targets, starting with the one whose turn it is; the unhealthy ones are a last resort."""
        good = [one for one in self.targets if one not in self.weak] or self.targets
        if not good:
            return []
        first = self.served % len(good)
        self.served += 1
        return [*good[first:], *good[:first], *(one for one in self.targets if one not in good)]


class Forwarder:
    """All published ports of a project. `say` gets one line for each thing a user should know."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.selector = selectors.DefaultSelector()
        self.published: dict[Key, Published] = {}
        self.say = say
        self._clock = clock
        self._udp: dict[tuple[Key, Any], _UdpPeer] = {}

    def publish(self, key: Key, target: Target) -> None:
        """Lead a host port to one more replica."""
        found = self.published.get(key)
        if found is None:
            found = self.published[key] = Published(key, self._clock())
        if target not in found.targets and not found.is_own(target):
            found.targets.append(target)
        self._try_bind(found)

    def withdraw(self, key: Key, target: Target) -> None:
        """Lead a host port no longer to a replica; without any it is closed. Connections that exist go on."""
        found = self.published.get(key)
        if found is None:
            return
        found.targets = [one for one in found.targets if one != target]
        found.weak.discard(target)
        if not found.targets:
            del self.published[key]
            for listener in found.listeners.values():
                self._forget(listener)

    def judge(self, key: Key, target: Target, *, healthy: bool) -> None:
        """Learn that a replica's health changed."""
        found = self.published.get(key)
        if found is not None:
            (found.weak.discard if healthy else found.weak.add)(target)

    def run_once(self, timeout: float | None = None) -> None:
        """Wait for traffic once and carry it."""
        waiting = [one for one in self.published.values() if one.targets and not one.is_complete]
        limit = _UDP_IDLE / 2 if self._udp else None
        if waiting:
            limit = max(0.0, min(one.look_at for one in waiting) - self._clock())
        if timeout is not None:
            limit = timeout if limit is None else min(limit, timeout)
        for key, mask in self.selector.select(limit):
            if key.fileobj in self.selector.get_map():
                key.data(mask)
        for one in waiting:
            if self._clock() >= one.look_at:
                self._try_bind(one)
        self._expire_udp()

    def close(self) -> None:
        for registered in list(self.selector.get_map().values()):
            if isinstance(registered.fileobj, socket.socket):
                self._forget(registered.fileobj)
        self.selector.close()

    def _try_bind(self, published: Published) -> None:
        """Bind a port now, or later.

        A program that listens on every address by itself, on the very port that is published, must get it first: so
        such a port is bound only when its replica listens, and a port that is taken by then is reached without us.
        """
        if published.is_complete or not published.targets:
            return
        host_ip, port, protocol = published.key
        age = self._clock() - published.born
        published.look_at = self._clock() + min(max(age / 20, _SOON), _LATER)
        own = any(target[1] == port for target in published.targets)
        if own and not any(is_listening(*target, protocol) is not False for target in published.targets):
            return
        for address in published.addresses:
            if address not in published.listeners:
                self._bind(published, address)
        if not own and not published.is_complete and not published.said:
            published.said = True
            shown = f"{host_ip}:{port}" if host_ip else str(port)
            self.say(f"port {shown}/{protocol} could not be published: another program has it")

    def _bind(self, published: Published, address: str) -> None:
        _, port, protocol = published.key
        listener = self._listen(address, port, protocol)
        if listener is None:
            return
        published.listeners[address] = listener
        accept = self._receive if protocol == "udp" else self._accept
        self.selector.register(listener, selectors.EVENT_READ, lambda _mask: accept(published, listener))

    def _listen(self, address: str, port: int, protocol: str) -> socket.socket | None:
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        made = open_socket(address, kind)
        try:
            made.bind((address, port))
            if kind == socket.SOCK_STREAM:
                made.listen(128)
        except OSError:
            made.close()
            return None
        made.setblocking(False)
        return made

    def _accept(self, published: Published, listener: socket.socket) -> None:
        for _ in range(64):
            try:
                client, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    time.sleep(_SOON)  # nothing can be accepted until a connection ends; do not spin
                return
            client.setblocking(False)
            _Connection(self, client, published.candidates()).connect_next()

    def _receive(self, published: Published, listener: socket.socket) -> None:
        for _ in range(64):
            try:
                data, sender = listener.recvfrom(_CHUNK)
            except OSError:
                return
            peer = self._udp.get((published.key, sender))
            if peer is None:
                candidates = published.candidates()
                if not candidates:
                    return
                peer = self._udp[(published.key, sender)] = _UdpPeer(listener, sender, candidates[0])
                self.selector.register(peer.upstream, selectors.EVENT_READ, peer.answer)
            peer.last = self._clock()
            peer.send(data)

    def _expire_udp(self) -> None:
        limit = self._clock() - _UDP_IDLE
        for name in [name for name, peer in self._udp.items() if peer.last < limit]:
            self._forget(self._udp.pop(name).upstream)

    def _forget(self, one: socket.socket) -> None:
        if one in self.selector.get_map():
            self.selector.unregister(one)
        one.close()


class _UdpPeer:
    """One client of a UDP port and the socket its datagrams go on from, so that answers find back."""

    __slots__ = ("client", "last", "listener", "upstream")

    def __init__(self, listener: socket.socket, client: Any, target: Target) -> None:
        self.listener = listener
        self.client = client
        self.last = 0.0
        self.upstream = open_socket(target[0], socket.SOCK_DGRAM)
        self.upstream.setblocking(False)
        self.upstream.connect(target)

    def send(self, data: bytes) -> None:
        with suppress(OSError):  # a datagram may be lost
            self.upstream.send(data)

    def answer(self, _mask: int) -> None:
        with suppress(OSError):
            self.listener.sendto(self.upstream.recv(_CHUNK), self.client)


class _Connection:
    """A client's TCP connection and the replica's, with what one has sent and the other not yet taken."""

    __slots__ = ("candidates", "client", "forwarder", "pending", "read_done", "target")

    def __init__(self, forwarder: Forwarder, client: socket.socket, candidates: list[Target]) -> None:
        self.forwarder = forwarder
        self.client = client
        self.candidates = candidates
        self.target: socket.socket | None = None
        self.pending: dict[socket.socket, bytes] = {}
        self.read_done: set[socket.socket] = set()

    def connect_next(self) -> None:
        """Connect to the next candidate; a replica that refuses is passed over, without any the client is refused."""
        while self.candidates:
            address = self.candidates.pop(0)
            self.target = open_socket(address[0], socket.SOCK_STREAM)
            self.target.setblocking(False)
            code = self.target.connect_ex(address)
            if code in (0, errno.EINPROGRESS):
                self.forwarder.selector.register(self.target, selectors.EVENT_WRITE, self._connected)
                return
            self.target.close()
        self.client.close()

    def _connected(self, _mask: int) -> None:
        target = self.target
        if target is None:
            return
        self.forwarder.selector.unregister(target)
        if target.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            target.close()
            self.connect_next()
            return
        self.pending = {self.client: b"", target: b""}
        for side in (self.client, target):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.forwarder.selector.register(
                side, selectors.EVENT_READ, lambda mask, side=side: self._carry(side, mask)
            )

    def _carry(self, side: socket.socket, mask: int) -> None:
        other = self._other(side)
        try:
            if mask & selectors.EVENT_READ and not self.pending[other]:
                data = side.recv(_CHUNK)
                if data:
                    self.pending[other] = data
                else:
                    self.read_done.add(side)
            for one in (other, side):
                self._flush(one)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._close()
            return
        if len(self.read_done) == 2 and not any(self.pending.values()):
            self._close()
            return
        self._watch()

    def _flush(self, one: socket.socket) -> None:
        if self.pending[one]:
            try:
                sent = one.send(self.pending[one])
            except (BlockingIOError, InterruptedError):
                return
            self.pending[one] = self.pending[one][sent:]
        if not self.pending[one] and self._other(one) in self.read_done:
            with suppress(OSError):  # already shut, or gone: the next read tells
                one.shutdown(socket.SHUT_WR)

    def _watch(self) -> None:
        """Read from a side only while the other has taken everything; write to a side while it has not."""
        selector = self.forwarder.selector
        for side in self.pending:
            other = self._other(side)
            wanted = 0
            if side not in self.read_done and not self.pending[other]:
                wanted |= selectors.EVENT_READ
            if self.pending[side]:
                wanted |= selectors.EVENT_WRITE
            registered = selector.get_map().get(side)
            if wanted and registered is None:
                selector.register(side, wanted, lambda mask, side=side: self._carry(side, mask))
            elif wanted and registered is not None and registered.events != wanted:
                selector.modify(side, wanted, registered.data)
            elif not wanted and registered is not None:
                selector.unregister(side)

    def _other(self, side: socket.socket) -> socket.socket:
        target = self.target
        return target if side is self.client and target is not None else self.client

    def _close(self) -> None:
        for side in (self.client, self.target):
            if side is not None:
                self.forwarder._forget(side)  # noqa: SLF001  # its own module
