"""COPY and ADD: from the build context, or from another stage's copies, to the paths that the process sees.

Nothing is copied here; a `FileCopy` names the file of this machine. What only exists once RUN steps have been executed,
or would have to be downloaded or unpacked, cannot be named and is noted.
"""

import glob
import os
import posixpath
from fnmatch import fnmatchcase

from composekit.images.instructions import Instruction, Word, json_words, plain_words
from composekit.images.paths import inside
from composekit.images.program import FileCopy
from composekit.images.remote import is_fetched, redacted
from composekit.images.stage import Stage

_GLOB = frozenset("*?[")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")


def copy_files(stage: Stage, instruction: Instruction, source: Stage | None) -> None:
    """Add to a stage's files what COPY or ADD names; `source` is the stage that --from means, if it means one.

    Raises `BadValue` for a source that is not in the context; a pattern may match nothing.
    """
    flags = {flag.name: stage.expand(instruction, Word(flag.value or "", flag.start)) for flag in instruction.flags}
    words = _words(instruction)
    given = stage.build.others.get(flags.get("from", ""))
    context = stage.build.context if given is None else given.directory
    if given is not None and context:
        source = None
    elif "from" in flags and source is None:
        stage.note(instruction.line, f"COPY --from={flags['from']}: the files of that image are not there")
        return
    if instruction.heredocs:
        stage.note(instruction.line, f"{instruction.name} from a heredoc is not done")
        words = [word for word in words if not word.text.lstrip("0123456789").startswith("<<")]
    *sources, last = words
    destination = stage.expand(instruction, last)
    target = inside(stage.working_dir, destination)
    pairs = []
    for word in sources:
        pairs += _found(stage, instruction, word, source, context)
    into = len(pairs) > 1 or _is_directory(stage, destination, target)
    for path, below in pairs:
        if "parents" in flags and source is None:
            below = os.path.relpath(path, context)  # noqa: PLW2901  # --parents keeps the whole path
        place = _place(path, target, below, into=into)
        stage.files += (FileCopy(path, place, flags.get("chmod"), flags.get("chown")),)
        stage.directories |= _directories(path, place)


def from_context(context: str, pattern: str) -> list[str]:
    """Return the paths of this machine that a source names, sorted; none when it does not exist.

    A source can not leave the context: `..` stops at its top.
    """
    relative = inside("/", pattern).lstrip("/")
    if not _GLOB.intersection(relative):
        path = os.path.join(context, relative) if relative else context
        return [path] if os.path.exists(path) else []
    # Go's filepath.Match negates with ^ where Python's fnmatch takes !, and its star matches dot files.
    found = glob.glob(relative.replace("[^", "[!"), root_dir=context, include_hidden=True)
    return sorted(os.path.join(context, path) for path in found)


def from_stage(files: tuple[FileCopy, ...], pattern: str) -> list[tuple[str, str]]:
    """Return (path of this machine, path below the source) for what a stage's own copies put at a path of the image.

    The second is empty for the path itself, otherwise it says where below the path a copy lies.
    """
    path = inside("/", pattern)
    found: list[tuple[str, str]] = []
    for copy in files:
        within, around = _below(path, copy.target), _below(copy.target, path)
        if within == "":
            found = [(copy.source, "")]
        elif within is not None:
            found = [(one, "") for one in from_context(copy.source, within)] or found
        elif around is not None:
            found.append((copy.source, around))
        elif _GLOB.intersection(path) and fnmatchcase(copy.target, path):
            found.append((copy.source, ""))
    return found


def _words(instruction: Instruction) -> list[Word]:
    written = json_words(instruction, instruction.text)
    words = plain_words(instruction.text) if written is None else [Word(text, 0) for text in written]
    if len(words) < 2:
        raise instruction.error(f"{instruction.name} takes one or more sources and a destination")
    return words


def _found(
    stage: Stage, instruction: Instruction, word: Word, source: Stage | None, context: str
) -> list[tuple[str, str]]:
    pattern = stage.expand(instruction, word)
    if instruction.name == "ADD" and is_fetched(pattern):
        stage.note(instruction.line, f"ADD does not download '{redacted(pattern)}'")
        return []
    if source is not None:
        pairs = from_stage(source.files, pattern)
        if not pairs:
            stage.note(instruction.line, f"'{pattern}' is made by a RUN step of another stage, which is not executed")
        return pairs
    paths = from_context(context, pattern)
    if not paths and not _GLOB.intersection(pattern):
        message = f"'{pattern}' is not in the build context"
        raise instruction.error(message, word, hint=f"the context is {context}")
    if instruction.name == "ADD" and pattern.lower().endswith(_ARCHIVES):
        stage.note(instruction.line, f"ADD does not unpack '{pattern}'")
        return []
    if any(map(os.path.isdir, paths)) and os.path.exists(os.path.join(context, ".dockerignore")):
        stage.note(instruction.line, "'.dockerignore' is not read: the whole directory is there")
    return [(path, "") for path in paths]


def _is_directory(stage: Stage, destination: str, target: str) -> bool:
    """Tell whether a destination means a directory to copy into.

    Docker looks into the image for that. Here the stage's own directories are known, and for the rest this machine is
    asked: /usr/local/bin and /etc are directories in images as well.
    """
    if destination.endswith("/") or destination == "." or target in stage.directories:
        return True
    copied = from_stage(stage.files, target)
    return os.path.isdir(copied[-1][0] if copied else target)


def _place(path: str, target: str, below: str, *, into: bool) -> str:
    if below and below != ".":
        return posixpath.join(target, below)
    if into and not os.path.isdir(path):
        return posixpath.join(target, os.path.basename(path))
    return target


def _directories(path: str, place: str) -> set[str]:
    """Return the directories of the image that exist once a copy is at its place."""
    known = {place} if os.path.isdir(path) else set()
    while place != "/":
        place = posixpath.dirname(place)
        known.add(place)
    return known


def _below(path: str, top: str) -> str | None:
    """Return the rest of `path` under `top`, empty when they are the same, `None` when it lies elsewhere."""
    if path == top:
        return ""
    head = top if top.endswith("/") else top + "/"
    return path[len(head) :] if path.startswith(head) else None
