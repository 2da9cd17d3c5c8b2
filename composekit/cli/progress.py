"""What is being done to which replica, while it is done: one line each, redrawn on a terminal, appended elsewhere."""

import json
import os
import time
from collections.abc import Callable
from typing import IO

from composekit.cli.colors import BLUE, GREEN, RED, YELLOW, paint

WORKING, DONE, WARNING, ERROR = "Working", "Done", "Warning", "Error"

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS = {DONE: ("✔", GREEN), WARNING: ("!", YELLOW), ERROR: ("✘", RED)}
_BESIDE = 22  # characters of a line beside the name: mark, state and time
_LEAST_NAME = 12
_DRY_RUN = "DRY-RUN MODE - "


class _Item:
    __slots__ = ("began", "ended", "kind", "text")

    def __init__(self, text: str, kind: str, began: float) -> None:
        self.text = text
        self.kind = kind
        self.began = began
        self.ended: float | None = None


class Progress:
    """`mode` is tty, plain, json or quiet. On a terminal nothing is drawn before `tick` or the end, others at once."""

    def __init__(
        self,
        stream: IO[str],
        mode: str,
        *,
        title: str = "Running",
        color: bool = False,
        dry_run: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._mode = mode
        self._title = title
        self._color = color
        self._prefix = _DRY_RUN if dry_run else ""
        self._clock = clock
        self._items: dict[str, _Item] = {}
        self._drawn = 0

    def event(self, name: str, text: str, kind: str = WORKING) -> None:
        """Tell that something (`Container web-1`) is now in some state (`Starting`). The same again is not repeated."""
        item = self._items.get(name)
        if item is not None and item.text == text and item.kind == kind:
            return
        if item is None:
            item = self._items[name] = _Item(text, kind, self._clock())
        item.text, item.kind = text, kind
        item.ended = None if kind == WORKING else self._clock()
        if self._mode == "plain":
            self._stream.write(f"{self._prefix} {name}  {text}\n")
            self._stream.flush()
        elif self._mode == "json":
            facts = {"dry-run": True} if self._prefix else {}
            value = {**facts, "id": name, "status": text}
            self._stream.write(json.dumps(value, separators=(",", ":")) + "\n")
            self._stream.flush()

    def tick(self) -> None:
        """Redraw on a terminal."""
        if self._mode != "tty" or not self._items:
            return
        columns, rows = _terminal_size(self._stream)
        lines = self._lines(columns)[: max(rows - 1, 2)]
        up = f"\x1b[{self._drawn}A\r" if self._drawn else ""
        body = "".join(f"{line}\x1b[K\n" for line in lines)
        self._stream.write(f"\x1b[?25l{up}{body}\x1b[?25h")
        self._stream.flush()
        self._drawn = len(lines)

    def finish(self) -> None:
        """Draw for the last time; what is printed next stands below."""
        self.tick()
        self._drawn = 0
        self._items = {}

    def _lines(self, columns: int) -> list[str]:
        done = sum(item.kind != WORKING for item in self._items.values())
        head = f"[+] {self._title} {done}/{len(self._items)}"
        shown = {name: _shortened(name, columns - len(self._prefix) - _BESIDE) for name in self._items}
        width = max(map(len, shown.values()))
        lines = [self._paint(head[:columns], BLUE if done == len(self._items) else "")]
        for name, item in self._items.items():
            mark, code = _MARKS.get(item.kind, (_SPINNER[int(self._clock() * 10) % len(_SPINNER)], BLUE))
            took = f"{(item.ended or self._clock()) - item.began:.1f}s "
            room = max(columns - width - len(took) - len(self._prefix) - 8, 1)
            text = item.text[:room]
            bare = 3 + len(self._prefix) + width + 2 + len(text)
            gap = " " * (columns - bare - len(took)) if columns - bare - len(took) > 0 else ""
            took = took if gap else ""
            kind = _MARKS[item.kind][1] if item.kind in _MARKS else ""
            lines.append(
                f" {self._paint(mark, code)} {self._prefix}{shown[name]:<{width}}  {self._paint(text, kind)}"
                f"{gap}{self._paint(took, BLUE)}"
            )
        return lines

    def _paint(self, text: str, code: str) -> str:
        return paint(text, code) if self._color and code else text


def _shortened(name: str, room: int) -> str:
    """Return a name in so many characters: its beginning says what it is, and its end which one."""
    room = max(room, _LEAST_NAME)
    if len(name) <= room:
        return name
    end = (room - 1) // 2
    return f"{name[: room - 1 - end]}…{name[-end:]}"


def progress_mode(wanted: str, stream: IO[str], *, ansi: str) -> str:
    """Return the mode for `--progress`: auto is tty on a terminal that may be drawn on, else plain."""
    if wanted in ("tty", "plain", "json", "quiet"):
        return wanted
    return "tty" if stream.isatty() and ansi != "never" else "plain"


def _terminal_size(stream: IO[str]) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24
