"""What becomes of one value, or of a list or mapping that is one value, in a loaded project: a rule for each kind."""

import struct
from collections.abc import Callable

from composekit.errors import BadValue
from composekit.load.context import Context
from composekit.load.interpolate import cast_text
from composekit.load.table import Branch, Kind
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.path import Path
from composekit.source.scalars import show_value
from composekit.values.quantity import format_duration, parse_bytes, parse_duration
from composekit.values.words import split_words

BAD_VALUE = Problem("CK220", Severity.ERROR, "{reason}")
WRONG_KIND = Problem("CK221", Severity.ERROR, "'{key}' must be {kind}, found {found}")
TRAILING_SPACE = Problem(
    "CK222", Severity.ERROR, "the variable name '{name}' ends with a space", "remove the space before '='"
)
BAD_HOST = Problem("CK223", Severity.ERROR, "'{text}' is not HOST=ADDRESS")

Rule = Callable[[Node, Branch, Path, Context], "Node | None"]
"""Returns the value as it is in a loaded project, `None` for none; raises `Unfit`."""


class Unfit(Exception):  # a control flow signal between a rule and the step, which reports it
    """A value is not of its kind."""

    def __init__(self, node: Node, wanted: str) -> None:
        super().__init__(wanted)
        self.node = node
        self.wanted = wanted


def report_unfit(unfit: Unfit, path: Path, ctx: Context) -> None:
    """Report a value that is not of its kind."""
    node = unfit.node
    found = f"'{node.raw}'" if isinstance(node, Scalar) else "a list" if isinstance(node, Sequence) else "a mapping"
    key = next((key for key in reversed(path) if isinstance(key, str)), "")
    ctx.add(WRONG_KIND, node.span, path, key=key, kind=unfit.wanted, found=found)


