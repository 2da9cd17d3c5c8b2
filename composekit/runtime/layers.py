"""Where built images are: layers under `layers/` of the state folder, and `images/`, which names the layers of each.

layers/NAME/            what a step wrote: a directory for the kernel's overlay
layers/.keys/KEY        the name of the layer that a step with this key made last
layers/.new/NAME/       a layer that is being made; nobody uses it, and what a killed build left is removed by the next
layers/.own/            directories of the machine as an ordinary user's own, below all layers, see `ground_layers`
layers/.cache/NAME/     what `RUN --mount=type=cache` keeps
layers/.contexts/NAME/  what was fetched for builds, see `builds_fetched`
images/NAME.json        an image: its program, layers and identity
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from composekit.errors import ComposekitError
from composekit.images.program import Program
from composekit.images.record import from_json, to_json

_OWN = ".own"
# Where installers write; deeper than this, the machine's directories stay its own.
_OWN_DIRECTORIES = (("/etc", 9), ("/opt", 3), ("/srv", 3), ("/usr", 3), ("/usr/local", 9), ("/var", 4))


@dataclass(frozen=True, slots=True)
class Image:
    """A built image; `identity` changes with its content or settings, `labels` are those of the build."""

    name: str
    identity: str
    program: Program


class Store:
    """The layers and images below one state folder."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.folder = os.path.join(root, "layers")
        self.contexts = os.path.join(self.folder, ".contexts")

    @contextmanager
    def building(self) -> Iterator[None]:
        """Make the folders, and clear away what builds left that were killed. Raises `ComposekitError`."""
        try:
            for name in ("", ".keys", ".new", ".cache"):
                os.makedirs(os.path.join(self.folder, name), mode=0o700, exist_ok=True)
            with open(os.path.join(self.folder, ".lock"), "a", encoding="utf-8") as lock:
                with suppress(OSError):  # another build runs, which may be using what looks left over
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    for name in os.listdir(os.path.join(self.folder, ".new")):
                        remove_layer(os.path.join(self.folder, ".new", name))
                fcntl.flock(lock, fcntl.LOCK_SH)
                yield
        except OSError as wrong:
            if wrong.filename is None or not str(wrong.filename).startswith(self.folder):
                raise
            raise ComposekitError(
                f"cannot write '{wrong.filename}': {(wrong.strerror or str(wrong)).lower()}",
                hint="layers are kept in COMPOSEKIT_HOME; point it at a disk with room",
            ) from None

    def ground_layers(self) -> tuple[str, ...]:
        """Return the layers that lie below those of every image: none for root.

        In a namespace of an ordinary user, the machine's directories belong to nobody, and nothing could be made in
        them. So there is a layer with directories of the same names and modes that are the user's own, and nothing in
        them: new files can be made everywhere, and the machine's be hidden or replaced.
        """
        if os.geteuid() == 0:
            return ()
        own = os.path.join(self.folder, _OWN)
        if not os.path.isdir(own):
            with self.new_layer() as place:
                tree = os.path.join(place, "tree")
                for top, depth in _OWN_DIRECTORIES:
                    _copy_directories(top, tree, depth)
                os.rename(tree, own)
        return (_OWN,)

    def find(self, key: str) -> str | None:
        """Return the layer that a step with this key made, if it is still there; "" when it wrote nothing."""
        try:
            with open(os.path.join(self.folder, ".keys", key), encoding="utf-8") as file:
                name = file.read().strip()
        except OSError:
            return None
        return name if name.startswith("-") or os.path.isdir(os.path.join(self.folder, name)) else None

    @contextmanager
    def new_layer(self) -> Iterator[str]:
        """Make a place for a layer: `tree`, `work` and `root` in it; whatever is left there afterwards is removed."""
        place = os.path.join(self.folder, ".new", secrets.token_hex(8))
        os.makedirs(place)
        try:
            for name in ("tree", "work", "root"):
                os.mkdir(os.path.join(place, name), 0o755)
            yield place
        finally:
            remove_layer(place)

    def keep(self, place: str, key: str) -> str:
        """Make a layer out of the `tree` of a place, for its key; returns its name.

        The name of a layer without any file begins with a dash: nothing is kept but the name, for the next key.
        """
        tree = os.path.join(place, "tree")
        name = secrets.token_hex(8)
        if os.listdir(tree):
            os.rename(tree, os.path.join(self.folder, name))
        else:
            name = f"-{name}"
        path = os.path.join(self.folder, ".keys", key)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write(name)
        os.replace(f"{path}.new", path)
        return name

    def cache(self, name: str) -> str:
        """Return the directory of a cache mount."""
        path = os.path.join(self.folder, ".cache", quote(name, safe=""))
        os.makedirs(path, mode=0o755, exist_ok=True)
        return path

    def write_image(self, name: str, program: Program) -> Image:
        """Keep an image under its name, in place of what had that name; returns it with its identity."""
        value = to_json(program)
        facts = json.dumps({**value, "origin": "", "notes": ()}, sort_keys=True, default=str)
        image = Image(name, f"sha256:{hashlib.sha256(facts.encode()).hexdigest()}", program)
        path = self._image_path(name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump({"version": 1, "name": name, "identity": image.identity, "program": value}, file)
        os.replace(f"{path}.new", path)
        return image

    def image(self, name: str) -> Image | None:
        """Return a built image; `None` when there is none of this name, or its layers are gone."""
        try:
            with open(self._image_path(name), encoding="utf-8") as file:
                value: dict[str, Any] = json.load(file)
            program = from_json(value["program"])
        except (OSError, ValueError, KeyError):
            return None
        if not all(os.path.isdir(os.path.join(self.folder, layer)) for layer in program.layers):
            return None
        return Image(name, value.get("identity", ""), program)

    def remove_image(self, name: str) -> bool:
        """Remove an image's name; tell whether there was such an image."""
        try:
            os.unlink(self._image_path(name))
        except FileNotFoundError:
            return False
        return True

    def drop_unused_layers(self) -> None:
        """Remove the layers that no image has, and what was fetched; nothing is done while a build runs.

        A service that still runs on a removed layer keeps what it has opened, so that images are removed last.
        """
        if not os.path.isdir(self.folder):
            return
        with open(os.path.join(self.folder, ".lock"), "a", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            used = set(self._used_layers())
            for name in os.listdir(self.folder):
                if not name.startswith(".") and name not in used:
                    remove_layer(os.path.join(self.folder, name))
            remove_layer(self.contexts)

    def _used_layers(self) -> Iterator[str]:
        folder = os.path.join(self.root, "images")
        for file in os.listdir(folder) if os.path.isdir(folder) else ():
            with suppress(OSError, ValueError, KeyError), open(os.path.join(folder, file), encoding="utf-8") as opened:
                yield from json.load(opened)["program"]["layers"]

    def _image_path(self, name: str) -> str:
        return os.path.join(self.root, "images", quote(with_tag(name), safe="") + ".json")


def _copy_directories(top: str, tree: str, depth: int) -> None:
    """Make directories as they are below `top`, that many levels deep, as far as this user may look."""
    made = tree + top
    os.makedirs(made, exist_ok=True)
    mode = stat.S_IMODE(os.lstat(top).st_mode) if os.path.isdir(top) else 0o755
    try:
        with os.scandir(top) as entries:
            names = [entry.name for entry in entries if depth and entry.is_dir(follow_symlinks=False)]
    except OSError:
        names = []
    for name in names:
        _copy_directories(f"{top}/{name}", tree, depth - 1)
    os.chmod(made, mode | 0o700)


def with_tag(name: str) -> str:
    """Return an image's name with the tag that is meant when none is said."""
    return name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"


def remove_layer(path: str) -> None:
    """Remove a directory whatever the modes of what is in it; the kernel closes its own work directories."""
    for folder, names, _ in os.walk(path):
        for name in names:
            below = os.path.join(folder, name)
            with suppress(OSError):
                if not os.path.islink(below) and os.lstat(below).st_mode & stat.S_IRWXU != stat.S_IRWXU:
                    os.chmod(below, 0o700)
    shutil.rmtree(path, ignore_errors=True)
