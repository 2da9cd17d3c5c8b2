"""Step: what a project implies without saying it.

That is the default network, the real names of resources, and the dependencies that links and shared
namespaces bring.
"""

import os

from composekit.load.context import Context
from composekit.load.services import change_services
from composekit.source.node import Mapping, Node, Scalar, Sequence, is_null, supplied
from composekit.source.text import MADE, Span

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")
_NAMED_SECTIONS = ("networks", "volumes", "configs", "secrets")


def imply(tree: Mapping, ctx: Context) -> Mapping:
    if not ctx.request.normalize:
        return tree
    tree = change_services(named(tree, ctx), lambda service: _service(service, ctx))
    return _with_names(_default_network(tree), ctx.name)


def named(tree: Mapping, ctx: Context) -> Mapping:
    """Return the tree with the project's name in it, however the name was found."""
    written = tree.get("name")
    return tree.with_items({"name": Scalar(ctx.name, written.span if written is not None else MADE)})


def _service(service: Mapping, ctx: Context) -> Mapping:
    changed: dict[str, Node] = {}
    policy = service.get("pull_policy")
    if isinstance(policy, Scalar) and policy.value == "if_not_present":
        changed["pull_policy"] = policy.with_value("missing")
    build = service.get("build")
    if isinstance(build, Mapping):
        changed["build"] = _build(build, ctx)
    environment = service.get("environment")
    if environment is not None:
        changed["environment"] = resolve_names(environment, ctx, keep_unset=True)
    volumes = service.get("volumes")
    if isinstance(volumes, Sequence):
        changed["volumes"] = Sequence([_clean_target(one) for one in volumes], volumes.span)
    implied = _implied_dependencies(service)
    if implied:
        before = service.get("depends_on")
        known = before if isinstance(before, Mapping) else Mapping({}, service.span)
        changed["depends_on"] = known.with_items({name: value for name, value in implied.items() if name not in known})
    if "network_mode" not in service and "provider" not in service:
        networks = service.get("networks")
        if networks is None or (isinstance(networks, Mapping) and not networks.items):
            span = service.span if networks is None else networks.span
            changed["networks"] = Mapping({"default": supplied(None, span)}, span)
    return service.with_items(changed)


def _build(build: Mapping, ctx: Context) -> Mapping:
    changed: dict[str, Node] = {}
    if is_null(build.get("context")):
        changed["context"] = supplied(".", build.span)
    if is_null(build.get("dockerfile")) and is_null(build.get("dockerfile_inline")):
        changed["dockerfile"] = supplied("Dockerfile", build.span)
    args = build.get("args")
    if args is not None:
        changed["args"] = resolve_names(args, ctx, keep_unset=False)
    return build.with_items(changed)


def resolve_names(node: Node, ctx: Context, *, keep_unset: bool) -> Node:
    """Give variables that are only named the value that the project's variables have for them."""
    if isinstance(node, Mapping):
        return _resolve_keys(node, ctx, keep_unset=keep_unset)
    if not isinstance(node, Sequence):
        return node
    entries: list[Node] = []
    for item in node:
        text = item.value if isinstance(item, Scalar) else None
        if not isinstance(text, str) or "=" in text:
            entries.append(item)
        elif (found := ctx.lookup(text)) is not None:
            entries.append(Scalar(f"{text}={found}", item.span))
        elif keep_unset:
            entries.append(item)
    return node.with_items(entries)


def _resolve_keys(node: Mapping, ctx: Context, *, keep_unset: bool) -> Mapping:
    if not any(is_null(value) for value in node.items.values()):
        return node
    items: dict[str, Node] = {}
    for name, value in node.items.items():
        found = ctx.lookup(name) if is_null(value) else None
        if found is not None:
            items[name] = Scalar(found, value.span)
        elif keep_unset or not is_null(value):
            items[name] = value
    return Mapping(items, node.span, node.key_spans)


def read_bare_variables(tree: Mapping, ctx: Context) -> Mapping:
    """Step: `environment: [NAME]` takes the value that NAME has here, in an included project among others."""
    return change_services(tree, lambda service: _with_bare_variables(service, ctx))