def _any(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    return node


def _text(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Scalar):
        raise Unfit(node, "a string")
    value = node.value
    if value is None or type(value) is str:
        return None if value is None else node
    if isinstance(value, (bool, float)):
        raise Unfit(node, "a string")
    return node.with_value(show_value(value))


def _number(kind: Kind, words: str, narrow: Callable[[float], object]) -> Rule:
    def rule(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
        if not isinstance(node, Scalar):
            raise Unfit(node, words)
        value = node.value
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = cast_text(value, kind)
            except ValueError:
                raise Unfit(node, words) from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Unfit(node, words)
        narrowed = narrow(value)
        return node if narrowed is node.value else node.with_value(narrowed)

    return rule


def _natural(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    """A number that is never negative; the reference takes no string for it."""
    value = node.value if isinstance(node, Scalar) else node
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or not isinstance(node, Scalar):
        raise Unfit(node, "a whole number, 0 or more")
    whole = _whole(value, 0, 1 << 64, 1 << 63)
    return node if whole is value else node.with_value(whole)


def _whole(value: float, least: int, limit: int, otherwise: int) -> int:
    """Return a number as Go makes an integer of it: what does not fit becomes the same number every time."""
    if not least <= value < limit:
        return otherwise
    return int(value) if isinstance(value, float) else value


def _single(value: float) -> object:
    """Return a number as a 32-bit float prints: the shortest text that gives the same 32 bits."""
    try:
        packed = struct.pack("f", value)
    except OverflowError:
        return value
    (exact,) = struct.unpack("f", packed)
    for digits in range(1, 10):
        short = float(f"{exact:.{digits}g}")
        if struct.pack("f", short) == packed:
            return int(short) if short.is_integer() and abs(short) < 1e21 else short
    return value


def _bool(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if isinstance(node, Scalar) and (node.value is None or isinstance(node.value, bool)):
        return None if node.value is None else node
    if isinstance(node, Scalar) and isinstance(node.value, str):
        word = node.value.lower()
        if word in ("true", "y", "yes", "on"):
            return node.with_value(True)
        if word in ("false", "n", "no", "off"):
            return node.with_value(False)
    raise Unfit(node, "true or false")


def _measured(read: Callable[[Scalar], str]) -> Rule:
    def rule(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
        if not isinstance(node, Scalar):
            raise Unfit(node, "a single value")
        if node.value is None:
            return None
        try:
            return node.with_value(read(node))
        except BadValue as error:
            ctx.add_bad_value(BAD_VALUE, error, node, path)
            return None

    return rule


def _bytes(node: Scalar) -> str:
    if isinstance(node.value, str):
        return str(parse_bytes(node.value))
    return str(node.value) if type(node.value) is int else "0"


def _duration(node: Scalar) -> str:
    return format_duration(parse_duration(show_value(node.value)))


def _texts(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if isinstance(node, Scalar):
        return None if node.value is None else Sequence([node.with_value(show_value(node.value))], node.span)
    if isinstance(node, Mapping):
        raise Unfit(node, "a list of strings")
    for item in node.items:
        if type(item) is not Scalar or type(item.value) is not str:
            break
    else:
        return node
    return Sequence([item.with_value(show_value(item.value)) for item in node if isinstance(item, Scalar)], node.span)


def _pairs(node: Node, path: Path, ctx: Context, *, empty: str | None) -> Mapping | None:
    """Read a mapping, or a list of NAME=VALUE; `empty` is the value of a name without one."""
    items: dict[str, Node] = {}
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            if type(value) is Scalar and type(value.value) is str:
                items[key] = value
            elif isinstance(value, Scalar):
                shown = empty if value.value is None else show_value(value.value)
                items[key] = value if type(value.value) is type(shown) else value.with_value(shown)
            else:
                report_unfit(Unfit(value, "a single value"), (*path, key), ctx)
        return Mapping(items, node.span, node.key_spans)
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        raise Unfit(node, "a mapping or a list of NAME=VALUE")
    spans = {}
    for index, item in enumerate(node):
        if not isinstance(item, Scalar):
            report_unfit(Unfit(item, "NAME=VALUE"), (*path, index), ctx)
            continue
        name, equals, text = show_value(item.value).partition("=")
        if empty is None and name[-1:].isspace():
            ctx.add(TRAILING_SPACE, item.span, (*path, index), name=name)
        items[name] = item.with_value(text if equals else empty)
        spans[name] = item.span
    return Mapping(items, node.span, spans)


def _variables(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    return _pairs(node, path, ctx, empty=None)


def _text_map(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    return _pairs(node, path, ctx, empty="")


def _strings(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    """A mapping whose values are strings or whole numbers, and nothing else."""
    if not isinstance(node, Mapping):
        raise Unfit(node, "a mapping")
    for key, value in node.items.items():
        if isinstance(value, Scalar) and isinstance(value.value, (bool, float)):
            report_unfit(Unfit(value, "a string"), (*path, key), ctx)
    return _text_map(node, at, path, ctx)


def _hosts(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    """Host names and their addresses as a sorted list of HOST=ADDRESS."""
    entries: list[Scalar] = []
    if isinstance(node, Mapping):
        for host, value in node.items.items():
            addresses: list[Node] = value.items if isinstance(value, Sequence) else [value]
            entries += [_host(host, _shown(one), one, path, ctx) for one in addresses]
    elif isinstance(node, Sequence):
        for item in node:
            text = _shown(item)
            separator = "=" if "=" in text else ":"
            host, found, address = text.partition(separator)
            if not found:
                ctx.add(BAD_HOST, item.span, path, text=text)
            entries += [_host(host, one, item, path, ctx) for one in address.split(",")]
    else:
        return None
    entries.sort(key=_host_text)
    return Sequence([*entries], node.span)


def _shown(node: Node) -> str:
    return show_value(node.value) if isinstance(node, Scalar) and node.value is not None else ""


def _host_text(entry: Scalar) -> str:
    return str(entry.value)


def _host(host: str, address: str, node: Node, path: Path, ctx: Context) -> Scalar:
    if not host or ":" in host or "=" in host:
        ctx.add(BAD_HOST, node.span, path, text=f"{host}={address}")
    if len(address) > 2 and address[0] == "[" and address[-1] == "]":
        address = address[1:-1]
    return Scalar(f"{host}={address}", node.span)


def _command(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        try:
            return Sequence([Scalar(word, node.span) for word in split_words(node.value)], node.span)
        except BadValue as error:
            ctx.add_bad_value(BAD_VALUE, error, node, path)
            return None
    return _texts(node, at, path, ctx)


def _test(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return Sequence([Scalar("CMD-SHELL", node.span), node], node.span)
    return _texts(node, at, path, ctx)


def _mode(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Scalar) or node.value is None:
        return None
    value = node.value
    if isinstance(value, str) and value.isascii() and value.isdigit() and not set(value) & {"8", "9"}:
        value = int(value, 8)
    if type(value) is not int:
        raise Unfit(node, "permission bits such as 0440")
    return node.with_value(f"0{value:o}")


def _count(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Scalar) or node.value is None:
        return None
    if isinstance(node.value, str):
        if node.value.lower() == "all":
            return node.with_value(-1)
        try:
            return node.with_value(int(node.value))
        except ValueError:
            raise Unfit(node, "'all' or a number") from None
    return node


def _ssh(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Mapping):
        return None
    keys = sorted(node.items.items())
    return Sequence(
        [Scalar(f"{key}: {_shown(path_)}" if _shown(path_) else key, path_.span) for key, path_ in keys], node.span
    )


def _multi(node: Node, at: Branch, path: Path, ctx: Context) -> Node | None:
    if not isinstance(node, Mapping):
        return None
    items = {key: _texts(value, at, (*path, key), ctx) for key, value in node.items.items()}
    return Mapping({key: value for key, value in items.items() if value is not None}, node.span, node.key_spans)


RULES: dict[Kind, Rule] = {
    Kind.ANY: _any,
    Kind.TEXT: _text,
    Kind.INT: _number(Kind.INT, "a whole number", lambda value: _whole(value, -(1 << 63), 1 << 63, -(1 << 63))),
    Kind.NATURAL: _natural,
    Kind.FLOAT: _number(Kind.FLOAT, "a number", _single),
    Kind.FLOAT32: _number(Kind.FLOAT32, "a number", _single),
    Kind.BOOL: _bool,
    Kind.BYTES: _measured(_bytes),
    Kind.DURATION: _measured(_duration),
    Kind.TEXTS: _texts,
    Kind.VARIABLES: _variables,
    Kind.TEXT_MAP: _text_map,
    Kind.STRINGS: _strings,
    Kind.HOSTS: _hosts,
    Kind.COMMAND: _command,
    Kind.TEST: _test,
    Kind.MODE: _mode,
    Kind.COUNT: _count,
    Kind.SSH: _ssh,
    Kind.MULTI: _multi,
}
