"""Find Compose projects: which files of a folder belong together.

A folder's own project is the file that `composekit config` would read there, with its override file. Any other Compose
file (docker-compose.prod.yml) is a project of its own when it could be one. It is a layer when a service of it has
neither image nor build, it uses what it does not define, or its name is that of an override: then it is read over the
project of its folder or the nearest one above. Env files need no grouping, for loading finds `.env` beside the files by
itself.
"""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from composekit.lint.globs import fits
from composekit.load.locate import FILE_NAMES, OVERRIDE_NAMES
from composekit.load.opened import OpenedFiles
from composekit.source.node import Mapping, Node, Scalar, Sequence

Files = tuple[str, ...]

# The usual names with another word before or behind: compose.prod.yaml, docker-compose-dev.yml, db.compose.yaml.
_NAME = re.compile(r"(?:.+[._-])?(?:docker[._-])?compose(?:[._-].+)?\.ya?ml", re.IGNORECASE)
_NO_PROJECTS = frozenset(
    {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", "site-packages"}
)
_STACK = re.compile(r"(?:.+[._-])?(?:docker[._-])?stack(?:[._-].+)?\.ya?ml", re.IGNORECASE)
"""Names of stack files, which other tools use too: such a file has to look like one."""

_MOST_LAYERS = 6
"""Layers of one base that are tried two by two."""

_ANY_KEY = re.compile(rb"^[\w.-]+:(?:\s|$)", re.MULTILINE)
_COMPOSE_KEY = re.compile(
    rb"^['\"]?(?:services|include|networks|volumes|configs|secrets|models|x-[\w.-]+)['\"]?\s*:"
    rb"|^ {1,8}(?:image|build|extends)\s*:",
    re.MULTILINE,
)
"""What a file has that may be a Compose file: a top-level key of one, or a service as files of version 1 have them."""

_STARTS = ("image", "build", "extends", "provider")
"""Keys of which a service needs one."""


def projects_below(
    folder: str, exclude: Files = (), root: str = "", *, opened: OpenedFiles | None = None
) -> Iterator[Files]:
    """Yield the files of every project in a folder and below, folder by folder in the order of the alphabet.

    `exclude` are patterns that count from the folder `root`; folders that hold other people's code are left out.
    """
    opened = opened or OpenedFiles(folder)
    found = _Bases()
    bases: dict[str, str] = {}
    for directory, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NO_PROJECTS and not (exclude and fits(os.path.join(directory, name), exclude, root))
        )
        here = [
            name
            for name in compose_files(directory, names)
            if not fits(os.path.join(directory, name), exclude, root) and not _is_something_else(directory, name)
        ]
        base = _base(here)
        if base is not None:
            bases[directory] = os.path.join(directory, base)
        elif (above := bases.get(os.path.dirname(directory))) is not None:
            bases[directory] = above
        yield from group(directory, here, bases.get(directory), opened, found)


def projects_of(files: Iterable[str], *, opened: OpenedFiles | None = None) -> list[Files]:
    """Return the projects that single files belong to, each project once; files are absolute."""
    opened = opened or OpenedFiles("")
    bases = _Bases()
    groups: dict[str, list[Files]] = {}
    found: dict[Files, None] = {}
    for file in files:
        directory = os.path.dirname(file)
        if directory not in groups:
            groups[directory] = _group_of(directory, opened, bases)
        mine = [one for one in groups[directory] if file in one]
        # The base of several projects stands for its own, the layers for theirs.
        found[mine[0] if mine else _with_base(file, opened, bases)] = None
    return list(found)


def _with_base(file: str, opened: OpenedFiles, bases: "_Bases") -> Files:
    """Return the project of a file that has no usual name: as a layer, it is read over that of its folder or above."""
    base = bases.nearest(os.path.dirname(file))
    return (base, file) if base is not None and is_layer(file, opened) else (file,)


def _group_of(directory: str, opened: OpenedFiles, bases: "_Bases") -> list[Files]:
    try:
        names = compose_files(directory, os.listdir(directory))
    except OSError:
        names = []
    return group(directory, names, bases.nearest(directory), opened, bases)


def sharing(projects: Iterable[Files]) -> list[list[int]]:
    """Return the numbers of the projects in groups that have files in common, directly or through others."""
    groups: list[tuple[set[str], list[int]]] = []
    for number, files in enumerate(projects):
        mine = set(files)
        joined = [number]
        rest = []
        for known, numbers in groups:
            if known & mine:
                mine |= known
                joined = numbers + joined
            else:
                rest.append((known, numbers))
        groups = [*rest, (mine, joined)]
    return sorted(sorted(numbers) for _, numbers in groups)


def stacked(projects: Iterable[Files]) -> list[tuple[Files, list[Files]]]:
    """Return what else people read together: each base with all the layers of projects over it, and two by two.

    Each of the layers may add the same thing to the base, which is then there twice. What is a project itself is
    left out.
    """
    over: dict[str, dict[Files, None]] = {}
    listed = set(projects)
    for base, *layers in sorted(filter(None, listed)):
        if layers:
            over.setdefault(base, {})[tuple(layers)] = None
    found = []
    for base, several in over.items():
        pairs = [(base, *dict.fromkeys((*one, *other))) for one, other in combinations(list(several)[:_MOST_LAYERS], 2)]
        whole = (base, *dict.fromkeys(file for layers in several for file in layers))
        if whole not in listed and pairs:
            found.append((whole, [pair for pair in dict.fromkeys(pairs) if pair not in listed and pair != whole]))
    return found


