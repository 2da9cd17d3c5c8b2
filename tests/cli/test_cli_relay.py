"""Copying between this command's streams and a program's."""

import os
import threading

import pytest

from composekit.cli.relay import Relay


@pytest.fixture
def pipes():
    """Return a maker of pipes, which are closed at the end."""
    made = []

    def make():
        ends = os.pipe()
        made.extend(ends)
        return ends

    yield make
    for descriptor in made:
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_what_is_written_before_the_end_is_copied(pipes):
    read, write = pipes()
    seen, shown = pipes()
    os.write(write, b"last words")
    relay = Relay()
    relay.take(read, shown)
    relay.run(lambda: True)

    assert os.read(seen, 100) == b"last words"


def test_input_is_copied_and_its_end_too(pipes):
    given, giver = pipes()
    got, getter = pipes()
    os.write(giver, b"a\nb")
    os.close(giver)
    relay = Relay()
    relay.give(given, getter, close=True)
    bell, ring = pipes()
    relay.on(bell, lambda: os.read(bell, 1))
    seen = []
    everything = threading.Event()

    def read_all():
        while chunk := os.read(got, 100):
            seen.append(chunk)
        everything.set()
        os.write(ring, b"!")

    reader = threading.Thread(target=read_all)
    reader.start()
    relay.run(everything.is_set)
    reader.join()

    assert b"".join(seen) == b"a\nb"


def test_a_regular_file_is_copied_whole(pipes, tmp_path):
    big = os.urandom(300_000)
    (tmp_path / "file").write_bytes(big)
    source = os.open(tmp_path / "file", os.O_RDONLY)
    got, getter = pipes()
    bell, ring = pipes()
    relay = Relay()
    relay.give(source, getter, close=True)
    relay.on(bell, lambda: os.read(bell, 1))
    seen = bytearray()
    everything = threading.Event()

    def read_all():
        while chunk := os.read(got, 1000):
            seen.extend(chunk)
        everything.set()
        os.write(ring, b"!")

    reader = threading.Thread(target=read_all)
    reader.start()
    relay.run(everything.is_set)
    reader.join()
    os.close(source)

    assert bytes(seen) == big


def test_a_program_that_reads_no_more_is_no_error(pipes):
    given, giver = pipes()
    got, getter = pipes()
    os.close(got)
    os.write(giver, b"for nobody")
    rounds = []
    relay = Relay()
    relay.give(given, getter, close=True)
    relay.run(lambda: rounds.append(1) or len(rounds) > 2)

    assert len(rounds) == 3


@pytest.mark.parametrize(
    ("chunks", "given", "detached"),
    [
        ([b"abc"], b"abc", False),
        ([b"ab\x10\x11cd"], b"ab", True),
        ([b"a\x10", b"\x11b"], b"a", True),
        ([b"a\x10", b"b"], b"a\x10b", False),
        ([b"\x10", b"\x10", b"\x11"], b"\x10", True),
        ([b"a\x10", b""], b"a\x10", False),
    ],
)
def test_keys_for_leaving_are_kept_back(chunks, given, detached):
    relay = Relay()
    relay._keys = b"\x10\x11"

    assert b"".join(relay._without_keys(chunk) for chunk in chunks) == given
    assert relay.detached is detached
