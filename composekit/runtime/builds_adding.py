"""ADD of what is elsewhere: a repository's files, or a file on the web; which it is now, and its way into a layer."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.images.context import Context
from composekit.images.copying import copy_step, make_directory, owner_of, unpack
from composekit.images.modes import read_mode
from composekit.images.remote import Repository, read_repository
from composekit.images.step import Step
from composekit.runtime.builds_download import Downloaded, download
from composekit.runtime.builds_fetched import Fetcher
from composekit.runtime.layers import Store
from composekit.runtime.stepping import Ground, go_inside


class Added(NamedTuple):
    """What was fetched for ADD: a directory, or a file with the name its address gives it."""

    path: str
    name: str = ""
    modified: float | None = None


class Elsewhere:
    """What the ADD steps of one build fetch; a file is downloaded once."""

    def __init__(self, store: Store, git: str | None, folder: str) -> None:
        self._fetcher = Fetcher(store, git)
        self._folder = folder
        self._files: dict[str, Downloaded] = {}

    def identify(self, source: str, step: Step) -> str:
        """Return what tells whether a source has changed: its commit, or a digest. Raises `ComposekitError`."""
        repository = _repository(source, step)
        if repository is not None:
            return self._fetcher.commit_of(repository)
        return step.checksum or self._download(source, step).digest

    def fetch(self, source: str, step: Step) -> Added:
        """Fetch a source. Raises `ComposekitError`."""
        repository = _repository(source, step)
        if repository is not None:
            return Added(self._fetcher.repository(repository).directory)
        file = self._download(source, step)
        if not file.name and (step.into or step.target.endswith("/")):
            raise ComposekitError("the address does not end with a file's name", hint="give the destination a name")
        return Added(file.path, file.name, file.modified)

    def _download(self, source: str, step: Step) -> Downloaded:
        known = self._files.get(source)
        if known is None or step.checksum:
            known = self._files[source] = download(source, self._folder, checksum=step.checksum)
        return known


def _repository(source: str, step: Step) -> Repository | None:
    found = read_repository(source)
    if found is None:
        return None
    checksum = step.checksum or found.checksum
    return found._replace(checksum=checksum, keep_git_dir=found.keep_git_dir or step.keep_git_dir)


def carry_added(step: Step, context: Context, paths: list[str], fetched: Sequence[Added]) -> Callable[[Ground], int]:
    """Return how to add what was fetched, after `paths` of the context if there are some."""

    def act(ground: Ground) -> int:
        directories = [one.path for one in fetched if not one.name and os.path.isdir(one.path)]
        trees = [_reached(path, None) for path in directories]
        files = [(one, os.open(one.path, os.O_RDONLY)) for one in fetched if one.path not in directories]
        here = _reached(context.directory, context)
        go_inside(ground)
        if paths or step.contents:
            copy_step(step, here, paths)
        for tree in trees:
            copy_step(step, tree, [""])
        for one, descriptor in files:
            _place(step, one, descriptor)
        return 0

    return act


def _reached(directory: str, context: Context | None) -> Context:
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    return Context(f"/proc/self/fd/{descriptor}", context.ignore if context is not None else None)


def _place(step: Step, one: Added, descriptor: int) -> None:
    """Write a downloaded file to its place, for its owner alone unless the step says otherwise, or unpack it there."""
    owner = owner_of(step.owner) if step.owner else (0, 0)
    with open(descriptor, "rb") as source:
        if step.unpack_fetched:
            unpack(source, step.target)
            return
        place = os.path.join(step.target, one.name) if step.into or os.path.isdir(step.target) else step.target
        make_directory(os.path.dirname(place), owner)
        if os.path.lexists(place):
            os.unlink(place)
        with open(place, "wb") as file:
            while chunk := source.read(1 << 20):
                file.write(chunk)
    os.chown(place, *owner)
    change = read_mode(step.mode)
    os.chmod(place, 0o600 if change is None else change(0o600, False))
    if one.modified is not None:
        os.utime(place, (one.modified, one.modified))
