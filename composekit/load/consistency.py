"""Step: references, cycles and keys that contradict each other, over the services that count.

Every mistake is reported, not the first one only.
"""

from composekit.graph import find_cycle
from composekit.load.context import Context
from composekit.source.diagnostic import Problem, Related, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path
from composekit.source.text import Span

NO_IMAGE = Problem("CK310", Severity.ERROR, "service '{service}' has neither 'image' nor 'build'")
UNDEFINED = Problem("CK311", Severity.ERROR, "{kind} '{name}' is not defined")
DISABLED = Problem(
    "CK312",
    Severity.ERROR,
    "service '{name}' is needed here but is off",
    "enable one of its profiles ({profiles}), or say 'required: false'",
)
DEPENDENCY_CYCLE = Problem("CK313", Severity.ERROR, "services depend on each other: {trail}")
EXCLUSIVE = Problem("CK314", Severity.ERROR, "'{first}' and '{second}' exclude each other", "keep one of them")
DIFFERS = Problem("CK315", Severity.ERROR, "'{first}' and '{second}' have different values", "keep one of them")
BAD_TEST = Problem("CK316", Severity.ERROR, "a health check's 'test' list must start with CMD, CMD-SHELL or NONE")
NOT_BUILT = Problem("CK317", Severity.ERROR, "service '{name}' has no 'build' to take as a context")
PLATFORM = Problem("CK318", Severity.ERROR, "'build.platforms' must include the platform '{platform}'")
NEGATIVE = Problem("CK319", Severity.ERROR, "'{key}' cannot be negative")
ONE_NAME = Problem("CK321", Severity.ERROR, "'container_name' allows one replica only, but '{key}' asks for {count}")
NO_TARGET = Problem("CK322", Severity.ERROR, "the action '{action}' needs a 'target'")
SAME_TARGET = Problem("CK323", Severity.ERROR, "{target} is mounted twice", "remove one of the two")
NAME_TAKEN = Problem("CK324", Severity.ERROR, "the container name '{name}' is used by service '{other}' too")
NO_SECRET = Problem("CK325", Severity.ERROR, "secret '{name}' needs 'file' or 'environment'")

_LIMITS = (
    ("cpus", "limits", "cpus"),
    ("mem_limit", "limits", "memory"),
    ("mem_reservation", "reservations", "memory"),
    ("pids_limit", "limits", "pids"),
)


def check_consistency(tree: Mapping, ctx: Context) -> Mapping:
    if not ctx.request.check_consistency:
        return tree
    services = {name: one for name, one in _entries(tree, "services").items() if isinstance(one, Mapping)}
    for name, service in services.items():
        at: Path = ("services", name)
        _check_source(name, service, at, services, ctx)
        _check_references(service, at, tree, ctx)
        _check_dependencies(service, at, services, ctx)
        _check_numbers(service, at, ctx)
        _check_rest(service, at, ctx)
    _check_names(services, ctx)
    for name, secret in _entries(tree, "secrets").items():
        if isinstance(secret, Mapping) and not any(key in secret for key in ("external", "file", "environment")):
            ctx.add(NO_SECRET, secret.span, ("secrets", name), name=name)
    _check_cycles(services, ctx)
    return tree


def _entries(tree: Mapping, section: str) -> dict[str, Node]:
    found = tree.get(section)
    return found.items if isinstance(found, Mapping) else {}


