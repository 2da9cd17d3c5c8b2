"""What the steps of one load share: where it happens, the variables, and the report."""

import os
from typing import Any

from composekit.errors import BadValue
from composekit.load.history import History
from composekit.load.request import LoadRequest
from composekit.load.table import Branch
from composekit.source.diagnostic import Problem, Related, Report, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path
from composekit.source.text import Source, Span


class Context:
    """Shared by the steps.

    An included project and an extended file get a child, with their own directory and variables.

    table       the table of attributes
    directory   where the files of this context are
    anchor      what relative paths are joined to; `None` leaves them as they are
    source      the file whose document is being worked on
    own         the files that are merged into each other here, as far as they have been read
    base        the documents before this one, merged
    resets      the paths of this document that carry !reset or !override
    trail       the files that include each other down to here
    chain       the places that led to this file, for diagnostics
    sources     env and label files that have been read; files: Compose files and their documents
    scopes      what ${VAR} means in each Compose file
    mended      the id() of errors whose places have been taken out, so that the rest can be checked
    history     what was overridden by what, when the request asks to trace
    """

    def __init__(
        self, request: LoadRequest, report: Report, table: Branch, directory: str, variables: dict[str, str]
    ) -> None:
        self.table = table
        self.request = request
        self.report = report
        self.directory = directory
        self.root = directory
        self.anchor: str | None = directory if request.resolve_paths else None
        self.variables = variables
        self.source: Source | None = None
        self.own: list[Source] = []
        self.base: Mapping | None = None
        self.resets: tuple[Path, ...] = ()
        self.trail: tuple[str, ...] = ()
        self.chain: tuple[Related, ...] = ()
        self.sources: dict[str, Source] = {}
        self.files: dict[str, tuple[Source | None, list[Node]]] = {}
        self.scopes: dict[str, dict[str, str]] = {}
        self.mended: set[int] = set()
        self.profiles: tuple[str, ...] = ()
        self.disabled: dict[str, Node] = {}
        self.service_spans: dict[str, Span] = {}
        self.name = ""
        self.history: History | None = History() if request.trace else None

    def child(self, directory: str, variables: dict[str, str] | None = None) -> "Context":
        """Return a context for another file of the same load."""
        known = self.variables if variables is None else variables
        made = Context(self.request, self.report, self.table, directory, known)
        made.root = self.root
        if made.anchor is None:
            # Without path resolution, paths of other files are still brought to the project's directory.
            made.anchor = os.path.relpath(directory, self.root)
        made.trail = self.trail
        made.chain = self.chain
        made.sources = self.sources
        made.files = self.files
        made.scopes = self.scopes
        made.mended = self.mended
        made.name = self.name
        made.history = self.history
        return made

    def note_override(self, older: Node, newer: Node) -> None:
        """Remember that one value won over another, when somebody wants to know."""
        if self.history is not None:
            self.history.note(older, newer)

    def lookup(self, name: str) -> str | None:
        return self.variables.get(name)

    def add(
        self,
        problem: Problem,
        span: Span | None,
        path: Path = (),
        *,
        related: tuple[Related, ...] = (),
        hint: str | None = None,
        **facts: Any,
    ) -> None:
        """Report a problem, with the files that led here; of several errors at one place the first is the cause."""
        if problem.severity is Severity.ERROR and span is not None and self.report.has_error_at(span):
            return
        self.report.add(problem, span, path=path, related=related + self.chain, hint=hint, **facts)

    def add_bad_value(self, problem: Problem, error: BadValue, node: Node, path: Path) -> None:
        """Report a little-language mistake at its own columns, where the text stands in the file as it is."""
        span = node.span
        if isinstance(node, Scalar) and error.offset is not None:
            span = part_of(node, error.offset, error.length)
        self.add(problem, span, path, hint=error.hint, reason=str(error))


def part_of(node: Scalar, offset: int, length: int) -> Span:
    """Return the span of a part of a scalar's value; the whole scalar where escapes or folding moved the characters."""
    quote = 1 if node.style in ("'", '"') else 0
    if not node.span.source.text.startswith(node.raw, node.span.start + quote):
        return node.span
    return node.span.part(quote + offset, max(length, 1))
