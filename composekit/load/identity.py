"""What makes two items of a list the same, so that the later one replaces the earlier one."""

from composekit.errors import BadValue
from composekit.load.context import Context
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.path import Path
from composekit.source.scalars import show_value

MISSING_KEY = Problem("CK120", Severity.ERROR, "this item has no '{key}'", "every item of this list needs a '{key}'")
BAD_MOUNT = Problem("CK211", Severity.ERROR, "{reason}")
NOT_TEXT = Problem("CK122", Severity.ERROR, "an item of this list must be a string, not {found}", "put it in quotes")


def by_key(item: Node, path: Path, ctx: Context) -> str | None:
    """Return what stands before the first '='."""
    if isinstance(item, Scalar) and isinstance(item.value, str):
        return item.value.partition("=")[0]
    found = f"'{item.raw}'" if isinstance(item, Scalar) else "a list or mapping"
    ctx.add(NOT_TEXT, item.span, path, found=found)
    return None


def by_text(item: Node, path: Path, ctx: Context) -> str | None:
    """Return a string or a whole number as text; anything else cannot be exposed."""
    if isinstance(item, Scalar) and isinstance(item.value, (str, int)) and not isinstance(item.value, bool):
        return str(item.value)
    return by_key(item, path, ctx)


def by_target(item: Node, path: Path, ctx: Context) -> str | None:
    """Return where a volume is mounted."""
    if isinstance(item, Mapping):
        return _text_of(item, "target", path, ctx)
    if not (isinstance(item, Scalar) and isinstance(item.value, str)):
        return ""
    from composekit.values.mount import parse_mount

    try:
        return parse_mount(item.value).target
    except BadValue as error:
        ctx.add_bad_value(BAD_MOUNT, error, item, path)
        return None


def by_device_target(item: Node, path: Path, ctx: Context) -> str | None:
    if isinstance(item, Mapping):
        return _text_of(item, "target", path, ctx)
    if isinstance(item, Scalar) and isinstance(item.value, str):
        parts = item.value.split(":")
        return parts[1] if len(parts) > 1 else parts[0]
    return ""


def by_use_target(item: Node, path: Path, ctx: Context) -> str | None:
    return _use_target(item, "")


def by_secret_target(item: Node, path: Path, ctx: Context) -> str | None:
    return _use_target(item, "/run/secrets")


def by_env_path(item: Node, path: Path, ctx: Context) -> str | None:
    if isinstance(item, Mapping):
        return _text_of(item, "path", path, ctx)
    return item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""


def by_port(item: Node, path: Path, ctx: Context) -> str | None:
    """Return host address, published port, target and protocol of a long form; short forms are compared as written."""
    if isinstance(item, Scalar):
        return show_value(item.value) if isinstance(item.value, (str, int)) else ""
    if not isinstance(item, Mapping):
        return ""
    if "target" not in item:
        ctx.add(MISSING_KEY, item.span, path, key="target")
        return None
    host = _shown(item, "host_ip", "0.0.0.0")  # noqa: S104  # compared, not bound
    return f"{host}:{_shown(item, 'published', '')}:{_shown(item, 'target', '')}/{_shown(item, 'protocol', 'tcp')}"


def _shown(item: Mapping, key: str, default: str) -> str:
    value = item.get(key)
    return show_value(value.value) if isinstance(value, Scalar) else default


def _text_of(item: Mapping, key: str, path: Path, ctx: Context) -> str | None:
    value = item.get(key)
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return value.value
    ctx.add(MISSING_KEY, item.span, path, key=key)
    return None


def _use_target(item: Node, folder: str) -> str | None:
    if isinstance(item, Scalar):
        return f"{folder}/{item.value}"
    if isinstance(item, Mapping):
        target = item.get("target")
        if isinstance(target, Scalar):
            return str(target.value)
        return f"{folder}/{_shown(item, 'source', '')}"
    return ""
