"""The menu of `up` at a terminal: one line below everything that is printed, and the keys it offers.

The terminal stays in charge of Ctrl-C and Ctrl-Z: only whole lines and the echo are switched off, and both are back
however the command ends. Who prints while the menu stands does so through `Menu.above`.
"""

import contextlib
import os
import select
import signal
import termios
import threading
import tty
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, cast

from composekit.errors import ComposekitError

_CLEAR = "\r\x1b[K"
_RESIZED = b"!"
_KEY, _FAINT, _ALARM, _RESET = "\x1b[1;7m", "\x1b[2m", "\x1b[31m", "\x1b[0m"


class Menu:
    """`terminal` is where it stands; nothing is drawn before something printed above it is flushed."""

    def __init__(self, terminal: IO[str], *, columns: Callable[[], int]) -> None:
        self._terminal = terminal
        self._columns = columns
        self._lock = threading.RLock()
        self._drawn = False
        self._hidden = False
        self._partial = False
        self._words: dict[str, str] = {}
        self._notice = ""

    def above(self, stream: IO[str]) -> IO[str]:
        """Return a stream that prints above the menu; one that is no terminal is returned as it is."""
        return cast("IO[str]", _Above(stream, self)) if stream.isatty() else stream

    def offer(self, key: str, words: str) -> None:
        """Offer a key, or change what is said of it."""
        with self._lock:
            self._words[key] = words
            self._redraw()

    def notice(self, text: str) -> None:
        """Say something in the menu until another key is pressed."""
        with self._lock:
            self._notice = text
            self._redraw()

    def hide(self) -> None:
        """Take it away for good."""
        with self._lock:
            self._hidden = True
            if self._drawn:
                self._terminal.write(_CLEAR)
                self._terminal.flush()
            self._drawn = False

    def write(self, stream: IO[str], text: str) -> None:
        with self._lock:
            if text:
                stream.write(_CLEAR + text if self._drawn else text)
                self._drawn = False
                self._partial = not text.endswith("\n")

    def flush(self, stream: IO[str]) -> None:
        with self._lock:
            stream.flush()
            if not self._drawn and not self._partial:
                self._draw()

    def print_line(self, stream: IO[str]) -> None:
        """Print an empty line above the menu."""
        self.write(stream, "\n")
        self.flush(stream)

    def redraw(self) -> None:
        with self._lock:
            self._redraw()

    def _redraw(self) -> None:
        if self._drawn:
            self._terminal.write(_CLEAR)
            self._draw()

    def _draw(self) -> None:
        if self._hidden:
            return
        room = max(self._columns() - 1, 1)
        shown = ""
        for key, words in self._words.items():
            gap = "   " if shown else ""
            room -= len(gap) + len(key) + 1 + len(words)
            if room < 0:
                break
            shown += f"{gap}{_KEY}{key}{_RESET} {_FAINT}{words}{_RESET}"
        if self._notice and room > 3:
            shown += f"   {_ALARM}{self._notice[: room - 3]}{_RESET}"
        self._terminal.write(shown)
        self._terminal.flush()
        self._drawn = True


class _Above:
    """A stream of text whose lines stand above the menu."""

    def __init__(self, stream: IO[str], menu: Menu) -> None:
        self._stream = stream
        self._menu = menu

    def write(self, text: str) -> int:
        self._menu.write(self._stream, text)
        return len(text)

    def flush(self) -> None:
        self._menu.flush(self._stream)

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()


def may_read_keys(terminal: int) -> bool:
    """Tell whether this command may take keys: it is in the foreground of the terminal."""
    try:
        return os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


class Keys:
    """What each key does; a key that does nothing else makes an empty line, as in a shell, if it is Enter."""

    def __init__(self, menu: Menu, print_line: Callable[[], None]) -> None:
        self._menu = menu
        self._print_line = print_line
        self._actions: dict[str, Callable[[], object]] = {}

    def on(self, key: str, words: str, act: Callable[[], object]) -> None:
        self._actions[key] = act
        self._menu.offer(key, words)

    def press(self, key: str) -> None:
        self._menu.notice("")
        if key in ("\r", "\n"):
            self._print_line()
        act = self._actions.get(key)
        if act is not None:
            try:
                act()
            except ComposekitError as error:
                self._menu.notice(str(error))


@contextlib.contextmanager
def pressed(terminal: int, press: Callable[[str], object], resized: Callable[[], object]) -> Iterator[None]:
    """Call `press` for each key, and `resized` for each new size, on a thread of its own, for the time being."""
    before: list[Any] = termios.tcgetattr(terminal)
    ear, mouth = os.pipe()

    # A handler runs in the middle of whatever the main thread prints, so it only passes on.
    def again(*_signal: object) -> None:
        tty.setcbreak(terminal, termios.TCSANOW)
        os.write(mouth, _RESIZED)

    def changed(*_signal: object) -> None:
        os.write(mouth, _RESIZED)

    def ended(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    thread = threading.Thread(target=_listen, args=(terminal, ear, press, resized), daemon=True)
    previous = _handled({signal.SIGCONT: again, signal.SIGWINCH: changed, signal.SIGHUP: ended})
    try:
        again()
        thread.start()
        yield
    finally:
        _handled(previous)
        os.close(mouth)
        thread.join(1)
        with contextlib.suppress(termios.error):  # it has been hung up
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _handled(actions: Mapping[int, Any]) -> dict[int, Any]:
    return {number: signal.signal(number, action) for number, action in actions.items()}


def _listen(terminal: int, ear: int, press: Callable[[str], object], resized: Callable[[], object]) -> None:
    open_ = True
    while open_:
        ready, _, _ = select.select([terminal, ear], [], [])
        if ear in ready:
            open_ = bool(os.read(ear, 4096))
            if open_:
                resized()
        elif typed := _typed(terminal):
            for key in typed:
                press(key)
        else:
            break
    os.close(ear)


def _typed(terminal: int) -> str:
    try:
        return os.read(terminal, 64).decode(errors="replace")
    except OSError:
        return ""
