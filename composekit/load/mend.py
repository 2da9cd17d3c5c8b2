"""Taking what is wrong out of a tree, so that the rest of the project can still be checked in the same run.

A project with a mistake is refused all the same; this only finds its other mistakes. Nothing may be reported because
something was taken out: an entry that loses what it needs gets a stand-in.
"""

from composekit.load.context import Context
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path
from composekit.source.text import MADE

_SECTIONS = ("services", "networks", "volumes", "secrets", "configs", "models")
_BRINGS = frozenset(("include", "extends"))
_SOURCES = ("image", "build", "provider")
_IMAGE = Scalar("scratch", MADE)
_EXTERNAL = Mapping({"external": Scalar(True, MADE)}, MADE)


def mend(tree: Mapping, ctx: Context) -> Mapping | None:
    """Return the tree without what the errors so far are about; `None` where that cannot be told.

    An error of another file, or about a whole section, is one that the rest cannot be judged without.
    """
    for error in ctx.report:
        if error.severity is not Severity.ERROR or id(error) in ctx.mended:
            continue
        if error.span is None or error.span.source not in ctx.own or not error.path:
            return None
        without = _without(tree, error.path)
        if without is None:
            return None
        tree = without
        ctx.mended.add(id(error))
    return tree


def _without(tree: Mapping, path: Path) -> Mapping | None:
    section, name = str(path[0]), str(path[1]) if len(path) > 1 else None
    if _BRINGS.intersection(path[:1] + path[2:3]):
        return None  # what would have come from elsewhere is missing
    if section not in _SECTIONS:
        return tree.without(section)
    entries = tree.get(section)
    if name is None or not isinstance(entries, Mapping):
        return None
    if name not in entries:
        return tree
    if section == "services":
        entry = _service(entries[name], path[2:])
    else:
        entry = _EXTERNAL if section in ("secrets", "configs") else Mapping({}, MADE)
    return tree.with_items({section: entries.with_items({name: entry})})


def _service(service: Node, path: Path) -> Mapping:
    kept = service.without(str(path[0])) if path and isinstance(service, Mapping) else Mapping({}, service.span)
    return kept if any(key in kept for key in _SOURCES) else kept.with_items({"image": _IMAGE})