def _at(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        if type(node) is not Mapping:
            return None
        node = node.items.get(key)
    return node


def _value(node: Node | None, *keys: str) -> object:
    found = _at(node, *keys)
    return found.value if type(found) is Scalar else None


def _items(node: Node | None, *keys: str) -> list[Node]:
    found = _at(node, *keys)
    return found.items if type(found) is Sequence else []


def _check_source(name: str, service: Mapping, at: Path, services: dict[str, Mapping], ctx: Context) -> None:
    if not any(key in service for key in ("image", "build", "provider")):
        span = ctx.service_spans.get(name, service.span)
        ctx.add(NO_IMAGE, span, at, service=name)
    build = service.get("build")
    if not isinstance(build, Mapping):
        return
    if "dockerfile_inline" in build and "dockerfile" in build:
        ctx.add(EXCLUSIVE, build.key_span("dockerfile_inline"), at, first="dockerfile", second="dockerfile_inline")
    for context in _entries(build, "additional_contexts").values():
        target = str(context.value) if isinstance(context, Scalar) else ""
        if target.startswith("service:"):
            other = services.get(target.removeprefix("service:"))
            if other is None:
                ctx.add(UNDEFINED, context.span, at, kind="service", name=target.removeprefix("service:"))
            elif "build" not in other:
                ctx.add(NOT_BUILT, context.span, at, name=target.removeprefix("service:"))
    platform, platforms = service.get("platform"), _items(build, "platforms")
    if isinstance(platform, Scalar) and platforms and platform not in platforms:
        ctx.add(PLATFORM, platform.span, at, platform=platform.value)


def _check_references(service: Mapping, at: Path, tree: Mapping, ctx: Context) -> None:
    networks = service.get("networks")
    if "network_mode" in service and isinstance(networks, Mapping) and networks.items:
        ctx.add(EXCLUSIVE, service.key_span("networks"), at, first="network_mode", second="networks")
    for section, kind in (("networks", "network"), ("models", "model")):
        used = service.get(section)
        for name in used if isinstance(used, Mapping) else ():
            if name not in _entries(tree, section):
                _undefined(kind, name, used, name, (*at, section), tree, section, ctx)
    for index, mount in enumerate(_items(service, "volumes")):
        source = _value(mount, "source")
        if _value(mount, "type") == "volume" and source and source not in _entries(tree, "volumes"):
            _undefined("volume", str(source), mount, "source", (*at, "volumes", index), tree, "volumes", ctx)
    for section, kind, uses in (
        ("secrets", "build secret", _items(service, "build", "secrets")),
        ("configs", "config", _items(service, "configs")),
        ("secrets", "secret", _items(service, "secrets")),
    ):
        for use in uses:
            source = _value(use, "source")
            if source not in _entries(tree, section):
                _undefined(kind, str(source), use, "source", (*at, section), tree, section, ctx)


def _undefined(
    kind: str, name: str, node: Node | None, key: str, path: Path, tree: Mapping, section: str, ctx: Context
) -> None:
    import difflib

    close = difflib.get_close_matches(name, list(_entries(tree, section)), n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"define it under '{section}:' at the top level"
    value = node.get(key) if isinstance(node, Mapping) else None
    span = node.key_span(key) if isinstance(node, Mapping) and kind in ("network", "model") else None
    if span is None and value is not None:
        span = value.span
    ctx.add(UNDEFINED, span, path, hint=hint, kind=kind, name=name)


def _check_dependencies(service: Mapping, at: Path, services: dict[str, Mapping], ctx: Context) -> None:
    needs = service.get("depends_on")
    for name, how in needs.items.items() if isinstance(needs, Mapping) else ():
        if name in services:
            continue
        span = needs.key_span(name) if isinstance(needs, Mapping) and name in needs.key_spans else how.span
        off = ctx.disabled.get(name)
        if off is None:
            _undefined_service(name, span, (*at, "depends_on", name), services, ctx)
        elif _value(how, "required") is not False:
            profiles = ", ".join(str(one.value) for one in _items(off, "profiles") if isinstance(one, Scalar))
            ctx.add(DISABLED, span, (*at, "depends_on", name), name=name, profiles=profiles)
    mode = service.get("network_mode")
    if isinstance(mode, Scalar) and str(mode.value).startswith("service:"):
        other = str(mode.value).removeprefix("service:")
        if other not in services and other not in _entries(service, "depends_on"):
            _undefined_service(other, mode.span, (*at, "network_mode"), services, ctx)


def _undefined_service(name: str, span: Span, path: Path, services: dict[str, Mapping], ctx: Context) -> None:
    import difflib

    close = difflib.get_close_matches(name, list(services), n=1)
    hint = f"did you mean '{close[0]}'?" if close else None
    ctx.add(UNDEFINED, span, path, hint=hint, kind="service", name=name)


def _check_numbers(service: Mapping, at: Path, ctx: Context) -> None:
    scale, replicas = service.get("scale"), _at(service, "deploy", "replicas")
    if scale is not None and replicas is not None and scale != replicas:
        ctx.add(DIFFERS, scale.span, at, first="scale", second="deploy.replicas")
    count = 1
    for key, node in (("deploy.replicas", replicas), ("scale", scale)):
        if isinstance(node, Scalar) and isinstance(node.value, int):
            count = node.value
            if node.value < 0:
                ctx.add(NEGATIVE, node.span, at, key=key)
    if count > 1 and "container_name" in service:
        key = "deploy.replicas" if scale is None else "scale"
        ctx.add(ONE_NAME, service["container_name"].span, at, key=key, count=count)
    for key, side, name in _LIMITS:
        given, limits = service.get(key), _at(service, "deploy", "resources", side)
        if given is None or not isinstance(limits, Mapping) or not _value(service, key):
            continue
        if str(_value(limits, name) or 0) != str(_value(service, key)):
            ctx.add(DIFFERS, given.span, at, first=key, second=f"deploy.resources.{side}.{name}")


def _check_rest(service: Mapping, at: Path, ctx: Context) -> None:
    test = _items(service, "healthcheck", "test")
    if test and not (isinstance(test[0], Scalar) and test[0].value in ("CMD", "CMD-SHELL", "NONE")):
        ctx.add(BAD_TEST, test[0].span, at)
    for trigger in _items(service, "develop", "watch"):
        action = _value(trigger, "action")
        if not _value(trigger, "target") and action not in ("rebuild", "restart"):
            ctx.add(NO_TARGET, trigger.span, at, action=action)
    mounted: dict[str, Node] = {}
    targets: list[tuple[str, Node]]
    targets = [(str(one.value).partition(":")[0], one) for one in _items(service, "tmpfs") if isinstance(one, Scalar)]
    targets += [(str(_value(one, "target")), one) for one in _items(service, "volumes")]
    for target, node in targets:
        if target in mounted:
            earlier = (Related("first mounted here", mounted[target].span),)
            ctx.add(SAME_TARGET, node.span, at, related=earlier, target=target)
        mounted.setdefault(target, node)


def _check_names(services: dict[str, Mapping], ctx: Context) -> None:
    taken: dict[object, str] = {}
    for service, one in services.items():
        name = one.get("container_name")
        if isinstance(name, Scalar) and name.value:
            if name.value in taken:
                path = ("services", service, "container_name")
                ctx.add(NAME_TAKEN, name.span, path, name=name.value, other=taken[name.value])
            taken.setdefault(name.value, service)


def _check_cycles(services: dict[str, Mapping], ctx: Context) -> None:
    trail = find_cycle({name: list(_entries(one, "depends_on")) for name, one in services.items()})
    if trail:
        needs = services[trail[0]].get("depends_on")
        span = needs.key_span(trail[1]) if isinstance(needs, Mapping) else services[trail[0]].span
        ctx.add(DEPENDENCY_CYCLE, span, ("services", trail[0], "depends_on"), trail=" -> ".join(trail))
