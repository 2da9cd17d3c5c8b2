"""The network hook of a supervisor: told when a replica starts and ends, it keeps the published ports in step.

`network` of a spec is {"address": "127.83.5.9", "ports": [{"host_ip", "published", "target", "protocol"}, ...]}. The
forwarder runs in a child process that ends by itself when the supervisor does.
"""

import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from composekit.network.forward import Forwarder, Key, Target


class Watch(Protocol):
    """The part of an event loop that the hook needs: to hear that the forwarder has ended."""

    def on_readable(self, descriptor: int, callback: Callable[[], None]) -> None: ...

    def forget(self, descriptor: int) -> None: ...


class Forwarding:
    """Starts and feeds the forwarder process; none runs while no port is published. One that dies is replaced."""

    def __init__(self) -> None:
        self.watch: Watch | None = None
        self._control: socket.socket | None = None
        self._pid = 0
        self._open: dict[str, list[dict[str, Any]]] = {}

    def start(self, name: str, network: dict[str, Any]) -> None:
        """A replica's process has been started: its published ports lead to it from now on."""
        orders = [
            {"do": "publish", "key": [port["host_ip"], port["published"], port["protocol"]],
             "target": [network["address"], port["target"]]}
            for port in network.get("ports", ())
        ]  # fmt: skip
        if orders:
            self._open[name] = orders
            self._send(orders)

    def stop(self, name: str) -> None:
        """A replica's process has ended."""
        orders = self._open.pop(name, None)
        if orders:
            self._send([{**order, "do": "withdraw"} for order in orders])
        if not self._open:
            self.close()

    def changed(self, name: str, *, healthy: bool) -> None:
        """A replica's health changed: the unhealthy ones get connections only when there is no other."""
        orders = self._open.get(name)
        if orders:
            self._send([{**order, "do": "judge", "healthy": healthy} for order in orders])

    def close(self) -> None:
        """End the forwarder process and wait for it, so that its ports are free when this returns."""
        if self._control is None:
            return
        if self.watch is not None:
            self.watch.forget(self._control.fileno())
        self._control.close()
        self._control = None
        with suppress(ChildProcessError):  # reaped by the supervisor's loop already
            os.waitpid(self._pid, 0)

    def _send(self, orders: list[dict[str, Any]]) -> None:
        if self._control is None:
            self._launch()
        text = "".join(json.dumps(order) + "\n" for order in orders).encode()
        try:
            if self._control is not None:
                self._control.sendall(text)
        except OSError:
            self._replace()

    def _replace(self) -> None:
        """The forwarder died: start another, which must hear everything again."""
        self.close()
        if not self._open:
            return
        self._launch()
        everything = "".join(json.dumps(order) + "\n" for one in self._open.values() for order in one).encode()
        if self._control is not None:
            self._control.sendall(everything)

    def _launch(self) -> None:
        mine, its = socket.socketpair()
        self._pid = os.fork()
        if self._pid:
            its.close()
            self._control = mine
            if self.watch is not None:
                self.watch.on_readable(mine.fileno(), self._replace)  # it never writes, so this is its end
            return
        mine.close()
        try:
            _serve(its)
        finally:
            os._exit(0)


def _serve(control: socket.socket) -> None:
    """Be the forwarder process: obey orders until the control socket ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    signal.set_wakeup_fd(-1)
    _close_descriptors({0, 1, 2, control.fileno()})
    with suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as name:
        name.write("composekit-net")
    forwarder = Forwarder(lambda message: print(message, file=sys.stderr, flush=True))  # noqa: T201  # the daemon's log
    control.setblocking(False)
    rest = b""
    ended = False

    def obey(_mask: int) -> None:
        nonlocal rest, ended
        try:
            received = control.recv(65536)
        except BlockingIOError:
            return
        ended = not received
        *lines, rest = (rest + received).split(b"\n")
        for line in lines:
            order = json.loads(line)
            host_ip, port, protocol = order["key"]
            _obey_one(forwarder, order, (host_ip, port, protocol), (order["target"][0], order["target"][1]))

    forwarder.selector.register(control, selectors.EVENT_READ, obey)
    while not ended:
        forwarder.run_once()


def _obey_one(forwarder: Forwarder, order: dict[str, Any], key: Key, target: Target) -> None:
    if order["do"] == "publish":
        forwarder.publish(key, target)
    elif order["do"] == "withdraw":
        forwarder.withdraw(key, target)
    else:
        forwarder.judge(key, target, healthy=order["healthy"])


def _close_descriptors(keep: set[int]) -> None:
    """Let go of the supervisor's sockets, pipes and lock, which would otherwise outlive it here."""
    try:
        names = os.listdir("/dev/fd")
    except OSError:
        names = [str(number) for number in range(256)]
    for number in map(int, names):
        if number not in keep:
            with suppress(OSError):  # the listing's own descriptor, or not open
                os.close(number)
