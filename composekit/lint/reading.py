"""Look into nodes whose kind is not certain: a project with errors is linted too, as far as it could be read."""

from collections.abc import Iterable

from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.text import Span


def child(node: Node | None, *keys: str) -> Node | None:
    """Return what stands under keys, or `None` when the way there is missing."""
    for key in keys:
        if not isinstance(node, Mapping):
            return None
        node = node.get(key)
    return node


def text(node: Node | None) -> str:
    """Return a scalar as text; empty for null, for a missing value, and for a list or mapping."""
    if not isinstance(node, Scalar):
        return ""
    value = node.value
    if isinstance(value, str):
        return value
    return "" if value is None else str(value)


def number(node: Node | None) -> int | None:
    """Return a scalar as a whole number, or `None` when it is none."""
    try:
        return int(text(node))
    except ValueError:
        return None


def is_true(node: Node | None) -> bool:
    """Tell whether a scalar is YAML's true."""
    return isinstance(node, Scalar) and node.value is True


def entries(node: Node | None) -> list[Node]:
    """Return the items of a list; nothing for anything else."""
    return node.items if isinstance(node, Sequence) else []


def pairs(node: Node | None) -> list[tuple[str, Node]]:
    """Return the entries of a mapping; nothing for anything else."""
    return list(node.items.items()) if isinstance(node, Mapping) else []


def narrow(span: Span, part: str, *, last: bool = False) -> Span:
    """Return where a part of a value stands in the text it was written in; the whole span when it is not there.

    A short form such as "8080:80" gives one span to all the values it expands to; so does a variable.
    """
    at = span.text.rfind(part) if last else span.text.find(part)
    return span.part(at, len(part)) if part and at >= 0 else span


def matches_any(word: str, patterns: Iterable[str]) -> bool:
    """Tell whether a word fits one of some shell patterns, as users give them in settings."""
    from fnmatch import fnmatchcase

    return any(fnmatchcase(word, pattern) for pattern in patterns)


def has_variable(span: Span) -> bool:
    """Tell whether a value was written with a variable in it, as ${NAME} or $NAME."""
    written = span.text
    at = written.find("$")
    while 0 <= at < len(written) - 1:
        follower = written[at + 1]
        if follower in {"{", "_"} or follower.isalpha():
            return True
        at = written.find("$", at + 1)
    return False


def place(node: Node) -> Span:
    """Return where to point at a node: itself when it stands on one line, or else what comes first in it."""
    while "\n" in node.span.text:
        if isinstance(node, Mapping) and node.key_spans:
            return min(node.key_spans.values(), key=lambda span: span.start)
        if not isinstance(node, Sequence) or not node.items:
            return node.span.part(0, node.span.text.index("\n"))
        node = node.items[0]
    return node.span
