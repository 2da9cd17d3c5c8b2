"""The variables that a project's files use, with their defaults."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from composekit.source.node import Mapping, Node, Scalar
from composekit.values.template import uses


class Variable(NamedTuple):
    """`default` is what stands after :- or -, `alternate` after :+ or +; required ones have :? or ?."""

    name: str
    required: bool
    default: str
    alternate: str


def variables_of(documents: Iterable[Node]) -> list[Variable]:
    """Return every variable once, by name; the last use in the files decides about its default."""
    found: dict[str, Variable] = {}
    for document in documents:
        for text in _texts(document):
            for use in uses(text):
                kind = use.operator[-1:]
                found[use.name] = Variable(
                    use.name,
                    kind == "?",
                    use.argument if kind == "-" else "",
                    use.argument if kind == "+" else "",
                )
    return [found[name] for name in sorted(found)]


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        if isinstance(node.value, str) and "$" in node.value:
            yield node.value
        return
    for item in node.items.values() if isinstance(node, Mapping) else node.items:
        yield from _texts(item)
