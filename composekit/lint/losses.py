"""What a swarm makes of a project: the losses of the conversion's own table, as hits of the rules for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from composekit.lint.mounts import mounts, without_properties
from composekit.lint.reading import narrow, place
from composekit.lint.rule import Hit, LintContext
from composekit.lint.services import is_written
from composekit.source.node import Mapping, Scalar
from composekit.source.text import Span

if TYPE_CHECKING:
    from composekit.load.stack_conditions import Place
    from composekit.load.stack_row import Row


def losses(ctx: LintContext, code: str) -> Iterator[Hit]:
    """Yield the losses of one code, of all services whatever their profiles."""
    for row, lost in ctx.shared(_by_code).get(code, ()):
        span = _span(row, lost, ctx)
        if span is None:
            continue
        hit = Hit(
            span,
            row.message,
            path=lost.path,
            hint=row.hint or None,
            level=row.level.value,
            owner=lost.owner,
            key=next(word for word in reversed(lost.path) if isinstance(word, str)),
        )
        if "{value}" in row.message:
            hit.facts["value"] = _value(lost, span)
        yield hit


def _by_code(ctx: LintContext) -> dict[str, list[tuple["Row", "Place"]]]:
    from composekit.load.stack_places import find_losses

    found: dict[str, list[tuple[Row, Place]]] = {}
    services = ctx.tree.get("services")
    tree = ctx.tree
    if isinstance(services, Mapping):
        tree = tree.with_items({"services": services.with_items(dict(ctx.services))})
    for row, lost in find_losses(tree):
        found.setdefault(row.code, []).append((row, lost))
    return found


def _span(row: "Row", lost: "Place", ctx: LintContext) -> Span | None:
    """Return the value's place where the message names the value, or else the key's; `None` for what nobody wrote."""
    if row.path.endswith("volumes[].source"):
        return ctx.shared(_source_spans).get(lost.path[:-1])
    wants_value = "{value}" in row.message and isinstance(lost.node, Scalar)
    for span in (lost.node.span, lost.span) if wants_value else (lost.span, place(lost.node)):
        if is_written(span) and "\n" not in span.text:
            return narrow(span, lost.text) if wants_value else span
    return None


def _source_spans(ctx: LintContext) -> dict[tuple[str | int, ...], Span]:
    return {mount.path: mount.source_span for mount in ctx.shared(mounts) if is_written(mount.source_span)}


def _value(lost: "Place", span: Span) -> str:
    """Return a value as it was written, but where only a variable was."""
    written = without_properties(span.text).strip("\"'")
    return lost.text if "$" in written or not written else written
