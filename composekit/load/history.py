"""What was overridden by what, and where variables came from: kept only when somebody asks where a value comes from.

Nodes are made anew by many steps, but keep their span; so a value is known by the place where it was written.
"""

from composekit.source.node import Node
from composekit.source.text import Span

Place = tuple[int, int, int]


class History:
    """The steps that let one value win over another call `note`; `variables` says which env file gave a variable."""

    __slots__ = ("_before", "variables")

    def __init__(self) -> None:
        self._before: dict[Place, list[Node]] = {}
        self.variables: dict[str, Span] = {}

    def note(self, older: Node, newer: Node) -> None:
        """Remember that `newer` stands where `older` would have stood."""
        if place_of(older.span) != place_of(newer.span):
            self._before.setdefault(place_of(newer.span), []).append(older)

    def note_variables(self, origins: dict[str, Span]) -> None:
        """Remember the env files that gave variables; the first one counts, as it does for the value."""
        for name, span in origins.items():
            self.variables.setdefault(name, span)

    def before(self, node: Node) -> list[Node]:
        """Return what a value won over, the latest first, through all files."""
        found: list[Node] = []
        seen = {place_of(node.span)}
        waiting = list(reversed(self._before.get(place_of(node.span), ())))
        while waiting:
            older = waiting.pop(0)
            if place_of(older.span) in seen:
                continue
            seen.add(place_of(older.span))
            found.append(older)
            waiting += reversed(self._before.get(place_of(older.span), ()))
        return found


def place_of(span: Span) -> Place:
    """Return what identifies a place in a file."""
    return (id(span.source), span.start, span.end)
