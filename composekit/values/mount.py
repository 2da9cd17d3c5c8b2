"""Volume mounts in their short form: "./data:/var/lib/data:ro,z" to what is mounted, where and how."""

from typing import NamedTuple

from composekit.values.grammar import Language, Reason

_FORM = "write SOURCE:TARGET or SOURCE:TARGET:OPTIONS, such as data:/var/lib/data:ro"
_PROPAGATIONS = frozenset(("rprivate", "private", "rshared", "shared", "rslave", "slave"))
_LANGUAGE = Language(
    "mount",
    ":",
    (
        Reason(
            "the '${{' is never closed", "add the missing '}}'", ("ab${", "${x", "ab${x${", "ab${x${y", "ab${x${y}")
        ),
        Reason(
            "a mount cannot contain a NUL character",
            None,
            ("\0", "abc\0", "${\0", "${x\0", "${x}\0", "${${\0", "${${}\0"),
        ),
        Reason("there are too many colons", _FORM, ("abc:/d:ro:x", "abc:/d:ro:")),
        Reason("a part of the mount is empty", _FORM, ("", "abc:", "abc::x", "abc:/d:", ":abc", "abc:/d::")),
    ),
    Reason("'{text}' is not a volume mount", _FORM, ()),
    starts=("", "abc:", "abc:/d:", "C:", "C:x:"),
)


class BindOptions(NamedTuple):
    """What only means something for a bind mount; "" where nothing was written."""

    propagation: str = ""
    selinux: str = ""
    create_host_path: bool = False


class VolumeOptions(NamedTuple):
    """What only means something for a named or anonymous volume."""

    nocopy: bool = False


class MountSpec(NamedTuple):
    """A mount as written; `bind` and `volume` are `None` where Docker Compose writes no such record.

    `ignored` are options that Docker Compose drops without a word ("cached", "delegated", misspellings).
    """

    type: str
    source: str
    target: str
    read_only: bool = False
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    ignored: tuple[str, ...] = ()


def parse_mount(text: str) -> MountSpec:
    """Read a mount's short form, as Docker Compose does; raises `BadValue` with the offset of what is wrong.

    The target is cleaned ("/a/../b/" is "/b"). A single letter before a colon is a Windows drive, so "x:/y" is an
    anonymous volume at "x:/y". A colon inside "${...}" separates nothing.
    """
    if text and len(text) < 3 and len(text.encode("utf-8", "surrogatepass")) < 3:
        return MountSpec("volume", "", _clean(text))
    return _mount(_plain_parts(text) or _parts_by_grammar(text))


def _plain_parts(text: str) -> list[str] | None:
    """Split on colons; not the place for drive letters, "${", NUL characters and mistakes."""
    if "${" in text or "\0" in text:
        return None
    parts = text.split(":")
    if len(parts) > 3 or "" in parts or any(len(part) == 1 and part.isalpha() for part in parts[:-1]):
        return None
    return parts


def _parts_by_grammar(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    for colon in _LANGUAGE.parse(text).scan_values(lambda _: True):
        parts.append(text[at : colon.start_pos])
        at = (colon.start_pos or 0) + 1
    return [*parts, text[at:]]


def _mount(parts: list[str]) -> MountSpec:
    """Give one to three parts their meaning."""
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    if _is_path(source):
        kind, bind = "bind", BindOptions(create_host_path=True)
    else:
        kind, volume = "volume", VolumeOptions()
    if len(parts) < 3:
        return MountSpec(kind, source, _clean(target), bind=bind, volume=volume)
    read_only = False
    ignored = []
    for option in parts[2].split(","):
        if option in ("ro", "rw"):
            read_only = option == "ro"
        elif option == "nocopy":
            volume = VolumeOptions(nocopy=True)
        elif option in _PROPAGATIONS:
            bind = (bind or BindOptions())._replace(propagation=option)
        elif option in ("z", "Z"):
            bind = (bind or BindOptions())._replace(selinux=option)
        else:
            ignored.append(option)
    return MountSpec(kind, source, _clean(target), read_only, bind, volume, tuple(ignored))


def _is_path(source: str) -> bool:
    """Tell a path on the host from a volume's name: ., /, ~, a named pipe or a drive letter at its start."""
    return source[:1] in (".", "/", "~") or source.startswith("\\\\") or (source[1:2] == ":" and source[0].isalpha())


def _clean(path: str) -> str:
    """Return the shortest equal path, as Go's path.Clean does, except that "" stays ""."""
    if not path:
        return ""
    rooted = path[0] == "/"
    kept: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            kept.append(part)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif not rooted:
            kept.append(part)
    cleaned = "/".join(kept)
    return "/" + cleaned if rooted else cleaned or "."
