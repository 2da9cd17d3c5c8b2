"""What was overridden by what, and where variables came from: kept only when somebody asks where a value comes from.

Nodes are made anew by many steps, but keep their span; so a value is known by the place where it was written.
"""

from composekit.source.node import Node
from composekit.source.text import Span


class History:
    """The steps that let one value win over another call `note`; `variables` says which env file gave a variable."""

    __slots__ = ("_before", "variables")

    def __init__(self) -> None:
        self._before: dict[tuple[int, int, int], list[Node]] = {}
        self.variables: dict[str, Span] = {}

    def note(self, older: Node, newer: Node) -> None:
        """Remember that `newer` stands where `older` would have stood."""
        if older.span.identity != newer.span.identity:
            self._before.setdefault(newer.span.identity, []).append(older)

    def note_variables(self, origins: dict[str, Span]) -> None:
        """Remember the env files that gave variables; the first one counts, as it does for the value."""
        for name, span in origins.items():
            self.variables.setdefault(name, span)

    def before(self, node: Node) -> list[Node]:
        """Return what a value won over, the latest first, through all files."""
        found: list[Node] = []
        seen = {node.span.identity}
        waiting = list(reversed(self._before.get(node.span.identity, ())))
        while waiting:
            older = waiting.pop(0)
            place = older.span.identity
            if place in seen:
                continue
            seen.add(place)
            found.append(older)
            waiting += reversed(self._before.get(place, ()))
        return found
