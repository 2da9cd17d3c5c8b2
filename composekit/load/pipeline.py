"""From a request to a loaded project. The steps are the tuples below, in the order in which they run.

A step is a function from tree to tree; it returns the very tree it was given where it changes nothing, and reports
mistakes in the context. ARCHITECTURE.md tells the same story and is tested against these tuples.
"""

import os
import re
from collections.abc import Callable

from composekit.load.anchors import anchor_paths
from composekit.load.collection import CollectionOff
from composekit.load.consistency import check_consistency
from composekit.load.context import Context
from composekit.load.defaults import fill_defaults
from composekit.load.envfiles import read_env_files, read_label_files
from composekit.load.exclusive import check_exclusive
from composekit.load.extend import apply_extends
from composekit.load.fields import ROOT
from composekit.load.imply import copy_scale, imply, read_bare_variables
from composekit.load.include import apply_include
from composekit.load.interpolate import interpolate, substitute_in
from composekit.load.locate import Place, locate, read_source, shown_name
from composekit.load.mend import mend
from composekit.load.merge import merge_over
from composekit.load.request import LoadRequest
from composekit.load.selection import drop_unused, enable_profiles, select_services
from composekit.load.settle import settle
from composekit.load.shape import BadShape, check_shape
from composekit.load.tags import take_tags
from composekit.load.unique import drop_empty, keep_unique, to_canonical
from composekit.source.diagnostic import Problem, Related, Report, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.text import MADE, Source, Span
from composekit.source.yaml import read_documents

Step = Callable[[Mapping, Context], Mapping]

DOCUMENT_STEPS: tuple[Step, ...] = (
    take_tags,
    interpolate,
    apply_extends,
    apply_include,
    merge_over,
    keep_unique,
    check_shape,
    to_canonical,
    drop_empty,
    keep_unique,
)
"""For every document of every file, in order; `merge_over` joins it to those before."""

EXTENDED_STEPS: tuple[Step, ...] = (
    take_tags,
    interpolate,
    merge_over,
    keep_unique,
    to_canonical,
    drop_empty,
    keep_unique,
)
"""For the documents of a file that is only named by `extends`: it is checked once it is merged."""

FILES_STEPS: tuple[Step, ...] = (fill_defaults, check_exclusive, anchor_paths, read_bare_variables)
"""For the files of the project together, and for those of every include."""

PROJECT_STEPS: tuple[Step, ...] = (
    imply,
    settle,
    enable_profiles,
    check_consistency,
    copy_scale,
    read_env_files,
    read_label_files,
    select_services,
    drop_unused,
)
"""For the project as a whole."""

MODEL_STEPS: tuple[Step, ...] = (imply,)
"""For a project whose variables stay as they are, and which can therefore not be understood further."""

EMPTY = Problem("CK004", Severity.ERROR, "the Compose file is empty", "start with 'services:'")
NOT_A_MAPPING = Problem(
    "CK019", Severity.ERROR, "a Compose file must be a mapping, found {found}", "start with 'services:'"
)
BAD_NAME = Problem(
    "CK020",
    Severity.ERROR,
    "'{name}' is not a project name",
    "use lower-case letters, digits, '-' and '_', starting with a letter or digit",
)
NO_NAME = Problem("CK021", Severity.ERROR, "the project has no name", "give one with -p or 'name:'")


class Loaded:
    """A loaded project. `tree` is `None` where loading could not go on; `report` says why.

    tree            the canonical tree
    documents       every document of the project's own files, as written
    others          those of the files that are included or extended
    scopes          what ${VAR} means in each Compose file, by its path: an include may have variables of its own
    disabled        services whose profiles are off
    compatibility   names are joined with '_', as Compose v1 did
    environment     what ${VAR} means here: the process environment, then the env files
    """

    __slots__ = (
        "compatibility",
        "directory",
        "disabled",
        "documents",
        "environment",
        "files",
        "history",
        "name",
        "others",
        "profiles",
        "report",
        "scopes",
        "tree",
    )

    def __init__(self, tree: Mapping | None, place: Place, ctx: Context) -> None:
        self.tree = tree
        own = dict.fromkeys(place.files)
        self.documents = _mappings_of(ctx, [file for file in own if file in ctx.files])
        self.others = _mappings_of(ctx, [file for file in ctx.files if file not in own])
        self.scopes = ctx.scopes
        self.report = ctx.report
        self.name = ctx.name
        self.directory = place.directory
        self.environment = place.variables
        self.files = list(place.files)
        self.profiles = place.profiles
        self.disabled = ctx.disabled
        self.history = ctx.history
        switch = place.variables.get("COMPOSE_COMPATIBILITY", "").strip().lower()
        self.compatibility = ctx.request.compatibility or switch in ("1", "t", "true", "y")


def load(request: LoadRequest, steps: tuple[Step, ...] = PROJECT_STEPS) -> Loaded:
    """Load a project; every mistake is in the report of what is returned."""
    with CollectionOff():
        return _load(request, steps)


