"""`RUN --mount=...` -> a mount, with every key that BuildKit has: https://docs.docker.com/reference/dockerfile/#run---mount."""

import csv
from collections.abc import Callable

from composekit.errors import BadValue
from composekit.images.expansion import expand
from composekit.images.instructions import Flag, Instruction, Word
from composekit.images.paths import inside
from composekit.images.stage import Stage
from composekit.images.step import Origin, RunMount
from composekit.values.quantity import parse_bytes

_KINDS = ("bind", "cache", "secret", "ssh", "tmpfs")
_SHARING = ("locked", "private", "shared")
_SHORT = {"dst": "target", "destination": "target", "src": "source", "ro": "readonly", "rw": "readwrite"}
_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})
_MAY_STAND_ALONE = frozenset({"readonly", "readwrite", "required"})
_ONLY_FOR = {
    "size": ("tmpfs",),
    "sharing": ("cache",),
    "required": ("secret", "ssh"),
    "mode": ("cache", "secret", "ssh"),
    "uid": ("cache", "secret", "ssh"),
    "gid": ("cache", "secret", "ssh"),
}
_KEYS = ("type", "from", "source", "target", "readonly", "readwrite", "id", "env", *_ONLY_FOR)

OriginOf = Callable[[str], Origin]


def read_mount(stage: Stage, instruction: Instruction, flag: Flag, origin_of: OriginOf) -> RunMount:
    """Return the mount of a --mount flag; `origin_of` finds what `from` means. Raises `BadValue` with an offset."""
    word = Word(flag.value or "", flag.start + len("--mount="))
    try:
        options = _options(word.text, stage)
        _check(options)
        return _made(options, stage, origin_of)
    except BadValue as wrong:
        raise instruction.error(str(wrong), word, hint=wrong.hint) from None


def _options(text: str, stage: Stage) -> dict[str, str]:
    """Return the keys by their long names, with variables replaced; `from` has none, as stages are found before."""
    options: dict[str, str] = {}
    for field in next(csv.reader([text]), []):
        written, equals, value = field.partition("=")
        key = _SHORT.get(written.lower(), written.lower())
        if key not in _KEYS:
            raise BadValue(f"a mount has no key '{written}'", hint=f"its keys are {', '.join(_KEYS)}")
        if not equals and key not in _MAY_STAND_ALONE:
            raise BadValue(f"'{field}' of a mount needs a value")
        if key == "from" and "$" in value[:-1]:
            raise BadValue("'from' of a mount takes no variable", hint="give the image a name with FROM ... AS NAME")
        options[key] = expand(value, stage.values, escape=stage.build.escape) if equals else "true"
    return options


def _check(options: dict[str, str]) -> None:
    kind = options.setdefault("type", "bind").lower()
    options["type"] = kind
    if kind not in _KINDS:
        raise BadValue(f"'{kind}' is no type of mount", hint=f"it is one of {', '.join(_KINDS)}")
    for key, kinds in _ONLY_FOR.items():
        if key in options and kind not in kinds:
            raise BadValue(f"a mount of type {kind} has no '{key}'")
    if options.get("sharing", "shared") not in _SHARING:
        raise BadValue(f"'{options['sharing']}' is no sharing of a cache", hint=f"it is {', '.join(_SHARING)}")
    if kind == "secret" and "from" in options:
        raise BadValue("a mount of type secret has no 'from'")
    if kind == "secret" and not {"id", "source", "target"}.intersection(options):
        raise BadValue("a mount of type secret needs an id, a source or a target")
    if kind in {"cache", "tmpfs"} and not options.get("target"):
        raise BadValue(f"a mount of type {kind} needs a target")


def _made(options: dict[str, str], stage: Stage, origin_of: OriginOf) -> RunMount:
    kind, name, target = options["type"], options.get("id", ""), options.get("target", "")
    if kind == "secret":
        name = name or (options.get("source") or target).rpartition("/")[2]
        if not target and "env" not in options:
            target = f"/run/secrets/{name}"
    if kind == "bind":
        target = target or "."
    place = inside(stage.working_dir, target) if target else ""
    if place == "/" and kind != "secret":
        raise BadValue("the target of a mount may not be /")
    return RunMount(
        kind=kind,
        target=place,
        source=options.get("source", ""),
        origin=origin_of(options["from"]) if options.get("from") else None,
        name=name or (place if kind == "cache" else ""),
        read_only=_is_read_only(options),
        required=_flag(options, "required", default=False),
        environment=options["env"] or name if "env" in options else "",
        size=parse_bytes(options["size"]) if "size" in options else 0,
        sharing=options.get("sharing", "shared"),
        mode=_number(options, "mode", 8),
        uid=_number(options, "uid", 10),
        gid=_number(options, "gid", 10),
    )


def _is_read_only(options: dict[str, str]) -> bool:
    """Tell whether nothing can be written; of `readonly` and `readwrite` the later counts."""
    found = options["type"] not in {"cache", "tmpfs"}
    for key in options:
        if key == "readonly":
            found = _flag(options, key, default=False)
        elif key == "readwrite":
            found = not _flag(options, key, default=False)
    return found


def _flag(options: dict[str, str], key: str, *, default: bool) -> bool:
    value = options.get(key)
    if value is None:
        return default
    if value.lower() not in _TRUE | _FALSE:
        raise BadValue(f"'{value}' is neither true nor false, which '{key}' of a mount takes")
    return value.lower() in _TRUE


def _number(options: dict[str, str], key: str, base: int) -> int | None:
    value = options.get(key)
    if value is None:
        return None
    try:
        number = int(value, base)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 32 or "_" in value:
        raise BadValue(f"'{value}' is no {key} of a mount")
    return number
