"""Steps: which services count. Profiles, the services asked for with what they depend on, and only what these use."""

from fnmatch import fnmatchcase

from composekit.load.context import Context
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence

NO_SUCH_SERVICE = Problem("CK320", Severity.ERROR, "no such service: {name}")

_USED = ("networks", "volumes", "secrets", "configs", "models")


def enable_profiles(tree: Mapping, ctx: Context) -> Mapping:
    """Keep the services that have no profile or an active one; the others go to `ctx.disabled`."""
    services = tree.get("services")
    if not isinstance(services, Mapping):
        return tree
    active = set(ctx.profiles)
    off = {name: one for name, one in services.items.items() if not _is_enabled(one, active)}
    for name in ctx.request.services:
        # A service asked for by name brings its own profiles with it.
        for one in (off[name],) if name in off else ():
            active.update(profiles_of(one))
    off = {name: one for name, one in off.items() if not _is_enabled(one, active)}
    ctx.disabled = off
    return tree.with_items({"services": services.without(*off)}) if off else tree


def profiles_of(service: Node) -> list[str]:
    """Return the profiles a service belongs to."""
    profiles = service.get("profiles") if isinstance(service, Mapping) else None
    return [str(one.value) for one in profiles if isinstance(one, Scalar)] if isinstance(profiles, Sequence) else []


def _is_enabled(service: Node, active: set[str]) -> bool:
    profiles = profiles_of(service)
    return not profiles or "*" in active or not active.isdisjoint(profiles)


def select_services(tree: Mapping, ctx: Context) -> Mapping:
    """Keep the services asked for, and what they depend on; dependencies on others are forgotten."""
    services = tree.get("services")
    if not ctx.request.services or not isinstance(services, Mapping):
        return tree
    wanted: dict[str, None] = {}
    waiting = [(name, True) for name in reversed(ctx.request.services)]
    while waiting:
        name, required = waiting.pop()
        found = [one for one in services if one == name or fnmatchcase(one, name)]
        if not found and required:
            ctx.add(NO_SUCH_SERVICE, None, name=name)
        for one in found:
            if one not in wanted:
                wanted[one] = None
                waiting += [(other, _is_required(how)) for other, how in _dependencies(services[one]).items()]
    kept = {name: _depending_on(service, wanted) for name, service in services.items.items() if name in wanted}
    return tree.with_items({"services": Mapping(kept, services.span, services.key_spans)})


def _dependencies(service: Node) -> dict[str, Node]:
    found = service.get("depends_on") if isinstance(service, Mapping) else None
    return found.items if isinstance(found, Mapping) else {}


def _is_required(dependency: Node) -> bool:
    required = dependency.get("required") if isinstance(dependency, Mapping) else None
    return not (isinstance(required, Scalar) and required.value is False)


def _depending_on(service: Node, wanted: dict[str, None]) -> Node:
    needs = service.get("depends_on") if isinstance(service, Mapping) else None
    if not isinstance(service, Mapping) or not isinstance(needs, Mapping) or all(name in wanted for name in needs):
        return service
    kept = needs.without(*(name for name in needs if name not in wanted))
    return service.with_items({"depends_on": kept}) if kept.items else service.without("depends_on")


def drop_unused(tree: Mapping, ctx: Context) -> Mapping:
    """Drop networks, volumes, secrets, configs and models that no service uses, unless --all-resources."""
    if ctx.request.all_resources:
        return tree
    services = tree.get("services")
    used: dict[str, set[str]] = {section: set() for section in _USED}
    for service in services.items.values() if isinstance(services, Mapping) else ():
        if isinstance(service, Mapping):
            _note_used(service, used)
    changed: dict[str, Node] = {}
    emptied: list[str] = []
    for section in _USED:
        found = tree.get(section)
        if isinstance(found, Mapping):
            kept = found.without(*(name for name in found if name not in used[section]))
            if not kept.items:
                emptied.append(section)
            elif kept is not found:
                changed[section] = kept
    return tree.with_items(changed).without(*emptied)


def _note_used(service: Mapping, used: dict[str, set[str]]) -> None:
    for section in ("networks", "models"):
        found = service.get(section)
        if isinstance(found, Mapping):
            used[section].update(found)
    for mount in _items(service, "volumes"):
        kind, source = mount.get("type"), mount.get("source")
        if isinstance(kind, Scalar) and kind.value == "volume" and isinstance(source, Scalar):
            used["volumes"].add(str(source.value))
    build = service.get("build")
    for section, uses in (
        ("secrets", _items(service, "secrets")),
        ("configs", _items(service, "configs")),
        ("secrets", _items(build, "secrets") if isinstance(build, Mapping) else []),
    ):
        used[section].update(str(one.value) for use in uses if isinstance(one := use.get("source"), Scalar))


def _items(node: Mapping, key: str) -> list[Mapping]:
    found = node.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, Sequence) else []