def over_base(files: Files, opened: OpenedFiles) -> Files:
    """Return the files as somebody may read them: over the base of their folder or above, if both have a service.

    A file that is a project by itself may be an override, too, which replaces images by builds, say.
    """
    if len(files) != 1 or os.path.basename(files[0]) in FILE_NAMES:
        return files
    base = _Bases().nearest(os.path.dirname(files[0]))
    if base is None or not _services(base, opened).keys() & _services(files[0], opened).keys():
        return files
    return (base, *files)


def compose_files(directory: str, names: Iterable[str]) -> list[str]:
    """Return those of a folder's files that are Compose files, by their names."""
    return [
        name
        for name in sorted(names)
        if _NAME.fullmatch(name) or (_STACK.fullmatch(name) and _has_services(os.path.join(directory, name)))
    ]


def group(
    directory: str, names: list[str], base: str | None, opened: OpenedFiles, bases: "_Bases | None" = None
) -> list[Files]:
    """Return the projects that the Compose files of one folder make; `base` is what layers are read over."""
    first = _base(names)
    override = next((name for name in OVERRIDE_NAMES if name in names), None)
    found: list[Files] = []
    own: tuple[str, ...] = (first,) if first is not None else ()
    if own and override is not None:
        own = (*own, override)
    if own:
        found.append(_own_project(directory, own, opened, bases or _Bases()))
    for name in names:
        if name not in own:
            file = os.path.join(directory, name)
            # An override far from its base is kept there to be put beside it.
            layer = base is not None and (name in OVERRIDE_NAMES or is_layer(file, opened))
            found.append((base, file) if base is not None and layer else (file,))
    return found


def _own_project(directory: str, names: Files, opened: OpenedFiles, bases: "_Bases") -> Files:
    """Return a folder's own project, which may only add to services of the project above."""
    files = tuple(os.path.join(directory, name) for name in names)
    # Most folders have no project above: those files need not be read here, but in the process that lints them.
    above = bases.above(directory) if len(files) == 1 else None
    if above is None:
        return files
    unfinished = {name for name, starts in _services(files[0], opened).items() if not starts}
    if any(starts and name in unfinished for name, starts in (_services(above, opened) if unfinished else {}).items()):
        return (above, *files)
    return files


def _services(file: str, opened: OpenedFiles) -> dict[str, bool]:
    """Return the services of a file, and whether each says what it starts."""
    found = opened.read(file)
    listed = {}
    for document in found.documents if found is not None else ():
        services = document.get("services") if isinstance(document, Mapping) else None
        if isinstance(services, Mapping):
            for name, service in services.items.items():
                listed[name] = isinstance(service, Mapping) and any(key in service for key in _STARTS)
    return listed


def is_layer(file: str, opened: OpenedFiles) -> bool:
    """Tell whether a Compose file only makes sense over another."""
    found = opened.read(file)
    if found is None or found.problems:
        return False
    documents = [document for document in found.documents if isinstance(document, Mapping)]
    return not documents or any(_lacks_something(document) for document in documents)


def _lacks_something(document: Mapping) -> bool:
    """Tell whether a service of a document cannot start by itself, or uses what the document does not define."""
    services = document.get("services")
    if not isinstance(services, Mapping):
        return "include" not in document
    known = {section: set(_names(document.get(section))) for section in ("services", "networks")}
    known["networks"].add("default")
    for service in services.items.values():
        if not isinstance(service, Mapping) or not any(key in service for key in _STARTS):
            return True
        needed, joined = _names(service.get("depends_on")), _names(service.get("networks"))
        if not known["services"].issuperset(needed) or not known["networks"].issuperset(joined):
            return True
    return False


def _names(node: Node | None) -> list[str]:
    if isinstance(node, Mapping):
        return list(node)
    items = node.items if isinstance(node, Sequence) else []
    return [str(item.value) for item in items if isinstance(item, Scalar)]


def _base(names: Iterable[str]) -> str | None:
    return next((name for name in FILE_NAMES if name in names), None)


class _Bases:
    """Finds the base files of folders; each folder is looked into once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def nearest(self, directory: str) -> str | None:
        """Return the base file of a folder: its own, or that of the nearest folder above that has one."""
        if directory not in self._known:
            paths = (os.path.join(directory, name) for name in FILE_NAMES)
            own = next((path for path in paths if os.path.isfile(path)), None)
            self._known[directory] = own or self.above(directory)
        return self._known[directory]

    def above(self, directory: str) -> str | None:
        """Return the base file of the folders above; what lies beyond the repository is another project."""
        parent = os.path.dirname(directory)
        if parent == directory or os.path.exists(os.path.join(directory, ".git")):
            return None
        return self.nearest(parent)


def _has_services(file: str) -> bool:
    return re.search(rb"^services:", _first_bytes(file), re.MULTILINE) is not None


def _is_something_else(directory: str, name: str) -> bool:
    """Tell whether a file that is only named like a Compose file has keys, but none that one has, old ones included."""
    if name in FILE_NAMES or name in OVERRIDE_NAMES:
        return False
    text = _first_bytes(os.path.join(directory, name))
    return _ANY_KEY.search(text) is not None and _COMPOSE_KEY.search(text) is None


def _first_bytes(file: str) -> bytes:
    """Return the first megabyte of a file; nothing where it cannot be read, which whoever loads it finds out."""
    try:
        with open(file, "rb") as opened:
            return opened.read(1 << 20)
    except OSError:
        return b""
