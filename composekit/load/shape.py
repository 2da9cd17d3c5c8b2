"""Step: the merged tree must have the shape of a Compose file."""

from composekit.load.context import Context
from composekit.schema.accept import accepts
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path
from composekit.source.scalars import Timestamp

DATE = Problem("CK209", Severity.ERROR, "'{text}' is read as a date", "put it in quotes")

# Keys under these are names that users choose, even where they start with x-.
_NAMED = frozenset((section,) for section in ("services", "networks", "volumes", "secrets", "configs", "models"))


class BadShape(Exception):  # a control flow signal: the diagnostics have been reported
    """The tree does not fit the schema, so later steps cannot work on it."""


def check_shape(tree: Mapping, ctx: Context) -> Mapping:
    """Report what does not fit the schema, and go on without it; raises `BadShape` where nothing is left to check.

    The obsolete `version` is dropped.
    """
    if not accepts(tree) and _explain(tree, ctx):
        from composekit.load.mend import mend

        mended = mend(tree, ctx)
        if mended is None or not accepts(mended):
            raise BadShape
        tree = mended
    return tree.without("version")


def _explain(tree: Mapping, ctx: Context) -> bool:
    from composekit.schema.explain import explain

    found = Report()
    explain(tree, found)
    _find_dates(tree, (), found)
    for diagnostic in found:
        # An interpolated value that could not be cast has been explained already.
        if diagnostic.span is None or not ctx.report.has_error_at(diagnostic.span):
            diagnostic.related += ctx.chain
            ctx.report.append(diagnostic)
    return len(found) > 0


def _find_dates(node: Node, path: Path, report: Report) -> None:
    if isinstance(node, Scalar):
        if isinstance(node.value, Timestamp):
            report.add(DATE, node.span, path=path, text=node.raw)
        return
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            if not key.startswith("x-") or path in _NAMED:
                _find_dates(value, (*path, key), report)
        return
    for index, item in enumerate(node):
        _find_dates(item, (*path, index), report)
