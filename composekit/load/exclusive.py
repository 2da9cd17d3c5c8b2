"""Step: keys that exclude or need each other, and values that are no address. Checked before paths are resolved."""

from composekit.load.context import Context
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path

EXCLUSIVE = Problem("CK301", Severity.ERROR, "{keys} exclude each other", "keep one of them")
NO_CONTENT = Problem("CK302", Severity.ERROR, "'{name}' needs one of {keys}", "or say 'external: true'")
EXTERNAL_WITH = Problem(
    "CK303", Severity.ERROR, "an external volume cannot have '{key}'", "remove it, or remove 'external'"
)
BAD_ADDRESS = Problem("CK305", Severity.ERROR, "'{address}' is not an IP address")
EMPTY_PATH = Problem("CK306", Severity.ERROR, "a watched 'path' cannot be empty")


def check_exclusive(tree: Mapping, ctx: Context) -> Mapping:
    for name, volume in _entries(tree, "volumes"):
        _external_volume(volume, ("volumes", name), ctx)
    _file_objects(tree, "configs", ("file", "environment", "content"), ctx)
    _file_objects(tree, "secrets", ("file", "environment"), ctx)
    for name, service in _entries(tree, "services"):
        if isinstance(service, Mapping):
            _service(service, ("services", name), ctx)
    return tree


def _entries(tree: Mapping, section: str) -> list[tuple[str, Node]]:
    found = tree.get(section)
    return list(found.items.items()) if isinstance(found, Mapping) else []


def _external_volume(volume: Node, path: Path, ctx: Context) -> None:
    external = volume.get("external") if isinstance(volume, Mapping) else None
    if not isinstance(volume, Mapping) or not (isinstance(external, Scalar) and external.value is True):
        return
    for key in volume:
        if key not in ("name", "external") and not key.startswith("x-"):
            ctx.add(EXTERNAL_WITH, volume.key_span(key), (*path, key), key=key)


def _file_objects(tree: Mapping, section: str, keys: tuple[str, ...], ctx: Context) -> None:
    shown = ", ".join(f"'{key}'" for key in keys)
    for name, one in _entries(tree, section):
        path = (section, name)
        if not isinstance(one, Mapping):
            continue
        given = [key for key in keys if key in one]
        if len(given) > 1:
            ctx.add(EXCLUSIVE, one.key_span(given[1]), path, keys=" and ".join(f"'{key}'" for key in given))
        elif not given and "driver" not in one and "external" not in one:
            ctx.add(NO_CONTENT, one.span, path, name=name, keys=shown)


def _service(service: Mapping, path: Path, ctx: Context) -> None:
    for index, port in enumerate(_items(service, "ports")):
        address = port.get("host_ip") if isinstance(port, Mapping) else None
        if isinstance(address, Scalar) and not _is_address(str(address.value)):
            ctx.add(BAD_ADDRESS, address.span, (*path, "ports", index), address=address.value)
    develop = service.get("develop")
    for index, trigger in enumerate(_items(develop, "watch") if isinstance(develop, Mapping) else ()):
        watched = trigger.get("path") if isinstance(trigger, Mapping) else None
        if isinstance(watched, Scalar) and watched.value == "":
            ctx.add(EMPTY_PATH, watched.span, (*path, "develop", "watch", index))
    for request in [*_items(service, "gpus"), *_reserved_devices(service)]:
        if isinstance(request, Mapping) and "count" in request and "device_ids" in request:
            ctx.add(EXCLUSIVE, request.key_span("device_ids"), path, keys="'count' and 'device_ids'")


def _items(node: Mapping, key: str) -> list[Node]:
    found = node.get(key)
    return found.items if isinstance(found, Sequence) else []


def _reserved_devices(service: Mapping) -> list[Node]:
    at: Node | None = service
    for key in ("deploy", "resources", "reservations"):
        at = at.get(key) if isinstance(at, Mapping) else None
    return _items(at, "devices") if isinstance(at, Mapping) else []


def _is_address(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
