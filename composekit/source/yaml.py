"""YAML text to nodes.

The events of a parser (`source/events.py`) are composed into our own tree, because only events keep both ends of every
scalar, custom tags, and both copies of a duplicate key.
"""

from collections.abc import Callable
from typing import Any

from composekit.source.diagnostic import Problem, Related, Report, Severity
from composekit.source.events import ColonInFlow, NextEvent, NotYaml, c_events, hidden_colons, mistake_of, python_events
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.scalars import resolve
from composekit.source.text import Source, Span

NOT_YAML = Problem("CK010", Severity.ERROR, "not valid YAML: {reason}")
DUPLICATE_KEY = Problem("CK011", Severity.ERROR, "the key '{key}' is already defined", "remove one of the two")
UNKNOWN_ALIAS = Problem("CK012", Severity.ERROR, "the alias '*{name}' has no anchor '&{name}' above it")
ALIAS_CYCLE = Problem("CK013", Severity.ERROR, "the alias '*{name}' stands inside its own anchor")
TOO_DEEP = Problem("CK014", Severity.ERROR, "nested more than {limit} levels deep")
TOO_MANY_ALIASES = Problem("CK015", Severity.ERROR, "the aliases of this file expand to more than {limit} values")
BAD_MERGE = Problem(
    "CK016", Severity.ERROR, "'<<' can only merge a mapping or a list of mappings", "write an alias such as '<<: *base'"
)
BAD_KEY = Problem("CK017", Severity.ERROR, "the key {key} is not a string", "put the key in quotes")
BAD_TAG = Problem("CK018", Severity.ERROR, "cannot read '{text}' as {tag}")

MAX_DEPTH = 200
"""Levels of nesting. Steps walk the tree recursively, and no Compose file needs a tenth of this."""

MAX_VALUES = 1_000_000
"""Values of one file with all aliases expanded."""


class _Stop(Exception):  # a control flow signal: the diagnostic has been reported
    """Composing cannot go on."""


def read_documents(source: Source, report: Report) -> list[Node]:
    """Return the documents of a file, empty ones included as null scalars; mistakes are reported.

    Where the text is not YAML, the documents before the mistake are returned.
    """
    try:
        return _compose_all(source, report, c_events)
    except ColonInFlow:
        # What was reported before the colon is found again, and a report keeps one of each.
        pass
    trial = Report()
    try:
        documents = _compose_all(source, trial, hidden_colons)
    except ColonInFlow:
        trial.add(NOT_YAML, None, reason="")
    if any(one.code == NOT_YAML.code for one in trial):
        return _compose_all(source, report, python_events)
    for one in trial:
        report.append(one)
    return documents


def _compose_all(source: Source, report: Report, parse: Callable[[str], NextEvent]) -> list[Node]:
    documents: list[Node] = []
    composer = _Composer(source, report)
    try:
        composer.read(parse(source.text), documents)
    except _Stop:
        pass
    except Exception as error:
        mistake = mistake_of(error)
        if mistake is None:
            raise
        if isinstance(mistake, ColonInFlow):
            raise mistake from None
        composer.report_syntax(mistake)
    return documents


