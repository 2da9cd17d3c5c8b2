"""YAML text to nodes. The only user of ruamel.yaml.

ruamel's event stream is composed into our own tree, because only events keep both ends of every scalar, custom tags,
and both copies of a duplicate key. The C parser is a port of the scanner that Docker Compose's own YAML library was
ported from, so what is YAML and what is not is the same; ruamel's Python parser stands in where the C one is not
installed.
"""

import re
from collections.abc import Iterator
from typing import Any

from composekit.source.diagnostic import Problem, Related, Report, Severity
from composekit.source.later import put_off
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

# A colon that can be nothing but a part of a word, wherever it stands.
_COLON_INSIDE = re.compile(r"(?<=[A-Za-z0-9_.)-]):(?=[A-Za-z0-9_./~-])")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Stop(Exception):  # a control flow signal: the diagnostic has been reported
    """Composing cannot go on."""


def read_documents(source: Source, report: Report) -> list[Node]:
    """Return the documents of a file, empty ones included as null scalars; mistakes are reported.

    Where the text is not YAML, the documents before the mistake are returned.
    """
    try:
        return _compose_all(source, report, _c_events(source.text))
    except _ColonInFlow:
        # What was reported before the colon is found again, and a report keeps one of each.
        pass
    trial = Report()
    try:
        documents = _compose_all(source, trial, _hidden_colons(source.text))
    except _ColonInFlow:
        trial.add(NOT_YAML, None, reason="")
    if any(one.code == NOT_YAML.code for one in trial):
        return _compose_all(source, report, _python_events(source.text))
    for one in trial:
        report.append(one)
    return documents


def _compose_all(source: Source, report: Report, events: Iterator[Any]) -> list[Node]:
    documents: list[Node] = []
    composer = _Composer(source, report, events)
    try:
        # One by one, so that the documents before a mistake are kept.
        for document in composer.documents():
            documents.append(document)  # noqa: PERF402  # as above
    except _Stop:
        pass
    return documents


class _ColonInFlow(Exception):  # a control flow signal, as above
    """The C parser refuses `[8080:80]`, which YAML allows and Docker Compose reads."""


class _BadEscape(Exception):
    """An escape stands for half a character; the attributes are those of the parsers' own exceptions."""

    problem = "found invalid Unicode character escape code"

    def __init__(self, mark: Any) -> None:
        super().__init__(self.problem)
        self.problem_mark = mark


