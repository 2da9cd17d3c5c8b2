"""Copying files between the view of a replica and this machine: one side packs a tar, the other unpacks it.

The side inside a view is a forked child that goes into it, so links and mounts mean there what they mean to the
service. Before the tar comes one line of JSON that says what is packed, or why it cannot be.
"""

import contextlib
import json
import os
import tarfile
from collections.abc import Callable
from typing import IO, Any

from composekit.errors import ComposekitError
from composekit.runtime.plain import place_of
from composekit.runtime.visit import host_of
from composekit.sandbox.enter import enter, join
from composekit.supervise.home import Home, read_json
from composekit.supervise.status import live_shim

Act = Callable[[IO[bytes]], None]

_FILES = ("kind", "layers", "layers_folder", "scratch", "reach", "mounts")  # of a view: what its files are made of


def pack(path: str, out: IO[bytes], *, follow: bool = False) -> None:
    """Write the header and the tar of a file or directory; `path/.` means what is in it, without its name."""
    bare = path.rstrip("/") or "/"
    inner = bare.endswith("/.") or bare == "."
    place = os.path.realpath(bare) if follow or inner else bare
    try:
        directory = os.path.isdir(place) and not os.path.islink(place)
        os.lstat(place)
    except OSError as error:
        _write_header(out, {"error": f"cannot read '{path}': {_words(error)}"})
        return
    name = "." if inner or bare == "/" else os.path.basename(bare)
    _write_header(out, {"name": name, "directory": directory})
    with tarfile.open(fileobj=out, mode="w|") as tar:
        tar.add(place, arcname=name)


def header_of(stream: IO[bytes]) -> dict[str, Any]:
    """Read the line before the tar; raises `ComposekitError` with what the packing side said."""
    line = stream.readline()
    header: dict[str, Any] = json.loads(line) if line else {"error": "nothing came from the other side"}
    if "error" in header:
        raise ComposekitError(header["error"])
    return header


def unpack(stream: IO[bytes], target: str, *, archive: bool = False) -> None:
    """Read header and tar, and put what is packed at `target` as `docker cp` does; raises `ComposekitError`.

    A directory that exists gets it inside, under its own name. With `archive` user and group stay what they were.
    """
    header = header_of(stream)
    base = _base(header, target)
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        _extract(tar, header["name"], base, archive=archive)


def unpack_bare(stream: IO[bytes], target: str, *, archive: bool = False) -> None:
    """Unpack a tar without header, such as somebody else made, into a directory that exists."""
    if not os.path.isdir(target):
        raise ComposekitError(f"'{target}' is not a directory")
    try:
        with tarfile.open(fileobj=stream, mode="r|*") as tar:
            _extract(tar, ".", target, archive=archive)
    except tarfile.ReadError as error:
        if str(error) == "empty file":  # as of a command that found nothing to pack
            return
        raise ComposekitError(f"the input is not a tar archive: {error}") from None


def _base(header: dict[str, Any], target: str) -> str:
    """Return the path that the packed name becomes."""
    name, directory = header["name"], header["directory"]
    if os.path.isdir(target):
        return target if name == "." else os.path.join(target, name)
    if os.path.lexists(target):
        if directory:
            raise ComposekitError(f"cannot copy a directory over the file '{target}'")
        return target
    parent = os.path.dirname(target.rstrip("/")) or "."
    if not os.path.isdir(parent) or (target.endswith("/") and not directory):
        raise ComposekitError(f"there is no directory '{target if target.endswith('/') else parent}'")
    return target.rstrip("/")


def _extract(tar: tarfile.TarFile, name: str, base: str, *, archive: bool) -> None:
    tar.extraction_filter = _as_it_is  # an attribute, as the first releases of Python 3.11 have no such argument
    folder, leaf = os.path.split(base.rstrip("/") or "/")
    whole = name == "."
    for member in tar:
        rest = member.name if whole else member.name[len(name) :].lstrip("/")
        if not whole and not leaf:
            rest = member.name
        member.name = os.path.normpath(rest or ".") if whole else os.path.normpath(os.path.join(leaf, rest))
        if ".." in member.name.split("/"):
            raise ComposekitError(f"the archive names '{member.name}', which is outside")
        if member.islnk():
            link = member.linkname if whole else os.path.join(leaf, member.linkname[len(name) :].lstrip("/"))
            member.linkname = os.path.normpath(link)
        if not archive:
            member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
        into = base if whole else folder or "."
        if whole and member.name == "." and os.path.isdir(into):
            continue  # it is there already, and whose it is and what it allows is its own matter
        tar.extract(member, into, numeric_owner=True)


