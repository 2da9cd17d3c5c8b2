"""The forwarder, with real sockets on loopback addresses."""

import socket
import sys
import threading
import time

import pytest

from composekit.network.forward import Forwarder
from composekit.network.hook import Forwarding
from composekit.network.ports import free_port

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs all of 127.0.0.0/8")
SECONDS = 60.0


class Echo(threading.Thread):
    """Answers each connection with its own name and what it got."""

    def __init__(self, address: str, port: int = 0) -> None:
        super().__init__(daemon=True)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen()
        self.target = self.listener.getsockname()
        self.start()

    def run(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                received = b""
                while chunk := peer.recv(65536):
                    received += chunk
                peer.sendall(self.target[0].encode() + b" " + received)

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def echo():
    made = []

    def make(address: str, port: int = 0) -> Echo:
        made.append(Echo(address, port))
        return made[-1]

    yield make
    for one in made:
        try:
            one.stop()
        except OSError:
            continue


@pytest.fixture
def forwarder():
    """A forwarder that runs in a thread of the test; orders are given under its lock."""
    said: list[str] = []
    made = Forwarder(said.append)
    made.said = said
    over = threading.Event()
    lock = threading.Lock()

    def serve() -> None:
        while not over.is_set():
            with lock:
                made.run_once(0.01)

    thread = threading.Thread(target=serve, daemon=True)
    made.lock = lock
    thread.start()
    yield made
    over.set()
    thread.join()
    made.close()


def ask(port: int, text: bytes = b"hello", host: str = "127.0.0.1") -> bytes:
    with socket.create_connection((host, port), timeout=SECONDS) as peer:
        peer.sendall(text)
        peer.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := peer.recv(65536):
            received += chunk
        return received


def test_a_published_port_leads_to_the_replica(forwarder, echo):
    port, server = free_port("", "tcp"), echo("127.77.0.1")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), server.target)

    assert ask(port) == b"127.77.0.1 hello"


def test_replicas_take_turns(forwarder, echo):
    port = free_port("", "tcp")
    with forwarder.lock:
        for at in (1, 2):
            forwarder.publish(("", port, "tcp"), echo(f"127.77.0.{at}").target)

    assert {ask(port) for _ in range(4)} == {b"127.77.0.1 hello", b"127.77.0.2 hello"}


def test_a_replica_that_refuses_is_passed_over(forwarder, echo):
    port, server = free_port("", "tcp"), echo("127.77.0.1")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), server.target)
        forwarder.publish(("", port, "tcp"), ("127.77.0.9", server.target[1]))

    assert [ask(port) for _ in range(3)] == [b"127.77.0.1 hello"] * 3


def test_an_unhealthy_replica_is_the_last_resort(forwarder, echo):
    port, good, bad = free_port("", "tcp"), echo("127.77.0.1"), echo("127.77.0.2")
    with forwarder.lock:
        for one in (good, bad):
            forwarder.publish(("", port, "tcp"), one.target)
        forwarder.judge(("", port, "tcp"), bad.target, healthy=False)

    assert {ask(port) for _ in range(4)} == {b"127.77.0.1 hello"}
    good.stop()
    assert ask(port) == b"127.77.0.2 hello"


def test_megabytes_survive_and_so_does_the_half_closed_end(forwarder, echo):
    port, server = free_port("", "tcp"), echo("127.77.0.1")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), server.target)
    sent = bytes(range(256)) * 20_000

    assert ask(port, sent) == b"127.77.0.1 " + sent


def test_without_any_replica_the_port_is_closed(forwarder, echo):
    port, server = free_port("", "tcp"), echo("127.77.0.1")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), server.target)
        forwarder.withdraw(("", port, "tcp"), server.target)

    with pytest.raises(ConnectionRefusedError):
        ask(port)


def test_the_same_port_is_bound_once_the_replica_listens_there(forwarder, echo):
    port = free_port("", "tcp")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), ("127.77.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        ask(port)
    echo("127.77.0.1", port)

    assert ask_until_answered(port) == b"127.77.0.1 hello"


def test_a_replica_that_listens_everywhere_on_its_published_port_is_left_to_it(forwarder, echo):
    port = free_port("", "tcp")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), ("127.77.0.1", port))
    echo("0.0.0.0", port)

    assert ask(port) == b"0.0.0.0 hello"
    assert forwarder.said == []


def ask_until_answered(port: int) -> bytes:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            return ask(port)
        except ConnectionRefusedError:
            threading.Event().wait(0.02)  # the forwarder looks every 50 ms
    raise AssertionError("nobody answered")


def test_datagrams_find_there_and_back(forwarder):
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.77.0.1", 0))
        for one in (server, client):
            one.settimeout(SECONDS)
        port = free_port("", "udp")
        with forwarder.lock:
            forwarder.publish(("", port, "udp"), server.getsockname())
        client.sendto(b"ping", ("127.0.0.1", port))
        received, sender = server.recvfrom(100)
        server.sendto(b"pong", sender)

        assert received == b"ping"
        assert client.recvfrom(100)[0] == b"pong"


def test_a_port_that_another_has_is_told(forwarder, echo):
    holder, server = echo("127.0.0.1"), echo("127.77.0.1")
    port = holder.target[1]
    with forwarder.lock:
        forwarder.publish(("127.0.0.1", port, "tcp"), server.target)

    assert forwarder.said == [f"port 127.0.0.1:{port}/tcp could not be published: another program has it"]


def test_a_port_that_becomes_free_is_taken_then(forwarder, echo):
    holder, server = echo("127.0.0.1"), echo("127.77.0.1")
    port = holder.target[1]
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), server.target)
    assert ask(port) == b"127.0.0.1 hello"
    holder.stop()

    assert ask_until_answered(port) == b"127.77.0.1 hello"


def test_a_target_that_is_the_published_place_itself_is_left_alone(forwarder):
    port = free_port("", "tcp")
    with forwarder.lock:
        forwarder.publish(("", port, "tcp"), ("127.0.0.1", port))

    with pytest.raises(ConnectionRefusedError):
        ask(port)


@pytest.mark.integration
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")  # the test's own servers are threads
def test_the_hook_runs_a_process_that_ends_with_it(echo):
    port, server = free_port("", "tcp"), echo("127.77.0.1")
    network = {
        "address": server.target[0],
        "ports": [{"host_ip": "", "published": port, "target": server.target[1], "protocol": "tcp"}],
    }
    hook = Forwarding()
    hook.start("web-1", network)

    assert ask_until_answered(port) == b"127.77.0.1 hello"
    hook.stop("web-1")
    with pytest.raises(ConnectionRefusedError):
        ask(port)
