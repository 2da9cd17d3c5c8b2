"""Short forms to long forms, one function per attribute. Each returns the very node it was given when that is long."""

from typing import TYPE_CHECKING

from composekit.errors import BadValue
from composekit.load.context import Context
from composekit.load.joins import make_dependency, make_null, names_to_mapping
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence, supplied
from composekit.source.path import Path
from composekit.source.scalars import show_value
from composekit.source.text import Span

if TYPE_CHECKING:
    from composekit.values.mount import MountSpec

BAD_PORT = Problem("CK210", Severity.ERROR, "{reason}")
NOT_A_PORT = Problem("CK219", Severity.ERROR, "'{text}' is not a port", 'write it as "HOST:CONTAINER"')
BAD_DEVICE = Problem("CK212", Severity.ERROR, "'{text}' is not a device mapping", "write SOURCE[:TARGET[:PERMISSIONS]]")
NOT_A_FORM = Problem("CK224", Severity.ERROR, "an item of this list must be a string or a mapping, found a list")
NO_VALUE = Problem("CK213", Severity.ERROR, "'{text}' must be NAME=VALUE")
BAD_SSH_KEY = Problem("CK214", Severity.ERROR, "'{text}' must be 'default' or ID=PATH")
NAME_CONFLICT = Problem("CK215", Severity.ERROR, "'name' and 'external.name' differ", "keep 'name' only")
OLD_EXTERNAL_NAME = Problem(
    "CK216", Severity.WARNING, "'external.name' is deprecated", "write 'name: {name}' beside 'external: true'"
)
BAD_ULIMIT = Problem("CK217", Severity.ERROR, "a limit must be a whole number or have 'soft' and 'hard'")
EMPTY_DEPENDENCY = Problem(
    "CK218", Severity.ERROR, "the dependency '{name}' has no value", "write 'condition: service_started' below it"
)


def as_list(node: Node, path: Path, ctx: Context) -> Node:
    return Sequence([node], node.span) if isinstance(node, Scalar) and isinstance(node.value, str) else node


def to_text(node: Node, path: Path, ctx: Context) -> Node:
    if isinstance(node, Scalar) and not isinstance(node.value, str):
        return node.with_value(show_value(node.value))
    return node


def expand_build(node: Node, path: Path, ctx: Context) -> Node:
    return Mapping({"context": node}, node.span) if isinstance(node, Scalar) else node


def expand_names(node: Node, path: Path, ctx: Context) -> Node:
    return names_to_mapping(node, make_null) if isinstance(node, Sequence) else node


def expand_depends_on(node: Node, path: Path, ctx: Context) -> Node:
    if isinstance(node, Sequence):
        return names_to_mapping(node, make_dependency)
    if not isinstance(node, Mapping):
        return node
    changed: dict[str, Node] = {}
    for name, one in node.items.items():
        if not isinstance(one, Mapping):
            ctx.add(EMPTY_DEPENDENCY, node.key_span(name), (*path, name), name=name)
            continue
        given = {"condition": supplied("service_started", one.span), "required": supplied(True, one.span)}
        missing: dict[str, Node] = {key: value for key, value in given.items() if key not in one}
        if missing:
            changed[name] = one.with_items(missing)
    return node.with_items(changed)


def expand_env_files(node: Node, path: Path, ctx: Context) -> Node:
    listed = as_list(node, path, ctx)
    if not isinstance(listed, Sequence):
        return node
    return Sequence([_env_file(item) for item in listed], node.span)


def _env_file(item: Node) -> Node:
    if isinstance(item, Scalar):
        return Mapping({"path": item, "required": supplied(True, item.span)}, item.span)
    if isinstance(item, Mapping) and "required" not in item:
        return item.with_items({"required": supplied(True, item.span)})
    return item


def _refuse_list(node: Node, path: Path, ctx: Context) -> None:
    """Report an item that is a list. The shape is checked after merging, too late for files that are only extended."""
    if isinstance(node, Sequence):
        ctx.add(NOT_A_FORM, node.span, path)


def expand_file_use(node: Node, path: Path, ctx: Context) -> Node:
    _refuse_list(node, path, ctx)
    return Mapping({"source": node}, node.span) if isinstance(node, Scalar) else node


def expand_gpus(node: Node, path: Path, ctx: Context) -> Node:
    if isinstance(node, Scalar):
        return Sequence([Mapping({"count": Scalar("all", node.span)}, node.span)], node.span)
    return node


def expand_key_values(node: Node, path: Path, ctx: Context) -> Node:
    if not isinstance(node, Sequence):
        return node
    items: dict[str, Node] = {}
    for item in node:
        text = item.value if isinstance(item, Scalar) else None
        key, equals, value = str(text).partition("=")
        if not equals:
            if ctx.request.interpolate:
                ctx.add(NO_VALUE, item.span, path, text=text)
            return node
        items[key] = Scalar(value, item.span)
    return Mapping(items, node.span)


