"""Step: include. Other projects' files, read with their own directory and variables, join this one."""

import os

from composekit.load.context import Context
from composekit.load.locate import read_env_files
from composekit.source.diagnostic import Problem, Related, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence

NOT_A_LIST = Problem("CK150", Severity.ERROR, "'include' must be a list", "write '- path/compose.yaml' below it")
INCLUDE_CYCLE = Problem("CK151", Severity.ERROR, "'{file}' includes itself")
CONFLICT = Problem(
    "CK152",
    Severity.ERROR,
    "'{name}' is also in {section} of an included file",
    "rename one of them, or override it from a second file with -f",
)
NO_PATH = Problem("CK153", Severity.ERROR, "an include needs a 'path'")

SECTIONS = ("services", "volumes", "networks", "secrets", "configs", "models")


def apply_include(tree: Mapping, ctx: Context) -> Mapping:
    """Read the included files and add what they define; a name that both define differently is reported."""
    wanted = tree.get("include")
    if wanted is None or (isinstance(wanted, Scalar) and wanted.value is None):
        return tree.without("include")
    if not isinstance(wanted, Sequence):
        ctx.add(NOT_A_LIST, wanted.span, ("include",))
        return tree.without("include")
    for item in wanted:
        included = _included(item, ctx)
        if included is not None:
            tree = _import(included, tree, ctx)
    return tree.without("include")


def _included(item: Node, ctx: Context) -> Mapping | None:
    from composekit.load.pipeline import load_files

    paths = _paths(item, "path") if isinstance(item, Mapping) else [item]
    names = [one for one in paths if isinstance(one, Scalar) and isinstance(one.value, str)]
    if not names:
        ctx.add(NO_PATH, item.span, ("include",))
        return None
    files = [os.path.normpath(os.path.join(ctx.directory, str(one.value))) for one in names]
    if os.path.realpath(files[0]) in ctx.trail:
        ctx.add(INCLUDE_CYCLE, names[0].span, ("include",), file=names[0].value)
        return None
    directory = os.path.dirname(files[0])
    if isinstance(item, Mapping) and isinstance(given := item.get("project_directory"), Scalar) and given.value:
        directory = os.path.normpath(os.path.join(ctx.directory, str(given.value)))
    variables = _variables(item, directory, ctx)
    # A folder that does not exist stands for the one above it, as in the reference.
    inner = ctx.child(directory if os.path.isdir(directory) else os.path.dirname(directory), variables)
    inner.chain = ctx.chain
    return load_files(tuple(files), inner, tuple(one.span for one in names))


def _paths(item: Mapping, key: str) -> list[Node]:
    value = item.get(key)
    if isinstance(value, Sequence):
        return value.items
    return [] if value is None or (isinstance(value, Scalar) and not value.value) else [value]


def _variables(item: Node, directory: str, ctx: Context) -> dict[str, str]:
    """Return the project's variables, then those of the include's own env files."""
    variables = dict(ctx.variables)
    given = _paths(item, "env_file") if isinstance(item, Mapping) else []
    files = [os.path.normpath(os.path.join(ctx.directory, str(one.value))) for one in given if isinstance(one, Scalar)]
    if not files and os.path.isfile(default := os.path.join(directory, ".env")):
        files = [default]
    origins = read_env_files(files, variables, ctx.request.cwd, ctx.report)
    if ctx.history is not None:
        ctx.history.note_variables(origins)
    return variables


def _import(included: Mapping, tree: Mapping, ctx: Context) -> Mapping:
    for section in SECTIONS:
        given = included.get(section)
        if not isinstance(given, Mapping):
            continue
        here = tree.get(section)
        known = here if isinstance(here, Mapping) else Mapping({}, given.span)
        added: dict[str, Node] = {}
        for name, value in given.items.items():
            if name not in known:
                added[name] = value
            elif known[name] != value:
                related = (Related("included from here", given.key_span(name)),)
                ctx.add(CONFLICT, known.key_span(name), (section, name), related=related, name=name, section=section)
        spans = {**given.key_spans, **known.key_spans}
        tree = tree.with_items({section: Mapping({**known.items, **added}, known.span, spans)})
    return tree
