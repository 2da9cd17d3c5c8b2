"""Where a bound value came from, and the units of the model."""

from typing import NewType

from composekit.model.record import Record
from composekit.source.node import Mapping, Node
from composekit.source.text import MADE, Span

Nanoseconds = NewType("Nanoseconds", int)
"""A duration; the Engine API counts in nanoseconds too."""

Bytes = NewType("Bytes", int)

NO_TIME = Nanoseconds(0)
NO_BYTES = Bytes(0)


class Bound(Record, kw_only=True):
    """A value bound from a node; equality does not look at the node."""

    origin: Node = Mapping({}, MADE)

    @property
    def span(self) -> Span:
        return self.origin.span

    def key_span(self, key: str) -> Span:
        """Return where a key of this mapping was written; the whole value when it was not."""
        return self.origin.key_span(key) if isinstance(self.origin, Mapping) else self.origin.span

    def value_span(self, key: str) -> Span:
        """Return where the value of a key was written; the whole value when it was not."""
        value = self.origin.get(key) if isinstance(self.origin, Mapping) else None
        return value.span if value is not None else self.origin.span

    def extensions(self) -> dict[str, Node]:
        """Return the x- keys."""
        if not isinstance(self.origin, Mapping):
            return {}
        return {key: value for key, value in self.origin.items.items() if key.startswith("x-")}
