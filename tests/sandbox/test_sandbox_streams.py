"""Standard streams that lead to a client, in a forked child as for real."""

import os

import pytest

from composekit.sandbox.streams import open_streams


def in_child(act) -> tuple[int, str]:
    """Return the exit code of a child that did `act`, and what was raised in it."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        except OSError as error:
            os.write(write, (error.strerror or "").encode())
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as told:
        text = told.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


@pytest.fixture
def fifos(tmp_path):
    paths = {name: str(tmp_path / name) for name in ("in", "out", "err")}
    for path in paths.values():
        os.mkfifo(path)
    return paths


def test_what_is_written_and_read_goes_through_the_fifos(fifos):
    ends = {name: os.open(fifos[name], os.O_RDONLY | os.O_NONBLOCK) for name in ("out", "err")}
    entry = os.open(fifos["in"], os.O_RDWR)
    os.write(entry, b"question")

    def act():
        open_streams({"streams": fifos})
        os.write(1, os.read(0, 100).upper())
        os.write(2, b"oh")

    assert in_child(act) == (0, "")
    assert (os.read(ends["out"], 100), os.read(ends["err"], 100)) == (b"QUESTION", b"oh")
    for descriptor in (*ends.values(), entry):
        os.close(descriptor)


def test_the_end_of_the_input_is_seen(fifos):
    def act():
        open_streams({"streams": {"in": fifos["in"]}})
        os._exit(0 if os.read(0, 10) == b"" else 2)

    assert in_child(act) == (0, "")


def test_nobody_at_the_other_end_is_an_error_and_no_wait(fifos):
    code, text = in_child(lambda: open_streams({"streams": {"out": fifos["out"]}}))

    assert (code, text) == (1, "No such device or address")


def test_without_streams_nothing_changes():
    assert in_child(lambda: open_streams({})) == (0, "")


def test_a_terminal_has_its_size_from_the_start():
    mine, theirs = os.openpty()

    def act():
        os.dup2(theirs, 0)
        open_streams({"streams": {"size": [33, 77]}})
        os._exit(0 if os.get_terminal_size(0) == (77, 33) else 2)

    assert in_child(act) == (0, "")
    os.close(mine)
    os.close(theirs)
