"""Say why a tree does not fit the schema of the Compose file. The only user of jsonschema.

Owns: the diagnostics CK201 to CK208, one per mistake and place, in the order of the file. Knows nothing of hints, which
are in `advice`, and of how things are called, which is in `words`.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from composekit.schema import advice
from composekit.schema.accept import acceptor, identity
from composekit.schema.document import COMPOSE, python_pattern, read_schema
from composekit.schema.words import KINDS, both, expected, found, is_text, quoted, thing
from composekit.source.diagnostic import Fix, Problem, Related, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path, show_path
from composekit.source.text import Span

UNKNOWN_KEY = Problem("CK201", Severity.ERROR, "'{key}' is not a key of {owner}")
WRONG_TYPE = Problem("CK202", Severity.ERROR, "{thing} must be {expected}, found {found}")
MISSING_KEY = Problem("CK203", Severity.ERROR, "{thing} needs {keys}")
NOT_ALLOWED = Problem("CK204", Severity.ERROR, "{thing} must be {expected}, found {found}")
MALFORMED = Problem("CK205", Severity.ERROR, "{thing} must be {expected}, found {found}")
DUPLICATE = Problem("CK206", Severity.ERROR, "{thing} repeats '{first}'", "remove one of them")
BAD_NAME = Problem("CK207", Severity.ERROR, "{key} cannot be a name in {owner}")
TOO_DEEP = Problem("CK208", Severity.ERROR, "nested too deeply to be checked")


MOST_ADVISED = 500
"""Mistakes of one file for which a similar word is looked for; that is what takes time, and nobody reads so many."""


class _Mistake(NamedTuple):
    """One diagnostic to be, so that all of them can be put in order first."""

    problem: Problem
    span: Span
    path: Path
    facts: dict[str, Any]
    hint: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


def explain(node: Node, report: Report) -> None:
    """Report every way in which a whole Compose file's tree does not fit its schema; nothing when it does."""
    try:
        mistakes = list(_mistakes(node))
    except RecursionError:
        report.add(TOO_DEEP, node.span)
        return
    wrong = {one.path for one in mistakes if one.problem is not DUPLICATE}
    mistakes = [one for one in mistakes if one.problem is not DUPLICATE or one.path not in wrong]
    sources: dict[int, int] = {}
    for mistake in mistakes:
        sources.setdefault(id(mistake.span.source), len(sources))
    mistakes.sort(key=lambda one: (sources[id(one.span.source)], one.span.start, one.span.end))
    for one in mistakes:
        report.add(one.problem, one.span, path=one.path, hint=one.hint, related=one.related, fix=one.fix, **one.facts)


def _mistakes(root: Node) -> Iterator[_Mistake]:
    schema = _full()
    plain = _Plain()
    seen: set[tuple[Path, str]] = set()
    for error in _validator(plain)(schema).iter_errors(plain.value(_doubtful(root, schema))):
        path: Path = tuple(error.absolute_path)
        describe = _EXPLAINED.get(str(error.validator))
        if describe is None or (path, error.validator) in seen:
            continue
        seen.add((path, str(error.validator)))
        yield from describe(_Place(root, path, error.schema, schema, advised=len(seen) <= MOST_ADVISED))


class _Place:
    """Where the tree and the schema disagree: the node, what contains it, and the part of the schema it breaks."""

    def __init__(self, root: Node, path: Path, part: dict[str, Any], schema: dict[str, Any], *, advised: bool) -> None:
        self.advised = advised
        self.path = path
        self.part = part
        self.schema = schema
        self.parent: Node | None = None
        self.node = root
        for key in path:
            self.parent = self.node
            if isinstance(self.node, Mapping):
                self.node = self.node[str(key)]
            elif isinstance(self.node, Sequence):
                self.node = self.node.items[int(key)]

    @property
    def span(self) -> Span:
        """The value when it stands on one line, else the key in front of it, else where it begins."""
        span = self.node.span
        if span.start != span.end and "\n" not in span.text:
            return span
        if isinstance(self.parent, Mapping):
            return self.parent.key_span(str(self.path[-1]))
        return _beginning(self.node)


def _beginning(node: Node) -> Span:
    """Return the span of the first word of a node."""
    if isinstance(node, Mapping) and node.key_spans:
        return next(iter(node.key_spans.values()))
    if isinstance(node, Sequence) and node.items:
        return _beginning(node.items[0])
    first_line = node.span.text.partition("\n")[0]
    return node.span.part(0, len(first_line))


def _unknown_keys(place: _Place) -> Iterator[_Mistake]:
    assert isinstance(place.node, Mapping)
    known = place.part.get("properties", {})
    patterns = [re.compile(pattern) for pattern in place.part.get("patternProperties", {})]
    for key in place.node:
        if key in known or any(pattern.search(key) for pattern in patterns):
            continue
        path, span, owner = (*place.path, key), place.node.key_span(key), thing(place.path)
        if known:
            hint, fix = None, None
            if place.advised:
                hint, fix = advice.for_unknown_key(place.schema, place.part, place.node, path)
            yield _Mistake(UNKNOWN_KEY, span, path, {"key": key, "owner": owner}, hint, (), fix)
        else:
            facts = {"key": quoted(key) if key else "an empty string", "owner": owner}
            yield _Mistake(BAD_NAME, span, path, facts, advice.for_bad_name(key))


def _wrong_type(place: _Place) -> Iterator[_Mistake]:
    hint, fix = advice.for_wrong_type(place.schema, place.part, place.node, place.path)
    yield _value_mistake(WRONG_TYPE, place, hint, fix)