def _load(request: LoadRequest, steps: tuple[Step, ...]) -> Loaded:
    report = Report()
    place = locate(request, report)
    # Where variables stay as they are, names without a value (`environment: [TZ]`) stay too.
    ctx = Context(request, report, ROOT, place.directory, place.variables if request.interpolate else {})
    ctx.profiles = place.profiles
    if ctx.history is not None:
        ctx.history.note_variables(place.origins)
    if report.has_errors:
        return Loaded(None, place, ctx)
    ctx.name = _project_name(place, ctx)
    ctx.variables["COMPOSE_PROJECT_NAME"] = place.variables["COMPOSE_PROJECT_NAME"] = ctx.name
    tree = load_files(place.files, ctx)
    if not ctx.name and not report.has_errors:
        ctx.add(NO_NAME, None)
        tree = None
    if tree is None:
        return Loaded(None, place, ctx)
    if not tree.items:
        report.add(EMPTY, Span(ctx.source, 0, 0) if ctx.source else None)
        return Loaded(None, place, ctx)
    services = tree.get("services")
    ctx.service_spans = services.key_spans if isinstance(services, Mapping) else {}
    loaded = run(steps, tree, ctx)
    return Loaded(None if ctx.mended else loaded, place, ctx)


def load_files(files: tuple[str, ...], ctx: Context, places: tuple[Span, ...] = ()) -> Mapping | None:
    """Merge the files of a project or of an include; `None` where that cannot go on, which has been reported.

    `places` are where an include names its files.
    """
    outer = ctx.chain
    ctx.trail = (*ctx.trail, *map(os.path.realpath, files))
    tree: Mapping | None = None
    broken = False
    for index, file in enumerate(files):
        if places:
            ctx.chain = (Related("included here", places[index]), *outer)
        folded = fold_file(file, ctx, DOCUMENT_STEPS, tree)
        broken = broken or folded is None
        tree = folded if folded is not None else tree
    if broken or tree is None:
        return None if broken else Mapping({}, MADE)
    tree = run(FILES_STEPS, tree, ctx)
    return mend(tree, ctx) if ctx.report.has_errors else tree


def fold_file(file: str, ctx: Context, steps: tuple[Step, ...], base: Mapping | None) -> Mapping | None:
    """Merge the documents of a file over a tree; `None` where one of them has mistakes, which have been reported."""
    source, documents = _documents(file, ctx)
    if source is None:
        return None
    ctx.source = source
    ctx.own.append(source)
    tree, broken = base, False
    for document in documents:
        if not isinstance(document, Mapping):
            _report_no_mapping(document, ctx)
            broken = True
            continue
        ctx.base = tree
        try:
            tree = run(steps, document, ctx)
        except BadShape:
            broken = True
    if broken:
        return None
    tree = tree if tree is not None else Mapping({}, Span(source, 0, 0))
    return mend(tree, ctx) if ctx.report.has_errors else tree


def run(steps: tuple[Step, ...], tree: Mapping, ctx: Context) -> Mapping:
    for step in steps:
        tree = step(tree, ctx)
    return tree


def _documents(file: str, ctx: Context) -> tuple[Source | None, list[Node]]:
    """Read a file once, however often the project names it."""
    known = ctx.files.get(file)
    if known is None:
        if (shared := _shared(file, ctx)) is not None:
            return shared
        found = Report()
        if file in ctx.request.texts:
            source: Source | None = Source(shown_name(file, ctx.request.cwd), ctx.request.texts[file], file)
        else:
            source = read_source(file, ctx.request.cwd, found, ctx.request.stdin)
        for one in found:
            # A file that cannot be read is reported where it is named.
            named_at = ctx.chain[0].span if ctx.chain else None
            one.span = one.span or named_at
            ctx.report.append(one)
        known = _keep(file, source, read_documents(source, ctx.report) if source is not None else [], ctx)
    return known


def _shared(file: str, ctx: Context) -> tuple[Source | None, list[Node]] | None:
    """Return a file that another project of the run may have read."""
    opened = ctx.request.opened
    if opened is None or file == "-":
        return None
    text = ctx.request.texts.get(file)
    found = opened.read(file) if text is None else opened.read_text(file, text)
    if found is None:
        return None
    for one in found.problems:
        ctx.report.append(one)
    return _keep(file, found.source, found.documents, ctx)


def _keep(file: str, source: Source | None, documents: list[Node], ctx: Context) -> tuple[Source | None, list[Node]]:
    ctx.files[file] = (source, documents)
    ctx.scopes[file] = ctx.variables
    return ctx.files[file]


def _mappings_of(ctx: Context, files: list[str]) -> list[Mapping]:
    return [one for file in files for one in ctx.files[file][1] if isinstance(one, Mapping)]


def _report_no_mapping(document: Node, ctx: Context) -> None:
    if isinstance(document, Scalar):
        found = "nothing" if document.value is None else f"'{document.raw[:30]}'"
    else:
        found = "a list"
    ctx.add(NOT_A_MAPPING, document.span.part(0), found=found)


def _project_name(place: Place, ctx: Context) -> str:
    if place.explicit_name:
        if normal_name(place.explicit_name) != place.explicit_name:
            ctx.add(BAD_NAME, None, name=place.explicit_name)
        return place.explicit_name
    written: Scalar | None = None
    for file in place.files:
        for document in _documents(file, ctx)[1]:
            name = document.get("name") if isinstance(document, Mapping) else None
            if isinstance(name, Scalar) and name.value not in (None, ""):
                written = name
    if written is None:
        return normal_name(os.path.basename(place.directory))
    text = written.with_value(str(written.raw if not isinstance(written.value, str) else written.value))
    given = substitute_in(text, ("name",), ctx) if ctx.request.interpolate else str(text.value)
    return normal_name(given) if ctx.request.normalize else given


def normal_name(text: str) -> str:
    """Return a text as a project name: lower case, and only letters, digits, '-' and '_'."""
    return "".join(re.findall(r"[a-z0-9_-]", text.lower())).lstrip("_-")
