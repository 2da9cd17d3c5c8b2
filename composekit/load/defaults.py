"""Step: the values that an attribute has when the file does not say. The table's `fill` column names the functions."""

from composekit.load.context import Context
from composekit.load.table import Branch
from composekit.source.node import Mapping, Node, Scalar, Sequence, supplied


def fill_defaults(tree: Mapping, ctx: Context) -> Mapping:
    filled = _fill(tree, ctx.table)
    return filled if isinstance(filled, Mapping) else tree


def _fill(node: Node, at: Branch) -> Node:
    if at.field is not None and at.field.fill is not None:
        node = at.field.fill(node)
    if "fill" not in at.has:
        return node
    if isinstance(node, Mapping):
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            below = at.down_any(key)
            if "fill" in below.has and (filled := _fill(value, below)) is not value:
                changed[key] = filled
        return node.with_items(changed)
    if isinstance(node, Sequence):
        below = at.down("[]")
        items = [_fill(item, below) for item in node]
        if any(new is not old for new, old in zip(items, node, strict=True)):
            return Sequence(items, node.span)
    return node


def _with_missing(node: Node, values: dict[str, str]) -> Node:
    if not isinstance(node, Mapping):
        return node
    return node.with_items({key: supplied(value, node.span) for key, value in values.items() if key not in node})


def fill_build(node: Node) -> Node:
    return _with_missing(node, {"context": "."})


def fill_port(node: Node) -> Node:
    return _with_missing(node, {"protocol": "tcp", "mode": "ingress"})


def fill_device_request(node: Node) -> Node:
    if isinstance(node, Mapping) and "count" not in node and "device_ids" not in node:
        return _with_missing(node, {"count": "all"})
    return node


def fill_secret_target(node: Node) -> Node:
    source = node.get("source") if isinstance(node, Mapping) else None
    name = source.value if isinstance(source, Scalar) else ""
    return _with_missing(node, {"target": f"/run/secrets/{name}"})
