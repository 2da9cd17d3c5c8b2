"""What a service is told where it has no view of its own: words, values and directories as they are on this machine.

Its mounts are at other paths and the names of services at no address that this machine knows, so both are replaced.
"""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from composekit.runtime.rewrite import map_path, rewrite_paths, rewrite_value, rewrite_word, rewrite_words

# Values that are about this machine already.
_OF_THE_MACHINE = ("PATH", "HOME", "HOSTNAME", "PWD")


class Plain:
    """`paths` maps the service's to this machine's, `names` those of services to addresses.

    `made` are directories that will be there, `spare` one to work in, and `miss` is called with the directory that is
    not there. `links` are to be made, once a directory was asked for in which only some files are mounted.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        names: Mapping[str, str],
        *,
        made: Collection[str] = (),
        spare: str = "/",
        miss: Callable[[str], object] = bool,
    ) -> None:
        self.paths = paths
        self.names = names
        self._made = made
        self._spare = spare
        self._miss = miss
        self.links: dict[str, str] = {}

    def word(self, text: str) -> str:
        """Return a word of a command, or a whole shell text."""
        return rewrite_word(rewrite_paths(text, self.paths), self.names)

    def words(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return a whole command."""
        return rewrite_words([rewrite_paths(word, self.paths) for word in words], self.names)

    def value(self, key: str, text: str) -> str:
        """Return the value of a variable."""
        return text if key in _OF_THE_MACHINE else rewrite_value(key, rewrite_paths(text, self.paths), self.names)

    def directory(self, path: str) -> str:
        """Return where a working directory is, the spare one for what is not on this machine."""
        mapped = map_path(path, self.paths) or path
        if mapped in self._made or os.path.isdir(mapped):
            return mapped
        head = path.rstrip("/") + "/"
        inside = {key[len(head) :]: real for key, real in self.paths.items() if key.startswith(head)}
        if not inside:
            self._miss(path)
            return self._spare
        folder = f"{self._spare}/working"
        for name in sorted(inside):
            if not any(name.startswith(f"{other}/") for other in inside):
                self.links[f"{folder}/{name}"] = inside[name]
        return folder

    def told(self) -> dict[str, Any]:
        """Return what a view keeps of this, for commands that are run beside the service."""
        return {"paths": dict(self.paths), "names": dict(self.names)}


def plain_of(view: Mapping[str, Any]) -> Plain:
    """Return what a view kept with `told`; of a view with files of its own, one that replaces nothing."""
    kept = view.get("plain") or {}
    return Plain(kept.get("paths", {}), kept.get("names", {}))


def place_of(view: Mapping[str, Any], path: str) -> str:
    """Return where a path of a service is for those who are in its view."""
    return map_path(path, plain_of(view).paths) or path


def first_addresses(names: Mapping[str, Sequence[str]], turn: int) -> dict[str, str]:
    """Return one address for each name; replicas of different `turn` get different ones."""
    return {name: addresses[turn % len(addresses)] for name, addresses in names.items()}
