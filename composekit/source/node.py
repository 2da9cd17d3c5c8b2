"""The tree: Scalar, Sequence, Mapping. Equal by value, placed by span, never changed after they are made.

A step that changes something returns a new node that keeps the span of what it replaces; a step that changes nothing
returns the node it was given, so sharing (YAML aliases too) is free.
"""

from collections.abc import Iterator
from operator import is_
from typing import Any

from composekit.source.text import MADE, Span


class Scalar:
    """A single value: `value` is its Python value, `raw` the text YAML saw, `tag` an explicit tag such as `!reset`.

    `style` is "" for plain, one of ' " | >, or SUPPLIED for a value that no file says.
    """

    __slots__ = ("raw", "span", "style", "tag", "value")

    def __init__(self, value: Any, span: Span, raw: str | None = None, style: str = "", tag: str | None = None) -> None:
        self.value = value
        self.span = span
        self.raw = raw if raw is not None else (value if isinstance(value, str) else str(value))
        self.style = style
        self.tag = tag

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and type(self.value) is type(other.value) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]  # equal by value, so never a key

    def with_value(self, value: Any) -> "Scalar":
        """Return this scalar holding another value, in the same place."""
        return Scalar(value, self.span, self.raw, self.style)


SUPPLIED = "supplied"


def supplied(value: Any, span: Span) -> Scalar:
    """Return a value that the file does not say and Compose fills in; its span is that of what asks for it."""
    return Scalar(value, span, style=SUPPLIED)


class Sequence:
    """An ordered list of nodes."""

    __slots__ = ("items", "span", "tag")

    def __init__(self, items: list["Node"], span: Span, tag: str | None = None) -> None:
        self.items = items
        self.span = span
        self.tag = tag

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self.items == other.items

    __hash__ = None  # type: ignore[assignment]  # equal by value, so never a key

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def with_items(self, items: "list[Node]") -> "Sequence":
        """Return a list of these items in the same place; this very list where they are the ones it has."""
        if len(items) == len(self.items) and all(map(is_, items, self.items)):
            return self
        return Sequence(items, self.span, self.tag)


class Mapping:
    """String keys in the order they were written.

    `key_spans` says where each key stands, for those that were written.
    """

    __slots__ = ("items", "key_spans", "span", "tag")

    def __init__(
        self,
        items: dict[str, "Node"],
        span: Span,
        key_spans: dict[str, Span] | None = None,
        tag: str | None = None,
    ) -> None:
        self.items = items
        self.span = span
        self.key_spans = key_spans if key_spans is not None else {}
        self.tag = tag

    def __repr__(self) -> str:
        return f"Mapping({self.items!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self.items == other.items

    __hash__ = None  # type: ignore[assignment]  # equal by value, so never a key

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, key: object) -> bool:
        return key in self.items

    def __getitem__(self, key: str) -> "Node":
        return self.items[key]

    def get(self, key: str) -> "Node | None":
        return self.items.get(key)

    def key_span(self, key: str) -> Span:
        """Return where a key was written; the mapping itself when composekit supplied the key."""
        return self.key_spans.get(key, self.span)

    def with_items(self, changed: dict[str, "Node"]) -> "Mapping":
        """Return a copy with keys replaced or added; this very mapping when nothing is given."""
        if not changed:
            return self
        return Mapping({**self.items, **changed}, self.span, self.key_spans, self.tag)

    def without(self, *keys: str) -> "Mapping":
        """Return a copy without some keys; this very mapping when it has none of them."""
        if not any(key in self.items for key in keys):
            return self
        return Mapping({k: v for k, v in self.items.items() if k not in keys}, self.span, self.key_spans, self.tag)


Node = Scalar | Sequence | Mapping


def to_python(node: Node) -> Any:
    """Return plain dicts, lists and values."""
    if isinstance(node, Mapping):
        return {key: to_python(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [to_python(value) for value in node.items]
    return node.value


def from_python(value: Any, span: Span = MADE) -> Node:
    """Return a tree whose every node stands at `span`; keys become strings."""
    if isinstance(value, dict):
        return Mapping({str(key): from_python(item, span) for key, item in value.items()}, span)
    if isinstance(value, (list, tuple)):
        return Sequence([from_python(item, span) for item in value], span)
    return Scalar(value, span)


def is_null(node: Node | None) -> bool:
    """Tell whether a node is absent or YAML's null."""
    return node is None or (isinstance(node, Scalar) and node.value is None)
