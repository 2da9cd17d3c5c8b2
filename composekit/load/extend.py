"""Step: extends. A service starts from another one, of this file or of another."""

import os

from composekit.load.anchors import anchor_paths, expand_home
from composekit.load.context import Context
from composekit.load.merge import merge_services, remove_paths
from composekit.source.diagnostic import Problem, Related, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.text import Span

NO_BASE = Problem("CK130", Severity.ERROR, "'{service}' cannot extend '{base}': {file} has no such service")
EXTENDS_CYCLE = Problem("CK131", Severity.ERROR, "'{service}' extends itself: {trail}")
NO_SERVICE_NAME = Problem("CK132", Severity.ERROR, "'extends' needs a 'service'", "name the service to start from")

LONG_CHAIN = Problem("CK133", Severity.ERROR, "'{service}' extends more than {limit} services, one after the other")

MAX_CHAIN = 100

Trail = tuple[tuple[str, str], ...]


def apply_extends(tree: Mapping, ctx: Context) -> Mapping:
    services = tree.get("services")
    if not isinstance(services, Mapping) or not any(
        isinstance(service, Mapping) and "extends" in service for service in services.items.values()
    ):
        return tree
    source = ctx.source
    origin = _Origin(services, source.path or source.name if source else "", ctx.directory, ctx.resets)
    changed = {name: _extended(name, origin, (), ctx) for name in services}
    kept = {name: value for name, value in changed.items() if value is not None}
    return tree.with_items({"services": services.with_items(kept)})


class _Origin:
    """The services that a name is looked up in: a file, its folder, and the places it resets.

    `done` are the services that have been merged over what they extend.
    """

    __slots__ = ("directory", "done", "file", "resets", "services")

    def __init__(self, services: Mapping, file: str, directory: str, resets: tuple[tuple[str | int, ...], ...]) -> None:
        self.services = services
        self.file = file
        self.directory = directory
        self.resets = resets
        self.done: dict[str, Mapping] = {}


def _extended(name: str, origin: _Origin, trail: Trail, ctx: Context) -> Node | None:
    """Return a service merged over what it extends; as it is where something is wrong, which is reported."""
    service = origin.services.get(name)
    if not isinstance(service, Mapping) or (extends := service.get("extends")) is None:
        return service
    here = (os.path.realpath(origin.file), name)
    if name in origin.done:
        return origin.done[name]
    if len(trail) >= MAX_CHAIN:
        ctx.add(LONG_CHAIN, extends.span, ("services", name, "extends"), service=name, limit=MAX_CHAIN)
        return service.without("extends")
    if here in trail:
        shown = " -> ".join(one for _, one in (*trail[trail.index(here) :], here))
        ctx.add(EXTENDS_CYCLE, extends.span, ("services", name, "extends"), service=name, trail=shown)
        return service.without("extends")
    found = _base_of(name, extends, origin, ctx)
    if found is None:
        return service.without("extends")
    base_name, base_origin = found
    base = _extended(base_name, base_origin, (*trail, here), ctx)
    if not isinstance(base, Mapping):
        return service
    for path in origin.resets:
        if path[:2] == ("services", name):
            base = remove_paths(base, (path[2:],)) if len(path) > 2 else base
    done = origin.done[name] = merge_services(base, service, ctx).without("extends")
    return done


def _base_of(name: str, extends: Node, origin: _Origin, ctx: Context) -> tuple[str, _Origin] | None:
    path = ("services", name, "extends")
    reference, file = _read(extends)
    if reference is None:
        ctx.add(NO_SERVICE_NAME, extends.span, path)
        return None
    target = origin
    shown = "this file"
    if file is not None:
        opened = _open(str(file.value), file.span, origin.directory, ctx)
        if opened is None:
            return None
        target, shown = opened, str(file.value)
    if reference.value not in target.services:
        ctx.add(NO_BASE, reference.span, path, service=name, base=reference.value, file=shown)
        return None
    return str(reference.value), target


def _read(extends: Node) -> tuple[Scalar | None, Scalar | None]:
    if isinstance(extends, Scalar):
        return (extends, None) if isinstance(extends.value, str) else (None, None)
    if not isinstance(extends, Mapping):
        return None, None
    service, file = extends.get("service"), extends.get("file")
    named = service if isinstance(service, Scalar) and isinstance(service.value, str) else None
    return named, file if isinstance(file, Scalar) and file.value is not None else None


def _open(name: str, span: Span, directory: str, ctx: Context) -> _Origin | None:
    """Read the services of another file, with its paths made absolute."""
    from composekit.load.pipeline import EXTENDED_STEPS, fold_file

    path = os.path.normpath(os.path.join(directory, expand_home(name, ctx)))
    folder = os.path.dirname(path)
    inner = ctx.child(folder)
    inner.chain = (Related("extended here", span), *ctx.chain)
    tree = fold_file(path, inner, EXTENDED_STEPS, None)
    if tree is None:
        return None
    tree = anchor_paths(tree, inner)
    services = tree.get("services")
    if not isinstance(services, Mapping):
        services = Mapping({}, tree.span)
    # Its own paths, those of `extends` too, are relative to what it has been anchored to.
    return _Origin(services, path, folder if ctx.request.resolve_paths else ctx.root, inner.resets)
