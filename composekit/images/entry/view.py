"""Where the service's files are on this machine, for programs that are not in a private view.

A path of the image is `provided` when the Compose file or the Dockerfile puts something there; everything else at that
path is the machine's own, may be read, and is never written to.
"""

import json
import os
import posixpath
import re
import sys
from typing import NoReturn

from composekit.errors import ComposekitError

_INSIDE = "/run/composekit/"  # where a private view has what is the replica's own
_OWN = frozenset({"COMPOSEKIT_PATHS", "COMPOSEKIT_SCRATCH", "COMPOSEKIT_ADDRESS", "COMPOSEKIT_DNS"})


class View:
    """The mapping of COMPOSEKIT_PATHS, the scratch directory (or nothing) and the replica's addresses."""

    def __init__(
        self, paths: dict[str, str], scratch: str = "", addresses: tuple[str, ...] = (), *, has_root: bool = False
    ) -> None:
        self.paths = {posixpath.normpath(path): real for path, real in paths.items()}
        self.scratch = scratch
        self.addresses = addresses
        self.has_root = has_root

    def provided(self, path: str) -> str | None:
        """Return where a path of the image is on this machine, or `None` when nothing was put there."""
        path = posixpath.normpath(path)
        top = path
        while True:
            if top in self.paths:
                return posixpath.join(self.paths[top], path[len(top) :].lstrip("/")) if top != path else self.paths[top]
            if top in {"/", ""}:
                return None
            top = posixpath.dirname(top)

    def written(self, path: str) -> str | None:
        """Return a path where the service itself has put a file since it started, on a root of its own.

        A command such as `envsubst < template > /etc/nginx/conf.d/site.conf && nginx` does.
        """
        try:
            is_own = self.has_root and os.path.getsize(path) > 0 and os.lstat(path).st_ctime >= _began() - 1
        except OSError:
            return None
        return path if is_own else None

    def reading(self, path: str) -> str:
        """Return the path to read: the provided one, otherwise the machine's own.

        A directory below which other things are provided is put together from links, in the scratch directory.
        """
        nested = self._nested(path)
        if nested and self.scratch:
            return self._assembled(path, nested)
        return self.provided(path) or path

    def writable(self, path: str) -> str:
        """Return the path to write: the provided one, otherwise one in the scratch directory."""
        return self.provided(path) or (posixpath.join(self.scratch, path.lstrip("/")) if self.scratch else path)

    def listing(self, directory: str) -> dict[str, str]:
        """Return what is provided in a directory of the image: name -> path on this machine, sorted by name."""
        top = self.provided(directory)
        found = {name: os.path.join(top, name) for name in os.listdir(top)} if top and os.path.isdir(top) else {}
        head = posixpath.normpath(directory)
        found.update({posixpath.basename(k): real for k, real in self.paths.items() if posixpath.dirname(k) == head})
        return dict(sorted(found.items()))

    def argument(self, word: str) -> str:
        """Return a command line's word with a provided path in it, alone or after "=", replaced."""
        match = re.fullmatch(r"([^/]*=)?(/.*)", word)
        real = self.provided(match[2]) if match else None
        return (match[1] or "") + real if match and real else word

    def _nested(self, path: str) -> dict[str, str]:
        head = posixpath.normpath(path).rstrip("/") + "/"
        return {key[len(head) :]: real for key, real in self.paths.items() if key.startswith(head)}

    def _assembled(self, path: str, nested: dict[str, str]) -> str:
        made = posixpath.join(self.scratch, "assembled", posixpath.normpath(path).lstrip("/"))
        below = self.provided(path) or path
        entries = {name: os.path.join(below, name) for name in os.listdir(below)} if os.path.isdir(below) else {}
        for name in {key.partition("/")[0] for key in nested}:
            entries[name] = self.reading(posixpath.join(path, name))
        os.makedirs(made, exist_ok=True)
        for name in os.listdir(made):
            if os.path.islink(os.path.join(made, name)):
                os.unlink(os.path.join(made, name))
        for name, real in entries.items():
            link = os.path.join(made, name)
            if not os.path.lexists(link):
                os.symlink(real, link)
        return made


def read_view(environ: dict[str, str]) -> View:
    """Return the view that COMPOSEKIT_ variables describe. Raises `ComposekitError` when they cannot be read."""
    try:
        paths = json.loads(environ.get("COMPOSEKIT_PATHS") or "{}")
    except ValueError:
        paths = None
    if not isinstance(paths, dict) or not all(isinstance(real, str) for real in paths.values()):
        raise ComposekitError("COMPOSEKIT_PATHS is not a JSON object of paths")
    addresses = [one.strip() for one in environ.get("COMPOSEKIT_ADDRESS", "").split(",")]
    scratch = environ.get("COMPOSEKIT_SCRATCH", "")
    return View(paths, scratch, tuple(one for one in addresses if one), has_root=scratch.startswith(_INSIDE))


def _began() -> float:
    """Return when the first process that we can see was started, in seconds since 1970."""
    with open("/proc/1/stat", encoding="utf-8", errors="replace") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    with open("/proc/stat", encoding="ascii") as file:
        booted = next(int(line.split()[1]) for line in file if line.startswith("btime "))
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def without_own(environ: dict[str, str]) -> dict[str, str]:
    """Return an environment without the variables that are between the runtime and entry programs."""
    return {name: value for name, value in environ.items() if name not in _OWN}


def from_file(environ: dict[str, str], name: str, view: View, default: str = "", *, suffix: str = "_FILE") -> str:
    """Return a variable's value, or the contents of the file that NAME_FILE names, as official images do.

    Raises `ComposekitError` when both are set, or the file cannot be read.
    """
    value, file = environ.get(name, ""), environ.get(name + suffix, "")
    if value and file:
        raise ComposekitError(f"both '{name}' and '{name}{suffix}' are set", hint="set only one of them")
    if not file:
        return value or default
    try:
        with open(view.reading(file), encoding="utf-8") as opened:
            return opened.read().rstrip("\n")
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8 text"
        raise ComposekitError(f"'{name}{suffix}' names '{file}', which cannot be read: {reason}") from None


def say(text: str) -> None:
    """Write a line to the service's log."""
    sys.stderr.write(text + "\n")


def become(arguments: list[str], environ: dict[str, str], *, program: str | None = None) -> NoReturn:
    """Replace this process by a program, found on the environment's PATH. Raises `ComposekitError` when it cannot."""
    try:
        os.execvpe(program or arguments[0], arguments, environ)
    except (OSError, IndexError) as wrong:
        name = program or (arguments[0] if arguments else "")
        reason = wrong.strerror if isinstance(wrong, OSError) else "there is no command"
        code = 126 if isinstance(wrong, PermissionError) else 127  # what shells and Docker return
        raise ComposekitError(f"'{name}' cannot be started: {reason}", exit_code=code) from None