class _Composer:
    """One pass over the events of one source. `weights` counts values with aliases expanded, to bound later walks.

    Events come by the hundred thousand and are told apart by the names of their classes, so that nothing is imported
    for it; what two of three of them are, a plain scalar, is looked for first everywhere.
    """

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report
        self.anchors: dict[str, Node | None] = {}
        self.weights: dict[str, int] = {}
        self.total = 0
        self.words: set[str] = set()  # keys that have been found to be text
        self._next: NextEvent

    def read(self, events: NextEvent, documents: list[Node]) -> None:
        """Add the documents one by one, so that those before a mistake are kept."""
        self._next = events
        while (kind := type(events()).__name__) != "StreamEndEvent":
            if kind == "DocumentStartEvent":
                self.anchors.clear()
                self.weights.clear()
                self.total = 0
                documents.append(self._compose(events(), 0))

    def report_syntax(self, mistake: NotYaml) -> None:
        text = self.source.text
        at = min(mistake.offset, len(text))
        tab = "'\\t'" in mistake.reason or text[at : at + 1] == "\t"
        if not text[at:].strip():  # something is missing at the end, where there is nothing to show
            at = max(len(text.rstrip()) - 1, 0)
        related: tuple[Related, ...] = ()
        began = mistake.began
        if began is not None and began < at and text[began] in "[{\"'":
            related = (Related("what is not finished begins here", Span(self.source, began, began + 1)),)
        hint = "indent with spaces" if tab else None
        self.report.add(
            NOT_YAML, Span(self.source, at, min(at + 1, len(text))), reason=mistake.reason, hint=hint, related=related
        )

    def _compose(self, event: Any, depth: int) -> Node:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return self._scalar(event)
        self.total += 1
        if kind == "AliasEvent":
            return self._alias(event)
        if depth >= MAX_DEPTH:
            self.report.add(TOO_DEEP, self._span(event, event), limit=MAX_DEPTH)
            raise _Stop
        if kind == "MappingStartEvent":
            return self._mapping(event, depth)
        return self._sequence(event, depth)

    def _span(self, first: Any, last: Any) -> Span:
        return Span(self.source, first.start_mark.index, last.end_mark.index)

    def _scalar(self, event: Any) -> Scalar:
        self.total += 1
        text, style = event.value, event.style or ""
        span = Span(self.source, event.start_mark.index, event.end_mark.index)
        if event.ctag is None:
            node = Scalar(text if style else resolve(text), span, text, style)
        else:
            tag = str(event.ctag)
            if tag.startswith("tag:yaml.org,2002:"):
                value = self._tagged(text, tag.removeprefix("tag:yaml.org,2002:"), span)
            else:
                value = text if style or tag else resolve(text)
            node = Scalar(value, span, text, style, tag)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.weights[event.anchor] = 1
        return node

    def _tagged(self, text: str, kind: str, span: Span) -> Any:
        value = resolve(text)
        if kind == "str":
            return text
        if kind == "binary":
            return self._binary(text, span)
        if kind == "float" and isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        wanted = {"int": int, "bool": bool, "null": type(None), "timestamp": str}.get(kind)
        if wanted is not None and type(value) is not wanted and not (kind == "timestamp" and isinstance(value, str)):
            self.report.add(BAD_TAG, span, text=text, tag=f"!!{kind}")
        return value

    def _binary(self, text: str, span: Span) -> str:
        import base64
        import binascii

        try:
            return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            self.report.add(BAD_TAG, span, text=text, tag="!!binary")
            return text

    def _alias(self, event: Any) -> Node:
        name = str(event.anchor)
        if name not in self.anchors:
            self.report.add(UNKNOWN_ALIAS, self._span(event, event), name=name)
            raise _Stop
        target = self.anchors[name]
        if target is None:
            self.report.add(ALIAS_CYCLE, self._span(event, event), name=name)
            raise _Stop
        self.total += self.weights[name]
        if self.total > MAX_VALUES:
            self.report.add(TOO_MANY_ALIASES, self._span(event, event), limit=MAX_VALUES)
            raise _Stop
        return target

    def _sequence(self, event: Any, depth: int) -> Sequence:
        before = self._open_anchor(event)
        following = self._next
        items: list[Node] = []
        while (kind := type(item := following()).__name__) != "SequenceEndEvent":
            items.append(self._scalar(item) if kind == "ScalarEvent" else self._compose(item, depth + 1))
        end = item.end_mark.index if event.flow_style else (items[-1].span.end if items else event.end_mark.index)
        made = Sequence(items, self._extent(event, end), _custom(event))
        self._close_anchor(event, before, made)
        return made

    def _mapping(self, event: Any, depth: int) -> Mapping:
        before = self._open_anchor(event)
        following, scalar, words = self._next, self._scalar, self.words
        items: dict[str, Node] = {}
        key_spans: dict[str, Span] = {}
        merges: list[Node] = []
        last = event.end_mark.index
        while (kind := type(first := following()).__name__) != "MappingEndEvent":
            if kind == "ScalarEvent" and first.value in words and first.ctag is None and not first.anchor:
                # What nearly every key is; no node is made for it.
                self.total += 1
                name, merged = first.value, False
                place = Span(self.source, first.start_mark.index, first.end_mark.index)
            else:
                name, place, merged = self._key(first, depth + 1)
            second = following()
            value = scalar(second) if type(second).__name__ == "ScalarEvent" else self._compose(second, depth + 1)
            # An alias is the node of another place: only what stands after the key's colon ends this mapping here.
            extent = value.span
            end = extent.end if extent.start >= place.start else place.end
            if end > last:  # noqa: PLR1730  # for every key of a file, a call would be a twentieth of all this
                last = end
            if name is None:
                continue
            if name in key_spans:
                earlier = (Related("first defined here", key_spans[name]),)
                self.report.add(DUPLICATE_KEY, place, key=name, related=earlier)
                continue
            key_spans[name] = place
            if merged:
                merges.append(value)
            else:
                items[name] = value
        for value in merges:
            self._merge(value, items, key_spans)
        if event.flow_style:
            last = first.end_mark.index
        made = Mapping(items, self._extent(event, last), key_spans, _custom(event))
        self._close_anchor(event, before, made)
        return made

    def _extent(self, opening: Any, end: int) -> Span:
        start = opening.start_mark.index
        return Span(self.source, start, max(start, end))

    def _key(self, event: Any, depth: int) -> tuple[str | None, Span, bool]:
        """Return a key, where it stands, and whether it merges."""
        key = self._compose(event, depth)
        if isinstance(key, Scalar) and isinstance(key.value, str):
            merges = key.value == "<<" and not key.style
            if not merges and key.tag is None and not key.style:
                self.words.add(key.value)
            return key.value, key.span, merges
        shown = key.raw if isinstance(key, Scalar) else "a list or mapping"
        self.report.add(BAD_KEY, key.span, key=f"'{shown}'" if isinstance(key, Scalar) else shown)
        return None, key.span, False

    def _merge(self, value: Node, items: dict[str, Node], key_spans: dict[str, Span]) -> None:
        """Add what the mapping does not have itself; of several merged mappings the first wins."""
        sources = value.items if isinstance(value, Sequence) else [value]
        for source in sources:
            if not isinstance(source, Mapping):
                self.report.add(BAD_MERGE, value.span)
                return
            for key, item in source.items.items():
                if key not in items:
                    items[key] = item
                    key_spans[key] = source.key_span(key)

    def _open_anchor(self, event: Any) -> int:
        if event.anchor:
            self.anchors[event.anchor] = None
        return self.total

    def _close_anchor(self, event: Any, before: int, node: Node) -> None:
        if event.anchor:
            self.anchors[event.anchor] = node
            self.weights[event.anchor] = self.total - before + 1


def _custom(event: Any) -> str | None:
    return None if event.ctag is None else str(event.ctag) or None
