"""The event loop and the control socket, without a daemon around them."""

import json
import os
import signal
import socket

import pytest

from composekit.supervise import server as servers
from composekit.supervise.home import Home
from composekit.supervise.jobs import Refused
from composekit.supervise.loop import Loop
from composekit.supervise.server import Server


@pytest.fixture
def loop():
    made = Loop()
    yield made
    made.close()


class Peer:
    """A client on the same loop as the server."""

    def __init__(self, loop, home):
        self.loop = loop
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(home.socket_path)
        self.socket.setblocking(False)
        self.received = b""

    def send(self, **message):
        self.socket.sendall(json.dumps({"v": 1, **message}).encode() + b"\n")

    def read_until(self, wanted):
        """Let the loop run until `wanted(messages)`, or the server hangs up; return the messages."""
        self.loop.start_timer("too late", 10, self.loop.stop)

        def read():
            try:
                chunk = self.socket.recv(1 << 16)
            except BlockingIOError:
                return
            self.received += chunk
            if not chunk or wanted(self.messages()):
                self.loop.stop()

        self.loop.on_readable(self.socket.fileno(), read)
        self.loop.run()
        self.loop.forget(self.socket.fileno())
        self.loop.cancel_timer("too late")
        return self.messages()

    def messages(self):
        return [json.loads(line) for line in self.received.split(b"\n")[:-1]]


@pytest.fixture
def home(tmp_path):
    directory = f"/tmp/ck-server-{os.getpid()}"  # pytest's own paths are too long for a socket
    os.mkdir(directory, 0o700)
    yield Home(str(tmp_path), "p", directory)
    os.rmdir(directory)


@pytest.fixture
def server(loop, home):
    def dispatch(request, done):
        match request["do"]:
            case "echo":
                done({"said": request["text"]})
            case "refuse":
                raise Refused("no", "not today", hint="tomorrow")
            case "break":
                raise RuntimeError("a bug")
            case "later":
                loop.start_timer("later", 0, lambda: done({"late": True}))

    made = Server(home, loop, dispatch, lambda: {"replicas": [], "notices": [], "upto": 7})
    yield made
    made.close()
    made.stop_listening()


@pytest.fixture
def peer(loop, home, server):
    made = Peer(loop, home)
    yield made
    made.socket.close()


def count(number):
    return lambda messages: len(messages) >= number


def test_each_request_gets_its_reply_in_one_line(peer):
    peer.send(id=1, do="echo", text="a\nb")
    assert peer.read_until(count(1)) == [{"v": 1, "id": 1, "ok": True, "said": "a\nb"}]


def test_a_reply_may_come_later_than_that_to_the_next_request(peer):
    peer.send(id=1, do="later")
    peer.send(id=2, do="echo", text="x")
    assert [message["id"] for message in peer.read_until(count(2))] == [2, 1]


def test_a_refusal_has_code_message_and_hint(peer):
    peer.send(id=3, do="refuse")
    assert peer.read_until(count(1)) == [
        {"v": 1, "id": 3, "ok": False, "code": "no", "message": "not today", "hint": "tomorrow"}
    ]


def test_a_bug_in_one_verb_is_an_error_reply(peer, capfd):
    peer.send(id=4, do="break")
    (reply,) = peer.read_until(count(1))
    assert (reply["ok"], reply["code"], reply["message"]) == (
        False,
        "internal",
        "the supervisor failed: RuntimeError: a bug",
    )
    assert "RuntimeError: a bug" in capfd.readouterr().err


def test_another_users_request_is_refused(loop, home, server, monkeypatch):
    monkeypatch.setattr(servers.os, "getuid", lambda: 12345)
    stranger = Peer(loop, home)
    (reply,) = stranger.read_until(lambda _messages: False)
    stranger.socket.close()
    assert (reply["ok"], reply["code"]) == (False, "not-yours")


def test_events_go_to_watchers_only_and_log_news_to_those_who_asked(loop, home, server):
    watcher, reader = Peer(loop, home), Peer(loop, home)
    watcher.send(id=1, do="watch")
    reader.send(id=1, do="watch", logs=True)
    watcher.read_until(count(1))
    reader.read_until(count(1))
    server.publish({"event": "log", "upto": 8})
    server.publish({"event": "notice", "text": "hm"})
    assert [message.get("event") for message in watcher.read_until(count(2))] == [None, "notice"]
    assert [message.get("event") for message in reader.read_until(count(3))] == [None, "log", "notice"]
    watcher.socket.close()
    reader.socket.close()


def test_a_watcher_that_is_far_behind_gets_a_snapshot_in_place_of_what_it_missed(peer, server):
    peer.send(id=1, do="watch")
    peer.read_until(count(1))
    sent = 20_000
    for number in range(sent):
        server.publish({"event": "notice", "text": f"{number} " + "x" * 200})
    messages = peer.read_until(lambda messages: messages[-1].get("event") == "snapshot")
    events = [message for message in messages if message.get("event") == "notice"]
    assert 0 < len(events) < sent
    assert [int(event["text"].split()[0]) for event in events] == list(range(len(events)))
    assert messages[-1] == {"v": 1, "event": "snapshot", "replicas": [], "notices": [], "upto": 7}
    server.publish({"event": "notice", "text": "again"})
    assert peer.read_until(lambda messages: messages[-1].get("text") == "again")[-1]["text"] == "again"


def test_a_watcher_that_hangs_up_is_forgotten(peer, server, loop):
    peer.send(id=1, do="watch")
    peer.read_until(count(1))
    peer.socket.shutdown(socket.SHUT_RDWR)
    loop.start_timer("end", 0.01, loop.stop)
    loop.run()
    server.publish({"event": "notice", "text": "hm"})
    assert not server.connections


def test_timers_fire_in_order_and_once(loop):
    fired = []
    loop.start_timer("b", 0.02, lambda: (fired.append("b"), loop.stop()))
    loop.start_timer("a", 0.01, lambda: fired.append("a"))
    loop.start_timer("gone", 0.0, lambda: fired.append("gone"))
    loop.cancel_timer("gone")
    loop.start_timer("moved", 0.0, lambda: fired.append("too early"))
    loop.start_timer("moved", 0.015, lambda: fired.append("moved"))
    loop.run()
    assert fired == ["a", "moved", "b"]


def test_a_descriptor_closed_in_a_round_is_not_called_in_it(loop):
    pairs = [os.pipe() for _ in range(2)]
    called = []

    def close_the_other(which):
        called.append(which)
        loop.forget(pairs[1 - which][0])
        loop.stop()

    for which, (read, write) in enumerate(pairs):
        os.write(write, b"x")
        loop.on_readable(read, lambda which=which: close_the_other(which))
    loop.run()
    assert len(called) == 1
    loop.forget(pairs[called[0]][0])
    for descriptor in (number for pair in pairs for number in pair):
        os.close(descriptor)


def test_signals_are_taken_in_the_loop(loop):
    seen = []
    before = signal.getsignal(signal.SIGUSR1)
    loop.on_signal(signal.SIGUSR1, lambda: (seen.append("usr1"), loop.stop()))
    os.kill(os.getpid(), signal.SIGUSR1)
    assert seen == []
    loop.run()
    signal.signal(signal.SIGUSR1, before)
    assert seen == ["usr1"]
