"""Step: !reset and !override. What carries one of them takes away what earlier files say at its place."""

from composekit.load.context import Context
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path


def take_tags(tree: Mapping, ctx: Context) -> Mapping:
    """Note the places of the tags in `ctx.resets`, and drop the values that carry !reset."""
    ctx.resets = ()
    if "!" not in tree.span.source.text:
        return tree  # a file without tags, as nearly all are; aliases stay within a file
    places: list[Path] = []
    done = _walk(tree, (), places)
    ctx.resets = tuple(places)
    return done if isinstance(done, Mapping) else Mapping({}, tree.span)


def _walk(node: Node, path: Path, places: list[Path]) -> Node | None:
    if node.tag == "!reset":
        places.append(path)
        return None
    if node.tag == "!override":
        places.append(path)
        return node
    if isinstance(node, Scalar):
        return node
    if isinstance(node, Mapping):
        changed: dict[str, Node] = {}
        dropped: list[str] = []
        for key, value in node.items.items():
            done = _walk(value, (*path, key), places)
            if done is None:
                dropped.append(key)
            elif done is not value:
                changed[key] = done
        return node.with_items(changed).without(*dropped) if changed or dropped else node
    items = [_walk(item, (*path, index), places) for index, item in enumerate(node)]
    return node.with_items([item for item in items if item is not None])