def _as_it_is(member: tarfile.TarInfo, _into: str) -> tarfile.TarInfo:
    return member


def view_of(home: Home, name: str, path: str) -> tuple[int | None, dict[str, Any], str]:
    """Return the view of a replica, the pid of its main process, `None` where it does not run, and the path in there.

    Raises `ComposekitError` where the file at `path` goes with its last process.
    """
    if live_shim(home, name) is not None:
        spec, pid = host_of(home, name)
        return pid, spec.view, place_of(spec.view, path)
    found = read_json(home.replica(name, "spec.json")) or {}
    view: dict[str, Any] = found.get("view") or {}
    if not view or not is_kept(view, path):
        raise ComposekitError(
            f"container {name} is not running", hint=f"'{path}' is there only while it runs; what is in volumes stays"
        )
    return None, view, place_of(view, path)


def is_kept(view: dict[str, Any], path: str) -> bool:
    """Tell whether a file of a view outlives its processes.

    That of an ordinary user's view without layers does so in its mounts only, and nothing does in memory.
    """
    place = os.path.normpath(os.path.join("/", path))
    above = [one for one in view.get("mounts", ()) if f"{place}/".startswith(f"{one['target'].rstrip('/')}/")]
    if above:
        return str(max(above, key=lambda one: len(one["target"]))["kind"]) != "tmpfs"
    return view.get("kind") != "skeleton" or bool(view.get("layers"))


def in_view(pid: int | None, view: dict[str, Any], act: Act, *, writes: bool) -> "Inside":
    """Have a child do `act` with one end of a pipe in the view of a process; with `writes`, it writes to it.

    Without a process the child makes the view for itself, of the files that are kept of it.
    """
    ours, theirs = os.pipe()
    if not writes:
        ours, theirs = theirs, ours
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os.close(told)
        _be_inside(pid, view, act, theirs, tell, writes=writes)
    os.close(theirs)
    os.close(tell)
    return Inside(child, ours, told, writes=writes)


class Inside:
    """Our end of what a child does in a view."""

    def __init__(self, child: int, pipe: int, told: int, *, writes: bool) -> None:
        self._child = child
        self._told = told
        self.stream: IO[bytes] = os.fdopen(pipe, "rb" if writes else "wb")

    def finish(self) -> None:
        """Close our end and wait; raises `ComposekitError` with what went wrong in there."""
        with contextlib.suppress(BrokenPipeError):
            self.stream.close()
        with os.fdopen(self._told, "rb") as told:
            trouble = told.read().decode("utf-8", "replace")
        os.waitpid(self._child, 0)
        if trouble:
            raise ComposekitError(trouble)


def _be_inside(pid: int | None, view: dict[str, Any], act: Act, pipe: int, tell: int, *, writes: bool) -> None:
    code = 1
    try:
        if pid is None:
            enter({key: value for key, value in view.items() if key in _FILES})
        else:
            join(pid, {"kind": view.get("kind", "none")})
        with os.fdopen(pipe, "wb" if writes else "rb") as stream:
            act(stream)
        code = 0
    except BrokenPipeError:
        code = 0  # the other side has said why
    except BaseException as error:  # noqa: BLE001  # a fork of the command must never go on as a second command
        os.write(tell, (_words(error) or type(error).__name__).encode()[:4000])
    finally:
        os._exit(code)


def _write_header(out: IO[bytes], header: dict[str, Any]) -> None:
    out.write(json.dumps(header).encode() + b"\n")


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower() + (f": '{error.filename}'" if error.filename else "")
    return str(error)
