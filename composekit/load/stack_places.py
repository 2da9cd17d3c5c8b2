"""Where the table of swarm has something to say about a canonical tree, found in one walk."""

import functools
from collections.abc import Iterable, Iterator

from composekit.load.stack_conditions import Place
from composekit.load.stack_fields import FIELDS
from composekit.load.stack_row import Level, Row
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.text import Span

ITEM = "[]"

_Found = list[tuple[Row, Place]]


def find_losses(tree: Node) -> Iterator[tuple[Row, Place]]:
    """Yield each attribute that does not become exactly what it says, with the row that tells why."""
    found: _Found = []
    _find(tree, _saying_rows(), (), tree.span, ("", tree), found)
    for row, place in found:
        if row.condition is None or row.condition.test(place):
            yield row, place


def places(tree: Node, pattern: str) -> Iterator[Place]:
    """Yield the values that a path of the table stands for and that say something: not null, empty or false."""
    branch = _branch((Row(pattern, Level.IGNORED, ""),))
    found: _Found = []
    _find(tree, branch, (), tree.span, ("", tree), found)
    for _, place in found:
        yield place


class _Branch:
    """The rows of the table as a tree of keys, so that one walk over a file looks only at keys that it has."""

    __slots__ = ("below", "rows")

    def __init__(self) -> None:
        self.below: dict[str, _Branch] = {}
        self.rows: list[Row] = []


@functools.cache
def _saying_rows() -> _Branch:
    return _branch(row for row in FIELDS if row.code)


def _branch(rows: Iterable[Row]) -> _Branch:
    root = _Branch()
    for row in rows:
        branch = root
        for word in row.path.replace(ITEM, f".{ITEM}").split("."):
            branch = branch.below.setdefault(word, _Branch())
        branch.rows.append(row)
    return root


def _find(
    node: Node, branch: _Branch, path: tuple[str | int, ...], span: Span, section: tuple[str, Node], found: _Found
) -> None:
    if len(path) == 2:
        section = (str(path[1]), node)
    if branch.rows and _says_something(node):
        place = Place(path, node, span, *section)
        found += [(row, place) for row in branch.rows]
    below = branch.below
    if not below:
        return
    if type(node) is Mapping:
        any_key = below.get("*")
        for key, value in node.items.items():
            if (inside := below.get(key)) is not None:
                _find(value, inside, (*path, key), node.key_spans.get(key, node.span), section, found)
            if any_key is not None:
                _find(value, any_key, (*path, key), node.key_spans.get(key, node.span), section, found)
    elif type(node) is Sequence and (inside := below.get(ITEM)) is not None:
        for index, item in enumerate(node.items):
            _find(item, inside, (*path, index), item.span, section, found)


def _says_something(node: Node) -> bool:
    if isinstance(node, Scalar):
        return node.value is not None and node.value != "" and node.value is not False
    return len(node) > 0