def _with_bare_variables(service: Mapping, ctx: Context) -> Mapping:
    listed = service.get("environment")
    if not isinstance(listed, Sequence):
        return service
    return service.with_items({"environment": resolve_names(listed, ctx, keep_unset=True)})


def copy_scale(tree: Mapping, ctx: Context) -> Mapping:
    """Step: `deploy.replicas` is `scale` where only that is given, once contradictions have been looked for."""
    return change_services(tree, _with_replicas) if ctx.request.check_consistency else tree


def _with_replicas(service: Mapping) -> Mapping:
    scale, deploy = service.get("scale"), service.get("deploy")
    if scale is None or not isinstance(deploy, Mapping) or "replicas" in deploy:
        return service
    return service.with_items({"deploy": deploy.with_items({"replicas": scale})})


def _clean_target(mount: Node) -> Node:
    target = mount.get("target") if isinstance(mount, Mapping) else None
    if isinstance(mount, Mapping) and isinstance(target, Scalar) and isinstance(target.value, str):
        clean = clean_path(target.value)
        return mount if clean == target.value else mount.with_items({"target": target.with_value(clean)})
    return mount


def clean_path(path: str) -> str:
    """Return the shortest equal path; like Go's path.Clean, and unlike normpath, two leading slashes become one."""
    clean = os.path.normpath(path) if path else "."
    return clean[1:] if clean.startswith("//") else clean


def _implied_dependencies(service: Mapping) -> dict[str, Node]:
    implied: dict[str, Node] = {}
    links = service.get("links")
    for item in links if isinstance(links, Sequence) else ():
        if isinstance(item, Scalar):
            parts = str(item.value).split(":")
            implied.setdefault(parts[0] if len(parts) == 2 else str(item.value), _dependency(item.span, restart=True))
    for namespace in _NAMESPACES:
        value = service.get(namespace)
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value.startswith("service:"):
            implied.setdefault(value.value.removeprefix("service:"), _dependency(value.span, restart=True))
    shared = service.get("volumes_from")
    for item in shared if isinstance(shared, Sequence) else ():
        if isinstance(item, Scalar) and not str(item.value).startswith("container:"):
            implied.setdefault(str(item.value).split(":")[0], _dependency(item.span, restart=False))
    return implied


def _dependency(span: Span, *, restart: bool) -> Mapping:
    values: dict[str, Node] = {
        "condition": supplied("service_started", span),
        "restart": supplied(restart, span),
        "required": supplied(True, span),
    }
    return Mapping(values, span)


def _default_network(tree: Mapping) -> Mapping:
    services = tree.get("services")
    used = isinstance(services, Mapping) and any(_uses_default(one) for one in services.items.values())
    networks = tree.get("networks")
    known = networks if isinstance(networks, Mapping) else Mapping({}, tree.span)
    if used and "default" not in known:
        return tree.with_items({"networks": known.with_items({"default": supplied(None, known.span)})})
    return tree


def _uses_default(service: Node) -> bool:
    if not isinstance(service, Mapping) or "provider" in service or "network_mode" in service:
        return False
    networks = service.get("networks")
    return isinstance(networks, Mapping) and "default" in networks


def _with_names(tree: Mapping, project: str) -> Mapping:
    """Give networks, volumes, configs and secrets their real names."""
    changed: dict[str, Node] = {}
    for section in _NAMED_SECTIONS:
        found = tree.get(section)
        if isinstance(found, Mapping):
            changed[section] = found.with_items(
                {key: _with_name(key, value, project) for key, value in found.items.items()}
            )
    return tree.with_items(changed)


def _with_name(key: str, value: Node, project: str) -> Node:
    resource = value if isinstance(value, Mapping) else Mapping({}, value.span)
    if not is_null(resource.get("name")):
        return resource
    external = resource.get("external")
    outside = isinstance(external, Scalar) and external.value in (True, "true", "True", "TRUE", "t", "T", "1", 1)
    return resource.with_items({"name": supplied(key if outside else f"{project}_{key}", resource.span)})