def expand_ssh(node: Node, path: Path, ctx: Context) -> Node:
    if not isinstance(node, Sequence):
        return node
    items: dict[str, Node] = {}
    for item in node:
        text = str(item.value) if isinstance(item, Scalar) else ""
        key, equals, value = text.partition("=")
        if not equals and key != "default":
            ctx.add(BAD_SSH_KEY, item.span, path, text=text)
        items[key] = Scalar(value if equals else None, item.span)
    return Mapping(items, node.span)


def expand_ulimit(node: Node, path: Path, ctx: Context) -> Node:
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and type(node.value) is int):
        return node
    ctx.add(BAD_ULIMIT, node.span, path)
    return node


def expand_device(node: Node, path: Path, ctx: Context) -> Node:
    _refuse_list(node, path, ctx)
    if not isinstance(node, Scalar):
        return node
    parts = str(node.value).split(":")
    if len(parts) > 3:
        if ctx.request.interpolate:
            ctx.add(BAD_DEVICE, node.span, path, text=node.value)
        return node
    source = parts[0]
    target = parts[1] if len(parts) > 1 and parts[1] else source
    values = {"source": source, "target": target, "permissions": parts[2] if len(parts) > 2 else "rwm"}
    return Mapping({key: Scalar(value, node.span) for key, value in values.items()}, node.span)


def expand_external(node: Node, path: Path, ctx: Context) -> Node:
    """Bring the old `external: {name: x}` into `external: true` and `name: x`."""
    if not isinstance(node, Mapping) or not isinstance(external := node.get("external"), Mapping):
        return node
    changed: dict[str, Node] = {"external": Scalar(True, external.span)}
    inner, name = external.get("name"), node.get("name")
    if isinstance(inner, Scalar):
        if name is not None and name != inner:
            ctx.add(NAME_CONFLICT, inner.span, path)
            return node
        ctx.add(OLD_EXTERNAL_NAME, external.key_span("name"), path, name=inner.value)
        changed["name"] = inner
    return node.with_items(changed)


def expand_ports(node: Node, path: Path, ctx: Context) -> Node:
    """Read short forms; one may stand for several ports."""
    if not isinstance(node, Sequence) or all(isinstance(item, Mapping) for item in node):
        return node
    items: list[Node] = []
    for index, item in enumerate(node):
        ports = _ports(item, (*path, index), ctx) if isinstance(item, Scalar) else [item]
        if ports is not None:
            items += ports
        elif not ctx.request.interpolate:
            return node  # one that holds a variable keeps all as they are
        else:
            items.append(item)
    return Sequence(items, node.span)


def _ports(item: Scalar, path: Path, ctx: Context) -> list[Node] | None:
    """Return the long forms of a short one; `None` where it cannot be read, which has been reported."""
    from composekit.values.port import parse_port

    if isinstance(item.value, bool) or not isinstance(item.value, (str, int)):
        ctx.add(NOT_A_PORT, item.span, path, text=item.raw)
        return None
    try:
        mappings = parse_port(show_value(item.value))
    except BadValue as error:
        if ctx.request.interpolate:
            ctx.add_bad_value(BAD_PORT, error, item, path)
        return None
    ports: list[Node] = []
    for one in mappings:
        values = {
            "mode": "ingress",
            "host_ip": one.host_ip,
            "target": one.target,
            "published": one.published,
            "protocol": one.protocol,
        }
        ports.append(Mapping({key: Scalar(value, item.span) for key, value in values.items() if value}, item.span))
    return ports


def expand_mount(node: Node, path: Path, ctx: Context) -> Node:
    _refuse_list(node, path, ctx)
    if not isinstance(node, Scalar):
        return node
    from composekit.values.mount import parse_mount

    try:
        mount = parse_mount(str(node.value))
    except BadValue:
        return node  # reported when its target was looked for
    return mount_to_node(mount, node.span)


def mount_to_node(mount: "MountSpec", span: Span) -> Mapping:
    """Return the long form of a parsed short volume."""
    items: dict[str, Node] = {"type": Scalar(mount.type, span)}
    if mount.source:
        items["source"] = Scalar(mount.source, span)
    items["target"] = Scalar(mount.target, span)
    if mount.read_only:
        items["read_only"] = Scalar(True, span)
    for name, options in (("bind", mount.bind), ("volume", mount.volume)):
        if options is not None:
            given = options._asdict().items()
            items[name] = Mapping({key: Scalar(value, span) for key, value in given if value}, span)
    return Mapping(items, span)
