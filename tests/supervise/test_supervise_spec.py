"""Specs as JSON, and the wire."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.supervise import protocol
from composekit.supervise.spec import (
    BadSpec,
    LogPolicy,
    Need,
    ProbeSpec,
    ProcessSpec,
    RestartPolicy,
    signal_number,
)

FULL = ProcessSpec(
    "p-web-1",
    "web",
    1,
    ("serve", "--port", "80"),
    env={"TOKEN": "s3cret"},
    cwd="/srv",
    user="1000:1000",
    stop_signal="SIGINT",
    grace_seconds=3,
    restart=RestartPolicy("on-failure", 3, 1, 60),
    probe=ProbeSpec(("true",), 1, 2, 3, 4, 5),
    needs=(Need("db", "healthy", required=False, restart=True),),
    view={"private": {"files": ["s3cret"]}, "mounts": []},
    network={"private": "s3cret", "ports": [80]},
    log=LogPolicy(10, 2),
    config_hash="abc",
    labels={"image": "nginx"},
)


def test_a_spec_survives_the_wire():
    assert ProcessSpec.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_nothing_secret_goes_to_disk():
    written = json.dumps(FULL.to_disk())
    assert "s3cret" not in written
    assert ProcessSpec.from_json(json.loads(written)).view == {"mounts": []}


def test_writing_to_disk_leaves_the_spec_as_it_is():
    FULL.to_disk()
    assert FULL.view["private"] == {"files": ["s3cret"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "../../etc"}, "cannot be the name"),
        ({"name": ".hidden"}, "cannot be the name"),
        ({"argv": []}, "no command"),
        ({"argv": ["a\0b"]}, "no command"),
        ({"env": {"A=B": "x"}}, "environment variable"),
        ({"stop_signal": "SIGNOPE"}, "not a signal"),
        ({"restart": {"name": "sometimes"}}, "restart policy"),
        ({"needs": [{"group": "db", "condition": "maybe"}]}, "unknown condition"),
        ({"surprise": 1}, "surprise"),
        ({"needs": 3}, "cannot be read"),
    ],
)
def test_a_spec_that_could_never_run_is_refused(change, message):
    with pytest.raises(BadSpec, match=message):
        ProcessSpec.from_json({**FULL.to_json(), **change})


@pytest.mark.parametrize(
    ("name", "number"),
    [("SIGTERM", 15), ("TERM", 15), ("sigint", 2), ("9", 9), (9, 9), ("SIGRTMIN+3", 37)],
)
def test_signals_have_many_names(name, number):
    assert signal_number(name) == number


@pytest.mark.parametrize("name", ["", "SIGBOGUS", "0", "99", "SIG_IGN", "TERM+x", "NSIG"])
def test_what_is_no_signal_is_refused(name):
    with pytest.raises(BadSpec):
        signal_number(name)


def test_a_message_is_one_line_with_a_version():
    line = protocol.encode({"id": 7, "do": "stop", "names": ["a\nb"]})
    assert line.count(b"\n") == 1
    assert protocol.decode(line) == {"v": 1, "id": 7, "do": "stop", "names": ["a\nb"]}


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_what_is_no_message_is_refused(line):
    with pytest.raises(protocol.BadMessage):
        protocol.decode(line)


def test_another_version_says_what_to_do():
    with pytest.raises(protocol.BadMessage, match=r"different versions \(1 and 2\)") as caught:
        protocol.decode(b'{"v": 2, "do": "stop"}')
    assert caught.value.code == "version-mismatch"
    assert "down" in caught.value.hint


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.data())
def test_lines_come_out_whole_however_the_bytes_arrive(lines, data):
    stream = b"".join(line + b"\n" for line in lines) + b"rest"
    buffer, found, at = protocol.LineBuffer(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 30))
        found += buffer.feed(stream[at : at + size])
        at += size
    assert found == lines