def _missing_keys(place: _Place) -> Iterator[_Mistake]:
    assert isinstance(place.node, Mapping)
    missing = [key for key in place.part["required"] if key not in place.node]
    facts = {"thing": thing(place.path), "keys": both(f"'{key}'" for key in missing)}
    yield _Mistake(MISSING_KEY, place.span, place.path, facts, advice.for_missing_keys(place.part, missing))


def _not_listed(place: _Place) -> Iterator[_Mistake]:
    if not is_text(place.node):
        return  # its type is wrong as well, and that says more
    hint, fix = advice.for_not_listed(place.part["enum"], place.node)
    yield _value_mistake(NOT_ALLOWED, place, hint, fix)


def _out_of_range(place: _Place) -> Iterator[_Mistake]:
    yield _value_mistake(NOT_ALLOWED, place)


def _malformed(place: _Place) -> Iterator[_Mistake]:
    yield _value_mistake(MALFORMED, place, advice.for_malformed(place.part))


def _value_mistake(problem: Problem, place: _Place, hint: str | None = None, fix: Fix | None = None) -> _Mistake:
    facts = {"thing": thing(place.path), "expected": expected(place.part), "found": found(place.node)}
    return _Mistake(problem, place.span, place.path, facts, hint, (), fix)


def _duplicates(place: _Place) -> Iterator[_Mistake]:
    assert isinstance(place.node, Sequence)
    firsts: dict[Any, int] = {}
    for index, item in enumerate(place.node.items):
        first = firsts.setdefault(identity(item), index)
        if first != index:
            path = (*place.path, index)
            facts = {
                "thing": thing(path),
                "first": show_path((*place.path, first)[2 if place.path[0] in KINDS else 0 :]),
            }
            span, earlier = _beginning(item), _beginning(place.node.items[first])
            yield _Mistake(DUPLICATE, span, path, facts, None, (Related("first written here", earlier),))


_EXPLAINED: dict[str, Callable[[_Place], Iterator[_Mistake]]] = {
    "additionalProperties": _unknown_keys,
    "enum": _not_listed,
    "maximum": _out_of_range,
    "minimum": _out_of_range,
    "pattern": _malformed,
    "required": _missing_keys,
    "type": _wrong_type,
    "uniqueItems": _duplicates,
}
"""What explains a failure of each keyword that can fail by itself."""


class _Plain:
    """Dicts, lists and values for jsonschema, and the way back from a list to its node.

    Not recursive, and a node that stands in several places (a YAML alias) is turned once.
    """

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self.sequences: dict[int, Sequence] = {}

    def value(self, root: Node) -> Any:
        waiting: list[Node] = []
        made = self._shell(root, waiting)
        while waiting:
            node = waiting.pop()
            shell = self._made[id(node)]
            if isinstance(node, Mapping):
                shell.update({key: self._shell(item, waiting) for key, item in node.items.items()})
            elif isinstance(node, Sequence):
                shell.extend(self._shell(item, waiting) for item in node.items)
        return made

    def _shell(self, node: Node, waiting: list[Node]) -> Any:
        if isinstance(node, Scalar):
            return node.value
        shell = self._made.get(id(node))
        if shell is None:
            shell = self._made[id(node)] = {} if isinstance(node, Mapping) else []
            if isinstance(node, Sequence):
                self.sequences[id(shell)] = node
            waiting.append(node)
        return shell


def _doubtful(root: Node, schema: dict[str, Any]) -> Node:
    """Return the tree without the sections and entries that surely fit, which is most of a big file.

    Nothing at these two levels is required by the schema, so leaving out what fits cannot make a mistake.
    """
    if not isinstance(root, Mapping) or "required" in schema:
        return root
    kept: dict[str, Node] = {}
    for key, section in root.items.items():
        part = schema["properties"].get(key)
        if part is None or not isinstance(section, Mapping) or key not in KINDS:
            kept[key] = section
            continue
        ((pattern, entry),) = part["patternProperties"].items()
        is_name, fits = re.compile(pattern).search, acceptor({**entry, "$defs": schema["$defs"]})
        doubtful = {name: node for name, node in section.items.items() if not (is_name(name) and fits(node))}
        kept[key] = Mapping(doubtful, section.span, section.key_spans)
    return Mapping(kept, root.span, root.key_spans)


def _validator(plain: _Plain) -> Any:
    """Return a validator class that finds duplicate items by hash: the library compares each with each."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def distinct_items(_validator: Any, unique: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if unique and isinstance(instance, list):
            items = plain.sequences[id(instance)].items
            if len({identity(item) for item in items}) < len(items):
                yield ValidationError("duplicate items")

    return extend(Draft202012Validator, {"uniqueItems": distinct_items})  # type: ignore[no-untyped-call]  # by the library


@cache
def _full() -> dict[str, Any]:
    """The schema as people read it, with its patterns as Python has to read them."""
    schema: dict[str, Any] = _for_python(read_schema(COMPOSE))
    return schema


def _for_python(part: Any) -> Any:
    if isinstance(part, list):
        return [_for_python(item) for item in part]
    if not isinstance(part, dict):
        return part
    read = {key: _for_python(value) for key, value in part.items()}
    if isinstance(read.get("pattern"), str):
        read["pattern"] = python_pattern(read["pattern"])
    if "patternProperties" in read:
        read["patternProperties"] = {python_pattern(key): rule for key, rule in read["patternProperties"].items()}
    return read