class _Composer:
    """One pass over the events of one source. `weights` counts values with aliases expanded, to bound later walks."""

    def __init__(self, source: Source, report: Report, events: Iterator[Any]) -> None:
        self.source = source
        self.report = report
        self.anchors: dict[str, Node | None] = {}
        self.weights: dict[str, int] = {}
        self.total = 0
        self._next = events.__next__

    def documents(self) -> Iterator[Node]:
        while True:
            event = self._event()
            kind = type(event).__name__
            if kind == "StreamEndEvent":
                return
            if kind == "DocumentStartEvent":
                self.anchors.clear()
                self.weights.clear()
                self.total = 0
                yield self._compose(self._event(), 0)

    def _event(self) -> Any:
        try:
            return self._next()
        except _ColonInFlow:
            raise
        except Exception as error:  # noqa: BLE001  # the two parsers share no exception class
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            self._report_syntax(error, mark)
            raise _Stop from None

    def _report_syntax(self, error: Exception, mark: Any) -> None:
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).split("\n", 1)[0]
        context = getattr(error, "context", None)
        text = f"{reason} {context}" if context else str(reason)
        at = mark.index if mark is not None else getattr(error, "position", 0) or 0
        at = min(at, len(self.source.text))
        span = Span(self.source, at, min(at + 1, len(self.source.text)))
        hint = "indent with spaces" if "'\\t'" in text or self.source.text[at : at + 1] == "\t" else None
        self.report.add(NOT_YAML, span, reason=text, hint=hint)

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
        # Two of three events come here, so the common case asks as little as it can.
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
        items: list[Node] = []
        while (kind := type(item := self._event()).__name__) != "SequenceEndEvent":
            items.append(self._scalar(item) if kind == "ScalarEvent" else self._compose(item, depth + 1))
        end = item.end_mark.index if event.flow_style else (items[-1].span.end if items else event.end_mark.index)
        span = Span(self.source, event.start_mark.index, max(end, event.start_mark.index))
        made = Sequence(items, span, _custom(event.tag))
        self._close_anchor(event, before, made)
        return made

    def _mapping(self, event: Any, depth: int) -> Mapping:
        before = self._open_anchor(event)
        items: dict[str, Node] = {}
        key_spans: dict[str, Span] = {}
        merges: list[Node] = []
        last = event.end_mark.index
        while type(first := self._event()).__name__ != "MappingEndEvent":
            name, place, merged = self._key(first, depth + 1)
            second = self._event()
            plain = type(second).__name__ == "ScalarEvent"
            value = self._scalar(second) if plain else self._compose(second, depth + 1)
            # An alias is the node of another place: only what stands after the key's colon ends this mapping here.
            last = max(last, value.span.end if value.span.start >= place.start else place.end)
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
        end = first.end_mark.index if event.flow_style else last
        for value in merges:
            self._merge(value, items, key_spans)
        span = Span(self.source, event.start_mark.index, max(end, event.start_mark.index))
        made = Mapping(items, span, key_spans, _custom(event.tag))
        self._close_anchor(event, before, made)
        return made

    def _key(self, event: Any, depth: int) -> tuple[str | None, Span, bool]:
        """Return a key, where it stands, and whether it merges; no node is made for what nearly every key is."""
        if type(event).__name__ == "ScalarEvent" and event.ctag is None and not event.anchor:
            text = event.value
            if event.style or type(resolve(text)) is str:
                self.total += 1
                place = Span(self.source, event.start_mark.index, event.end_mark.index)
                return text, place, text == "<<" and not event.style
        key = self._compose(event, depth)
        if isinstance(key, Scalar) and isinstance(key.value, str):
            return key.value, key.span, key.value == "<<" and not key.style
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


def _custom(tag: Any) -> str | None:
    return str(tag) if tag else None


def _c_events(text: str) -> Iterator[Any]:
    """Yield the events of a text without end; a text that cannot even be started on raises as a later mistake does."""
    parser = _c_parser(text)
    if parser is None:
        yield from _python_events(text)
    while True:
        try:
            event = parser.get_event()
        except Exception as error:
            if getattr(error, "problem", "") == "found unexpected ':'":
                raise _ColonInFlow from None
            raise
        yield event


def _hidden_colons(text: str) -> Iterator[Any]:
    """Yield the events that the C parser finds where colons inside words are letters to it.

    In an anchor or tag that letter is a mistake to it, which leaves the text to the Python parser.
    """
    letter = next(char for char in map(chr, range(0xE000, 0xF8FF)) if char not in text)
    for event in _c_events(_COLON_INSIDE.sub(letter, text)):
        if letter in (getattr(event, "value", None) or ""):
            event.value = event.value.replace(letter, ":")
        yield event


def _python_events(text: str) -> Iterator[Any]:
    import ruamel.yaml

    _, parser = ruamel.yaml.YAML(typ="safe", pure=True).get_constructor_parser(text)
    while True:
        event = parser.get_event()
        # The C parser refuses "\ud800" by itself: nothing can write such a text.
        if _SURROGATE.search(getattr(event, "value", None) or ""):
            raise _BadEscape(event.start_mark)
        yield event


def _c_parser(text: str) -> Any:
    put_off("ruamel.yaml")
    try:
        import _ruamel_yaml
    except ImportError:
        return None
    return _ruamel_yaml.CParser(text)
