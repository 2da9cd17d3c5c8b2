"""Step: ${VAR} in scalars, then the cast that the table gives an interpolated string."""

from composekit.errors import BadValue
from composekit.load.context import Context, part_of
from composekit.load.table import BOOL, FLOAT, FLOAT32, INT, Branch, Kind
from composekit.load.walk import change_where
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path
from composekit.values.template import substitute

BAD_TEMPLATE = Problem("CK101", Severity.ERROR, "{reason}")
UNSET = Problem(
    "CK102",
    Severity.WARNING,
    "the variable '{name}' is not set, so an empty string is used",
    "set it, or write ${{{name}:-default}}",
)
CAST_FAILED = Problem("CK103", Severity.ERROR, "'{text}' is not {kind}")
OLD_BOOLEAN = Problem("CK104", Severity.WARNING, "'{text}' is not a boolean of YAML 1.2", "write {word}")

_KINDS = {INT: "a whole number", FLOAT: "a number", FLOAT32: "a number", BOOL: "true or false"}
_TRUE, _FALSE = frozenset(("y", "yes", "on")), frozenset(("n", "no", "off"))


# Without one of them a text has no variable: not itself, nor by an escape or a tag such as !!binary.
_MARKS = ("$", "\\", "!")


def interpolate(tree: Mapping, ctx: Context) -> Mapping:
    if not ctx.request.interpolate:
        return tree
    if not any(mark in tree.span.source.text for mark in _MARKS):
        return change_where("cast", tree, ctx.table, lambda kind, node, path: _cast_scalar(node, kind, path, ctx))
    done = _walk(tree, ctx.table, (), ctx)
    return done if isinstance(done, Mapping) else tree


def _walk(node: Node, at: Branch, path: Path, ctx: Context) -> Node:
    if isinstance(node, Scalar):
        return _scalar(node, at, path, ctx) if isinstance(node.value, str) else node
    if isinstance(node, Mapping):
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            if type(value) is Scalar and type(value.value) is not str:
                continue
            done = _walk(value, at.down_any(key), (*path, key), ctx)
            if done is not value:
                changed[key] = done
        return node.with_items(changed)
    below = at.down("[]")
    return node.with_items([_walk(item, below, (*path, index), ctx) for index, item in enumerate(node.items)])


def _scalar(node: Scalar, at: Branch, path: Path, ctx: Context) -> Node:
    text = node.value
    if "$" in text:
        text = substitute_in(node, path, ctx)
    if at.field is not None and at.field.cast is not None:
        return _cast_scalar(node, at.field.cast, path, ctx, text)
    return node if text == node.value else Scalar(text, node.span, node.raw, node.style, node.tag)


def substitute_in(node: Scalar, path: Path, ctx: Context) -> str:
    """Return a scalar's text with its variables replaced; mistakes and unset variables are reported."""
    told: set[str] = set()

    def on_unset(name: str, offset: int) -> None:
        if name not in told:
            told.add(name)
            ctx.add(UNSET, part_of(node, offset, 1), path, name=name)

    try:
        return substitute(node.value, ctx.lookup, on_unset)
    except BadValue as error:
        ctx.add_bad_value(BAD_TEMPLATE, error, node, path)
        return str(node.value)


def _cast_scalar(node: Node, kind: Kind, path: Path, ctx: Context, text: str | None = None) -> Node:
    """Return a string as what its row says; `text` is what became of it, when it had variables."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    value = _cast(node.value if text is None else text, kind, node, path, ctx)
    return Scalar(value, node.span, node.raw, node.style, node.tag)


def _cast(text: str, kind: Kind, node: Scalar, path: Path, ctx: Context) -> object:
    try:
        return cast_text(text, kind)
    except ValueError:
        pass
    word = text.lower()
    if kind is BOOL and (word in _TRUE or word in _FALSE):
        ctx.add(OLD_BOOLEAN, node.span, path, text=text, word="true" if word in _TRUE else "false")
        return word in _TRUE
    ctx.add(CAST_FAILED, node.span, path, text=text, kind=_KINDS[kind])
    return text


def cast_text(text: str, kind: Kind) -> object:
    """Return a string as a number or boolean; raises `ValueError` where Go's strconv would refuse it."""
    if kind is BOOL:
        return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else _refuse(text)
    if not text.isascii() or "_" in text or text != text.strip():
        return _refuse(text)
    if kind is not INT:
        return float(text)
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else _refuse(text)


def _refuse(text: str) -> object:
    raise ValueError(text)
