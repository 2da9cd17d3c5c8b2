"""The menu of `up`: what a terminal shows of it, its keys, and that the terminal is what it was afterwards."""

import io
import os
import pty
import termios
import threading

import pytest

from composekit.cli.menu import Keys, Menu, may_read_keys, pressed
from composekit.errors import ComposekitError


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen():
    return Screen()


@pytest.fixture
def menu(screen):
    one = Menu(screen, columns=lambda: 40)
    one.offer("d", "Detach")
    return one


DRAWN = "\x1b[1;7md\x1b[0m \x1b[2mDetach\x1b[0m"


def test_nothing_is_drawn_before_something_is_printed(menu, screen):
    assert screen.getvalue() == ""
    menu.above(screen).flush()

    assert screen.getvalue() == DRAWN


def test_lines_are_printed_in_its_place_and_it_stands_below_them(menu, screen):
    out = menu.above(screen)
    for _ in range(2):
        out.write("a\n")
        out.flush()

    assert screen.getvalue() == f"a\n{DRAWN}\r\x1b[Ka\n{DRAWN}"


def test_it_waits_for_the_end_of_a_line(menu, screen):
    out = menu.above(screen)
    out.write("sure? ")
    out.flush()

    assert screen.getvalue() == "sure? "


def test_two_streams_of_one_terminal_share_it(menu, screen):
    out, errors = menu.above(screen), menu.above(screen)
    out.write("a\n")
    out.flush()
    errors.write("b\n")

    assert screen.getvalue() == f"a\n{DRAWN}\r\x1b[Kb\n"


def test_a_stream_to_a_file_is_left_alone(menu):
    file = io.StringIO()

    assert menu.above(file) is file


def test_what_has_no_room_is_left_out(screen):
    menu = Menu(screen, columns=lambda: 12)
    menu.offer("d", "Detach")
    menu.offer("w", "Enable Watch")
    menu.above(screen).flush()

    assert screen.getvalue() == DRAWN


def test_hidden_it_never_comes_back(menu, screen):
    out = menu.above(screen)
    out.flush()
    menu.hide()
    out.write("a\n")
    out.flush()

    assert screen.getvalue() == f"{DRAWN}\r\x1b[Ka\n"


def test_a_key_acts_and_what_goes_wrong_is_shown_until_the_next(menu, screen):
    def fail():
        raise ComposekitError("nothing to watch")

    keys = Keys(menu, lambda: None)
    keys.on("w", "Watch", fail)
    menu.above(screen).flush()
    keys.press("w")
    with_notice = screen.getvalue()
    keys.press("x")

    assert "nothing to watch" in with_notice.rpartition("\r")[2]
    assert "nothing to watch" not in screen.getvalue().rpartition("\r")[2]


def test_keys_are_heard_at_once_and_the_terminal_is_what_it_was():
    mine, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    heard, sized = threading.Event(), threading.Event()
    seen = []

    def press(key):
        seen.append(key)
        heard.set()

    with pressed(theirs, press, sized.set):
        assert not termios.tcgetattr(theirs)[3] & (termios.ICANON | termios.ECHO)
        assert termios.tcgetattr(theirs)[3] & termios.ISIG
        assert sized.wait(30)
        os.write(mine, b"d")
        assert heard.wait(30)
    after = termios.tcgetattr(theirs)
    os.close(mine)
    os.close(theirs)

    assert (seen, after) == (["d"], before)


def test_no_keys_are_taken_from_another_jobs_terminal():
    mine, theirs = pty.openpty()

    assert not may_read_keys(theirs)
    os.close(mine)
    os.close(theirs)


@pytest.mark.integration
def test_up_is_left_by_a_key_and_everything_goes_on(typist):
    files = typist.shop.runner.project(
        "services: {a: {image: busybox, command: sh -c 'echo ready; sleep 981'}}", "left-by-key"
    )
    typist.lead = True
    typist.start("up", files=files)
    typist.read_until(b"Enable Watch")
    typist.type(b"w")
    typist.read_until(b"none of the selected services")
    typist.type(b"d")
    code = typist.end()
    state = typist.shop.runner(*files, "ps", "--format", "{{.State}}").stdout
    typist.shop.runner(*files, "down", "-t", "0")

    assert (code, state, typist.is_cooked()) == (0, "running\n", True)


@pytest.mark.integration
@pytest.mark.parametrize("words", [("--ansi", "never", "up"), ("up", "--menu=false")])
def test_without_a_menu_keys_do_nothing(typist, words):
    files = typist.shop.runner.project("services: {a: {image: busybox, command: echo ready}}", "no-menu")
    typist.lead = True
    typist.start(*words, files=files)
    seen = typist.read_until(b"exited with code 0")
    code = typist.end()
    typist.shop.runner(*files, "down", "-t", "0")

    assert (code, b"Detach" in seen) == (0, False)
