"""COPY, ADD and WORKDIR carried out: in a process whose root is the image that is being built.

Sources are reached through a directory that was opened before: a `/proc/self/fd/N` path, which a root does not bind.
"""

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import BinaryIO

from composekit.errors import ComposekitError
from composekit.images.context import Context, Ignore
from composekit.images.modes import Mode, read_mode
from composekit.images.step import Step

_GLOB = frozenset("*?[")


def make_directory(path: str, owner: tuple[int, int] | None = None) -> None:
    """Make a directory and those above it, all of an owner."""
    if os.path.isdir(path):
        return
    make_directory(posixpath.dirname(path), owner)
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        raise ComposekitError(f"'{path}' is a file, and a directory is wanted there") from None
    _chown(path, owner)


def copy_step(step: Step, sources: Context, paths: list[str]) -> None:
    """Copy what a step names; `paths` are those that its patterns matched in `sources`. Raises `ComposekitError`."""
    owner = owner_of(step.owner) if step.owner else (0, 0)
    mode = read_mode(step.mode)
    into = step.into or len(paths) + len(step.contents) > 1 or os.path.isdir(step.target)
    for name, text in step.contents:
        place = posixpath.join(step.target, name) if into else step.target
        make_directory(posixpath.dirname(place), owner)
        _replace(place)
        with open(place, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        _settle(place, owner, 0o644, mode)
    excluded = Ignore(tuple(pattern.lstrip("/") for pattern in step.exclude))
    for path in paths:
        kept = below_pivot(path, step.sources) if step.parents else posixpath.basename(path)
        full = os.path.join(sources.directory, path) if path else sources.directory
        if step.kind == "add" and step.unpack and os.path.isfile(full) and _is_archive(full):
            with open(full, "rb") as file:
                unpack(file, step.target)
        elif os.path.isdir(full):
            top = posixpath.join(step.target, kept) if step.parents else step.target
            _copy_tree(excluded, sources, path, top, owner, mode)
        elif not excluded.excludes(kept):
            place = posixpath.join(step.target, kept)
            _copy_file(full, place if into or step.parents else step.target, owner, mode, follow=True)


def below_pivot(path: str, sources: tuple[str, ...]) -> str:
    """Return what COPY --parents keeps of a path: what comes after the `/./` of its source, or all of it."""
    parts = path.split("/")
    for source in sources:
        head, pivot, _ = source.partition("/./")
        names = [name for name in head.split("/") if name not in {"", "."}]
        if pivot and len(names) < len(parts) and all(map(fnmatchcase, parts, names)):
            return "/".join(parts[len(names) :])
    return path


def _copy_tree(
    excluded: Ignore, sources: Context, top: str, target: str, owner: tuple[int, int], mode: Mode | None
) -> None:
    """Copy what is in a directory; a directory of the target that exists stays, with what is in it."""
    make_directory(target, owner)
    for path in sources.walk(top):
        below = path[len(top) :].lstrip("/")
        if excluded.excludes(below):
            continue
        full, place = os.path.join(sources.directory, path), posixpath.join(target, below)
        if stat.S_ISDIR(os.lstat(full).st_mode):
            if not os.path.isdir(place):
                _replace(place)
                os.mkdir(place)
            _settle(place, owner, stat.S_IMODE(os.lstat(full).st_mode), mode)
        else:
            _copy_file(full, place, owner, mode, follow=False)


def _copy_file(full: str, place: str, owner: tuple[int, int], mode: Mode | None, *, follow: bool) -> None:
    make_directory(posixpath.dirname(place), owner)
    status = os.stat(full) if follow else os.lstat(full)
    if stat.S_ISLNK(status.st_mode):
        _replace(place)
        os.symlink(os.readlink(full), place)
        _chown(place, owner)
    elif stat.S_ISREG(status.st_mode):
        if os.path.isdir(place) and not os.path.islink(place):
            raise ComposekitError(f"'{place}' is a directory, and a file is to be copied there")
        _replace(place)
        shutil.copyfile(full, place)
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        _settle(place, owner, stat.S_IMODE(status.st_mode), mode)
    elif stat.S_ISFIFO(status.st_mode):
        _replace(place)
        os.mkfifo(place, stat.S_IMODE(status.st_mode))


def _replace(place: str) -> None:
    """Remove a file or link that is in the way; writing through it could change another file."""
    if os.path.islink(place) or (os.path.lexists(place) and not os.path.isdir(place)):
        os.unlink(place)


def _settle(place: str, owner: tuple[int, int], mode: int, change: Mode | None) -> None:
    _chown(place, owner)
    os.chmod(place, mode if change is None else change(mode, os.path.isdir(place)))


def _chown(place: str, owner: tuple[int, int] | None) -> None:
    if owner is None:
        return
    try:
        os.chown(place, *owner, follow_symlinks=False)
    except OSError:
        if os.lstat(place).st_uid != os.geteuid():
            raise  # in a user namespace everything is ours, and others do not exist


def owner_of(text: str) -> tuple[int, int]:
    """Return user and group ids of `user`, `user:group` or `uid:gid`, as the image's own lists have them.

    Raises `ComposekitError` for a name that is not there.
    """
    name, _, group = text.partition(":")
    uid, gid = _user(name)
    if group:
        gid = int(group) if group.isdigit() else _group(group)
    return uid, gid


def _user(name: str) -> tuple[int, int]:
    for row in _rows("/etc/passwd"):
        if len(row) > 3 and name in {row[0], row[2]}:
            return int(row[2]), int(row[3])
    if name.isdigit():
        return int(name), 0 if name == "0" else int(name)
    raise ComposekitError(f"there is no user '{name}' at this point of the build", hint="make it in a RUN before")


def _group(name: str) -> int:
    for row in _rows("/etc/group"):
        if len(row) > 2 and row[0] == name:
            return int(row[2])
    raise ComposekitError(f"there is no group '{name}' at this point of the build", hint="make it in a RUN before")


def groups_of(name: str, gid: int) -> list[int]:
    """Return the groups that a user is in."""
    found = [int(row[2]) for row in _rows("/etc/group") if len(row) > 3 and name in row[3].split(",")]
    return sorted({gid, *found})


def home_of(text: str) -> str:
    """Return the home directory of `user` or `uid`; / where nobody knows."""
    name = text.partition(":")[0] or "0"
    return next((row[5] or "/" for row in _rows("/etc/passwd") if len(row) > 5 and name in {row[0], row[2]}), "/")


def _rows(path: str) -> Iterator[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            yield from (line.rstrip("\n").split(":") for line in file)
    except OSError:
        return


def match_in_root(root: str, patterns: tuple[str, ...], *, deep: bool = False) -> list[str]:
    """Return the paths below a root that patterns of another stage match, without a leading slash; see `Context`."""
    import glob

    found: list[str] = []
    for pattern in patterns:
        relative = posixpath.normpath("/" + pattern).lstrip("/")
        if not _GLOB.intersection(relative):
            if not os.path.lexists(os.path.join(root, relative)):
                raise ComposekitError(f"there is no '{pattern}' in that stage")
            found.append(relative)
        else:
            words = relative.replace("[^", "[!")
            found += sorted(glob.glob(words, root_dir=root, include_hidden=True, recursive=deep))
    return found


def _is_archive(path: str) -> bool:
    import tarfile

    return tarfile.is_tarfile(path)


def unpack(file: BinaryIO, target: str) -> None:
    """Unpack a tar archive, compressed or not, into a directory. Raises `ComposekitError` when it is damaged."""
    import tarfile

    make_directory(target, (0, 0))
    try:
        with tarfile.open(fileobj=file) as archive:
            # Our root is the image's: whatever names an archive has, they lead nowhere else. As an attribute, because
            # `extractall` of the first Pythons 3.11, such as Debian's, takes no filter.
            archive.extraction_filter = lambda member, _path: member
            archive.extractall(target, numeric_owner=True)  # noqa: S202  # as said above
    except (tarfile.TarError, EOFError) as wrong:
        raise ComposekitError(f"the archive cannot be unpacked: {wrong}") from None
