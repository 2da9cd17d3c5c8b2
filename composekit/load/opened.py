"""Compose files that several projects of one run share: read once, in one process.

Nodes never change after they are made, so projects can have them in common.
"""

from typing import NamedTuple

from composekit.load.locate import read_source, shown_name
from composekit.source.diagnostic import Diagnostic, Report
from composekit.source.node import Node
from composekit.source.text import Source
from composekit.source.yaml import read_documents

_ROOM = 4_000_000
"""Characters of text whose trees are kept; beyond that files are read each time, so that memory has a bound."""


class Opened(NamedTuple):
    """A file that could be read, its documents, and what is wrong with them."""

    source: Source
    documents: list[Node]
    problems: tuple[Diagnostic, ...]


class OpenedFiles:
    """Reads files for the diagnostics of one working directory, and keeps them until the run ends."""

    __slots__ = ("_known", "_room", "_texts", "cwd")

    def __init__(self, cwd: str) -> None:
        self.cwd = cwd
        self._known: dict[str, Opened] = {}
        self._texts: dict[str, Opened] = {}
        self._room = _ROOM

    def read(self, file: str) -> Opened | None:
        """Return a file by its absolute path; `None` where it cannot be read, and who needs it finds out why."""
        known = self._known.get(file)
        if known is None:
            source = read_source(file, self.cwd, Report())
            if source is None:
                return None
            known = _opened(source)
            if len(source.text) <= self._room:
                self._room -= len(source.text)
                self._known[file] = known
        return known

    def read_text(self, file: str, text: str) -> Opened:
        """Return a file that has another text than on disk; only the last text of each file is kept."""
        known = self._texts.get(file)
        if known is None or known.source.text != text:
            known = self._texts[file] = _opened(Source(shown_name(file, self.cwd), text, file))
        return known


def _opened(source: Source) -> Opened:
    report = Report()
    return Opened(source, read_documents(source, report), tuple(report))
