"""Printing log lines with the name of their replica in front, aligned and coloured."""

import json
import os
from collections.abc import Collection, Iterable, Mapping
from typing import IO

from composekit.cli.colors import paint, service_color
from composekit.errors import SupervisorError
from composekit.supervise.client import Changed, Client, Snapshot, WatchEvent
from composekit.supervise.home import Home
from composekit.supervise.logs import LogLine, LogLines
from composekit.supervise.status import ReplicaStatus

_UP = ("starting", "running", "stopping")
_OVER = ("exited", "failed")
_CLEAR_LINE = "\r\x1b[K"


class JsonLogView:
    """Writes each line as a JSON object; `services` gives the service of each replica."""

    def __init__(self, out: IO[str], services: Mapping[str, str]) -> None:
        self._out = out
        self._services = services

    def show(self, lines: LogLine | LogLines) -> None:
        for line in lines.each() if isinstance(lines, LogLines) else (lines,):
            self._show(line)

    def _show(self, line: LogLine) -> None:
        facts = {
            "service": self._services.get(line.name, ""),
            "container": line.name,
            "stream": "stderr" if line.stream == "err" else "stdout",
            "time": line.stamp,
            "seq": line.seq,
            "message": line.text,
        }
        self._out.write(json.dumps(facts, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Pass on what was shown."""
        self._out.flush()

    def status(self, name: str, message: str) -> None:
        """Print nothing: what happened to a replica is no line of it."""


def _width(lengths: list[int], out: IO[str]) -> int:
    """Return how wide names are shown; on a terminal a long one is as long as it is, and others do not follow it."""
    try:
        most = os.get_terminal_size(out.fileno()).columns // 3 if out.isatty() else 0
    except (OSError, ValueError):
        most = 0
    return max((one for one in lengths if not most or one <= most), default=0)


class LogView:
    """Writes lines of stdout to `out` and lines of stderr to `err`, as Docker Compose does.

    `labels` gives the shown name of each replica's name; colours go by the order in which replicas are registered.
    """

    def __init__(
        self, out: IO[str], err: IO[str], *, color: bool, prefix: bool = True, timestamps: bool = False
    ) -> None:
        self._out = out
        self._err = err
        self._last = out
        self._color = color
        self._prefix = prefix
        self._timestamps = timestamps
        self._labels: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}

    def register(self, replicas: Iterable[tuple[str, str]]) -> None:
        """Learn names and labels of replicas, in the order that decides their colours."""
        for name, label in replicas:
            self._labels.setdefault(name, label)
        width = _width(list(map(len, self._labels.values())), self._out) + 1
        for at, (name, label) in enumerate(self._labels.items()):
            text = f"{f'{label} ':<{width}} | " if self._prefix else ""
            self._prefixes[name] = paint(text, service_color(at)) if self._color and text else text

    def show(self, lines: LogLine | LogLines) -> None:
        if lines.name not in self._prefixes:
            self.register([(lines.name, lines.name)])
        prefix = self._prefixes[lines.name] + (f"{lines.stamp} " if self._timestamps else "")
        stream = self._err if lines.stream == "err" else self._out
        text = lines.text
        if prefix and "\n" in text:  # the time is the same for all of them
            text = text.replace("\n", f"\n{prefix}")
        stream.write(f"{prefix}{text}\n")
        if stream is not self._last:  # so that two streams of one terminal keep their order
            self._last.flush()
            self._last = stream

    def flush(self) -> None:
        """Pass on what was shown: for whoever knows that nothing more comes at once."""
        self._out.flush()
        self._err.flush()

    def hook(self, name: str, text: str) -> None:
        """Print a line of a lifecycle hook."""
        label = f"{self._labels.get(name, name)} -> "
        self.flush()
        prefix = f"{label}| " if self._prefix else ""
        position = list(self._labels).index(name) if name in self._labels else 0
        self._out.write(f"{paint(prefix, service_color(position)) if self._color and prefix else prefix}{text}\n")
        self._out.flush()

    def status(self, name: str, message: str) -> None:
        """Print what happened to a replica, in its colour."""
        self.flush()
        text = f"{self._labels.get(name, name)} {message}"
        if self._color:
            position = list(self._labels).index(name) if name in self._labels else 0
            text = _CLEAR_LINE + paint(text, service_color(position))
        self._out.write(f"{text}\n")
        self._out.flush()


class Ends:
    """Says how replicas that are followed end, and knows when the last one of those that ran has."""

    def __init__(self, home: Home, names: Collection[str], view: LogView | JsonLogView) -> None:
        self._home = home
        self._names = set(names)
        self._view = view
        self._phases: dict[str, str] = {}

    def are_all(self, event: WatchEvent) -> bool:
        """Take an event; true when nothing that is followed runs any more, or is about to."""
        if isinstance(event, Snapshot):
            self._phases = {one.name: one.phase for one in event.replicas if one.name in self._names}
            return False
        if not isinstance(event, Changed) or event.replica.name not in self._names:
            return False
        one = event.replica
        was, self._phases[one.name] = self._phases.get(one.name), one.phase
        if was not in _UP or one.phase not in (*_OVER, "backoff"):
            return False
        again = " (restarting)" if one.phase == "backoff" else ""
        self._view.status(one.name, f"exited with code {one.exit_code}{again}")
        return set(self._phases.values()) <= set(_OVER) and self._is_confirmed()

    def _is_confirmed(self) -> bool:
        # What is restarted or made anew ends too, but by the time of this answer it is about to start.
        client = Client.connect(self._home)
        if client is None:
            return False
        try:
            with client:
                found: list[ReplicaStatus] = client.status()
        except SupervisorError:
            return False
        return all(one.phase in _OVER for one in found if one.name in self._names)
