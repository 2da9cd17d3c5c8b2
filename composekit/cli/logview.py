"""Printing log lines with the name of their replica in front, aligned and coloured."""

import json
from collections.abc import Iterable, Mapping
from typing import IO

from composekit.cli.colors import paint, service_color
from composekit.supervise.logs import LogLine, LogLines

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
        width = max((len(label) for label in self._labels.values()), default=0) + 1
        for at, (name, label) in enumerate(self._labels.items()):
            text = f"{label:<{width}} | " if self._prefix else ""
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
