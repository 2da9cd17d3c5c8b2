"""Step: the values that an attribute has when the file does not say. The table's `fill` column names the functions."""

from composekit.load.context import Context
from composekit.load.walk import change_where
from composekit.source.node import Mapping, Node, Scalar, supplied


def fill_defaults(tree: Mapping, ctx: Context) -> Mapping:
    return change_where("fill", tree, ctx.table, lambda fill, node, _: fill(node))


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
