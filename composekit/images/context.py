"""A build context: which of its files COPY and ADD may see, and a digest of those that they take.

`.dockerignore` is read by the rules of https://docs.docker.com/build/concepts/context/#dockerignore-files; a file
named for the Dockerfile (`web.Dockerfile.dockerignore`) comes before the common one.
"""

import hashlib
import os
import posixpath
import re
import stat
from collections.abc import Iterator, Sequence
from functools import cache

from composekit.errors import BadValue
from composekit.images.paths import inside

GLOB = frozenset("*?[")


class Ignore:
    """The patterns of one .dockerignore, in order: the last that matches a path or a directory above counts."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._rules = [(_expression(text.removeprefix("!")), text.startswith("!")) for text in patterns]
        self.has_exceptions = any(is_exception for _, is_exception in self._rules)

    def excludes(self, path: str) -> bool:
        """Tell whether a path of the context, without a leading slash, is left out."""
        parts = path.split("/")
        tops = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        excluded = False
        for expression, is_exception in self._rules:
            if excluded == is_exception and any(expression.fullmatch(top) for top in tops):
                excluded = not is_exception
        return excluded


def read_ignore(text: str) -> Ignore:
    """Return what a .dockerignore says. Raises `BadValue` with an offset for a pattern that is none."""
    patterns = []
    offset = 0
    for line in text.split("\n"):
        shown = line.removesuffix("\r").removeprefix("\ufeff")
        if not shown.startswith("#") and shown.strip():
            mark, pattern = ("!", shown.strip()[1:].strip()) if shown.strip().startswith("!") else ("", shown.strip())
            cleaned = posixpath.normpath(pattern.replace("//", "/")).lstrip("/") if pattern else ""
            if not cleaned:
                raise BadValue("a pattern is missing after '!'", offset=offset, length=len(line))
            if cleaned != ".":
                patterns.append(mark + cleaned)
        offset += len(line) + 1
    try:
        return Ignore(patterns)
    except re.error as wrong:
        raise BadValue(f"a pattern of .dockerignore cannot be read: {wrong}", offset=0) from None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern: * stops at slashes, ** does not, ? is a character, [...] as in Go."""
    made, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                at += 1
                made += "(?:.*/)?"
            else:
                made += ".*"
            continue
        if character == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            made += "[" + pattern[at + 1 : end].replace("\\", "\\\\") + "]"
            at = end + 1
            continue
        if character == "\\" and at + 1 < len(pattern):
            made += re.escape(pattern[at + 1])
            at += 2
            continue
        made += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
        at += 1
    return re.compile(made, re.DOTALL)


class Context:
    """The files of a build context."""

    def __init__(self, directory: str, ignore: Ignore | None = None) -> None:
        self.directory = directory
        self.ignore = ignore or Ignore(())

    def find(self, pattern: str, *, deep: bool = False) -> list[str]:
        """Return the paths in the context that a source names, sorted; "" is the context itself, none: not there.

        With `deep`, as COPY --parents has it, `**` stands for any number of directories.
        """
        import glob

        relative = inside("/", pattern).lstrip("/")
        if not GLOB.intersection(relative):
            path = os.path.join(self.directory, relative)
            return [relative] if os.path.lexists(path) and self._is_there(relative) else []
        # Go's filepath.Match negates with ^ where Python's fnmatch takes !, and its star matches dot files.
        found = glob.glob(relative.replace("[^", "[!"), root_dir=self.directory, include_hidden=True, recursive=deep)
        return sorted(path for path in found if self._is_there(path))

    def _is_there(self, path: str) -> bool:
        if not path or not self.ignore.excludes(path):
            return True
        full = os.path.join(self.directory, path)
        return self.ignore.has_exceptions and os.path.isdir(full) and any(True for _ in self.walk(path))

    def walk(self, top: str) -> Iterator[str]:
        """Yield the paths below a directory of the context that are not left out, a directory before what is in it.

        A directory that is left out is passed for the sake of exceptions in it, and yielded when it has some.
        """
        try:
            names = sorted(os.listdir(os.path.join(self.directory, top)))
        except OSError as wrong:
            raise BadValue(f"'{top}' of the context cannot be read: {(wrong.strerror or '').lower()}") from None
        for name in names:
            path = f"{top}/{name}" if top else name
            is_directory = stat.S_ISDIR(os.lstat(os.path.join(self.directory, path)).st_mode)
            excluded = self.ignore.excludes(path)
            if not is_directory:
                if not excluded:
                    yield path
                continue
            if not excluded:
                yield path
                yield from self.walk(path)
            elif self.ignore.has_exceptions:
                below = list(self.walk(path))
                if below:
                    yield path
                    yield from below

    def digest(self, paths: Sequence[str]) -> str:
        """Return a digest of what is at some paths: names, kinds, modes and contents, whatever their times."""
        total = hashlib.sha256()
        for path in paths:
            total.update(b"\0from\0" + os.fsencode(path))
            _add(total, self.directory, path, "")
            full = os.path.join(self.directory, path)
            if os.path.isdir(full):
                for below in self.walk(path):
                    _add(total, self.directory, below, below[len(path) :])
        return total.hexdigest()


def _add(total: "hashlib._Hash", directory: str, path: str, name: str) -> None:
    full = os.path.join(directory, path)
    try:
        status = os.stat(full) if not name else os.lstat(full)
        total.update(f"\0{name}\0{status.st_mode:o}\0".encode("utf-8", "surrogateescape"))
        if stat.S_ISLNK(status.st_mode):
            total.update(os.fsencode(os.readlink(full)))
        elif stat.S_ISREG(status.st_mode):
            with open(full, "rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as wrong:
        raise BadValue(f"'{path}' of the context cannot be read: {(wrong.strerror or '').lower()}") from None


def read_context(directory: str, dockerfile: str = "") -> Context:
    """Return the context of a directory with its ignore file, if it has one. Raises `BadValue`."""
    names = [f"{dockerfile}.dockerignore"] if dockerfile else []
    for file in (*names, os.path.join(directory, ".dockerignore")):
        try:
            with open(file, encoding="utf-8", errors="surrogateescape") as opened:
                return Context(directory, read_ignore(opened.read()))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as wrong:
            raise BadValue(f"'{file}' cannot be read: {wrong.strerror}") from None
    return Context(directory)
