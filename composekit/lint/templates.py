"""The ${VARIABLES} that Compose files use, each at its place."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from composekit.lint.layout import with_marks
from composekit.lint.rule import LintContext
from composekit.load.context import part_of
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path
from composekit.source.text import Span
from composekit.values.template import uses


class VariableUse(NamedTuple):
    """A variable in a value: `operator` is "" or one of :- - :? ? :+ +, with what follows it as `argument`."""

    name: str
    operator: str
    argument: str
    span: Span
    node: Scalar
    path: Path


def variable_uses(ctx: LintContext) -> list[VariableUse]:
    """Return the variables in the project's own files, in order; those of aliased values once."""
    found: list[VariableUse] = []
    for document in ctx.documents:
        if "$" in document.span.source.text:
            _walk(document, (), set(), found, with_marks(document, "$"))
    return found


def _walk(node: Node, path: Path, seen: set[int], found: list[VariableUse], may_have: Callable[[Node], bool]) -> None:
    seen.add(id(node))
    items: Iterable[tuple[str | int, Node]] = ()
    if isinstance(node, Mapping):
        items = node.items.items()
    elif isinstance(node, Sequence):
        items = enumerate(node.items)
    for key, value in items:
        if isinstance(value, Scalar):
            if "$" in value.raw and isinstance(value.value, str) and "$" in value.value:
                found += _uses(value, (*path, key))
        elif id(value) not in seen and may_have(value):
            _walk(value, (*path, key), seen, found, may_have)


_WHOLE = re.compile(r"\$\{([a-zA-Z_][a-zA-Z0-9_]*)(?:(:?[-?+])([^${}\n]*))?\}")
"""A value that is nothing but one variable, as most are."""


def _uses(node: Scalar, path: Path) -> Iterator[VariableUse]:
    whole = _WHOLE.fullmatch(node.value)
    if whole is not None:
        yield VariableUse(whole[1], whole[2] or "", whole[3] or "", part_of(node, 0, len(node.value)), node, path)
        return
    for use in uses(node.value):
        # Those inside the default of another count from the default's start; they are found by their own text.
        start = use.start if node.value.startswith("$", use.start) else 0
        written = node.value[start : start + use.end - use.start]
        if use.name in written[: len(use.name) + 2]:
            yield VariableUse(
                use.name, use.operator, use.argument, part_of(node, start, use.end - use.start), node, path
            )
        else:
            yield VariableUse(use.name, use.operator, use.argument, node.span, node, path)
