"""Carrying out on disk what a translation asks for, and clearing away what nobody refers to any more."""

import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from composekit.errors import ComposekitError
from composekit.network.book import close_book, open_book
from composekit.runtime.places import OWN, group_ending, place, volumes_folder
from composekit.runtime.problems import is_usable_name
from composekit.supervise.home import Home
from composekit.supervise.memory import forget
from composekit.supervise.status import ReplicaStatus

if TYPE_CHECKING:
    from composekit.runtime.translate import Translation
from composekit.sandbox.cgroups import sweep


def materialize(translation: "Translation") -> list[str]:
    """Make directories and files; return the directories that are new. Raises `ComposekitError`."""
    made = []
    try:
        for directory, owner in translation.make.items():
            if not os.path.isdir(directory):
                make_directory(directory, owner)
                made.append(directory)
        for path, content in translation.write.items():
            _write(path, content, 0o644, translation.protect.get(path))
        for path, content in translation.programs.items():
            _write(path, content, 0o755)
        for path, target in translation.link.items():
            _link(path, target)
    except FileExistsError as error:
        raise ComposekitError(f"'{error.filename}' is needed as a directory, but it is a file") from None
    except OSError as error:
        raise ComposekitError(f"cannot write '{error.filename}': {error.strerror}") from None
    return made


def _link(path: str, target: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if os.path.lexists(path):  # a service may have put something of its own there, as `sed -i` does
        if os.path.isdir(path) or (os.path.islink(path) and os.readlink(path) == target):
            return
        os.unlink(path)
    os.symlink(target, path)


def new_volumes(made: Iterable[str], root: str) -> list[str]:
    """Return the names of those among new directories that are named volumes."""
    return [os.path.basename(path) for path in made if os.path.dirname(path) == volumes_folder(root)]


def make_directory(directory: str, owner: tuple[int, int] | None) -> None:
    """Make a directory that services may look into, whatever the caller's umask."""
    directory = directory.rstrip("/") or "/"
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    os.mkdir(directory, 0o755)
    os.chmod(directory, 0o755)  # noqa: S103  # inside the state folder, which is the user's alone
    if owner is not None and os.geteuid() == 0:
        os.chown(directory, *owner)


def _write(path: str, content: bytes, mode: int, protect: tuple[int, int, int] | None = None) -> None:
    """Write in place: a file that a running service sees through a mount stays the same file.

    A protected one, with owner, group and mode, is nobody else's to read from its first byte on.
    """
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if protect is None:
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)
        return
    uid, gid, mode = protect
    with suppress(FileNotFoundError):
        os.chmod(path, 0o600)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    if os.geteuid() == 0:
        os.chown(path, uid, gid)
    os.chmod(path, mode)


def prune(home: Home, statuses: Collection[ReplicaStatus]) -> None:
    """Remove the folders of replicas that are gone, and the views that nobody is in."""
    names = {one.name for one in statuses}
    for kind in ("hosts", "scratch", "anonymous", "tmpfs", "shm"):
        _clear(place(home, kind), names)
    _clear(place(home, "view"), {os.path.basename(one.labels.get(OWN + "view", "")) for one in statuses})
    _clear(place(home, "bin"), {one.group for one in statuses})
    sweep(group_ending(home), names)


def forget_addresses(root: str, project: str, replicas: Iterable[str]) -> None:
    """Free the addresses of replicas that were removed."""
    with open_book(root, project, live=lambda _other: True) as (book, _):
        book.forget(replicas)


def clear_project(home: Home) -> None:
    """Remove everything of ours that belongs to a project, volumes aside."""
    remove_tree(place(home))
    sweep(group_ending(home))
    close_book(home.root, home.project)


def drop_empty_folders(home: Home) -> None:
    """Remove what is left empty of the folder for state, after the last project's end.

    What is remembered of projects that are gone is no reason to keep it: with the last thing here, that goes too.
    """
    _drop_empty(os.path.dirname(home.directory), home.runtime_dir)
    _drop_root(home.root)


def _drop_empty(*folders: str) -> None:
    for folder in folders:
        with suppress(OSError):  # others are in it
            os.rmdir(folder)


def _drop_root(root: str) -> None:
    with suppress(OSError):
        forget(root)
    _drop_empty(root)


def remove_volumes(root: str, names: Iterable[str]) -> list[str]:
    """Delete named volumes; return the names of those that were there."""
    removed = []
    for name in names:
        directory = os.path.join(volumes_folder(root), name)
        if is_usable_name(name) and os.path.isdir(directory):
            remove_tree(directory)
            removed.append(name)
    _drop_empty(volumes_folder(root))
    _drop_root(root)
    return removed


def remove_tree(directory: str) -> None:
    """Delete a folder with all in it, also what was made unreadable. Raises `OSError` for what belongs to others."""
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except PermissionError:
        for folder, _, _ in os.walk(directory, onerror=_open_up):
            os.chmod(folder, 0o700)
        shutil.rmtree(directory)


def _open_up(error: OSError) -> None:
    """A layer's work folder has no permissions at all, and what is in it is looked at on the second round."""
    if error.filename:
        os.chmod(error.filename, 0o700)


def _clear(folder: str, keep: Collection[str]) -> None:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name not in keep:
            path = os.path.join(folder, name)
            remove_tree(path) if os.path.isdir(path) else os.unlink(path)
