"""`develop.watch`: which changes of files ask for what. Pure but for `look`, which lists files.

A change is found by comparing two looks, so it is found however the file was written; `waiting` only says when to look.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.images.context import Ignore
from composekit.model.project import Project
from composekit.model.service import Hook, Service, Trigger

SYNCS = ("sync", "sync+restart", "sync+exec")
# What editors and version control leave lying around for a moment, as Docker Compose ignores it.
_EPHEMERAL = (
    "**/.git", "**/.idea", "**/*.swp", "**/*.swx", "**/*~", "**/.#*", "**/#*#", "**/4913", "**/.DS_Store",
    "**/*___jb_tmp___", "**/*___jb_old___", "**/*.tmp",
)  # fmt: skip
_POLL_SECONDS = 0.25

Look = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One trigger of a service; `path` is absolute."""

    service: str
    path: str
    action: str
    target: str
    ignore: Ignore
    include: Ignore | None
    exec: Hook | None
    initial_sync: bool

    def takes(self, path: str) -> bool:
        """Tell whether a file is one that this rule is about."""
        inner = os.path.relpath(path, self.path)
        if inner.startswith("../"):
            return False
        if inner == ".":
            return True  # a rule about one file
        return not self.ignore.excludes(inner) and (self.include is None or self.include.excludes(inner))

    def place(self, path: str) -> str:
        """Return where in the service a file belongs."""
        inner = os.path.relpath(path, self.path)
        return self.target if inner == "." else os.path.join(self.target, inner)


@dataclass(slots=True)
class Work:
    """What is to be done for one service: `put` and `remove` give places in it for files of this machine."""

    put: dict[str, str] = field(default_factory=dict)
    remove: dict[str, str] = field(default_factory=dict)
    rebuild: bool = False
    restart: bool = False
    execs: list[Hook] = field(default_factory=list)


def rules_of(project: Project, services: Collection[str]) -> list[Rule]:
    """Return the rules of services (none named: all). Raises `ValueError` for one that cannot be followed."""
    found = []
    for service in project.services.values():
        triggers = service.develop.watch if service.develop is not None else ()
        if services and service.name not in services:
            continue
        found += [_rule(service, one) for one in triggers]
    return found


def _rule(service: Service, one: Trigger) -> Rule:
    if one.action == "rebuild" and service.build is None:
        raise ValueError(f"service {service.name} doesn't have a build section, can't apply rebuild on watch")
    if one.action == "sync+exec" and (one.exec is None or not one.exec.command):
        raise ValueError(f'can\'t watch with action "sync+exec" on service {service.name} without a command')
    if one.action in SYNCS and not one.target:
        raise ValueError(f"service {service.name}: watching '{one.path}' with {one.action} needs a target")
    ignored = [*_EPHEMERAL, *(_cleaned(text) for text in one.ignore)]
    include = Ignore([_cleaned(text) for text in one.include]) if one.include else None
    path = os.path.realpath(one.path)
    return Rule(service.name, path, one.action, one.target, Ignore(ignored), include, one.exec, one.initial_sync)


def _cleaned(pattern: str) -> str:
    mark = "!" if pattern.startswith("!") else ""
    return mark + os.path.normpath(pattern.removeprefix("!")).lstrip("/")


def look(rules: Iterable[Rule]) -> Look:
    """Return every watched file with what tells a change of it: time, size, inode."""
    found: Look = {}
    for rule in rules:
        for path in _files(rule):
            try:
                status = os.lstat(path)
            except OSError:
                continue
            found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _files(rule: Rule) -> Iterator[str]:
    if not os.path.isdir(rule.path):
        yield rule.path
        return
    for folder, folders, files in os.walk(rule.path):
        inner = os.path.relpath(folder, rule.path)
        start = "" if inner == "." else f"{inner}/"
        if not rule.ignore.has_exceptions:
            folders[:] = [name for name in folders if not rule.ignore.excludes(f"{start}{name}")]
        yield from (os.path.join(folder, name) for name in files if rule.takes(os.path.join(folder, name)))


def changes(before: Look, after: Look) -> tuple[list[str], list[str]]:
    """Return the files that are new or other than they were, and those that are gone."""
    return sorted(path for path in after if before.get(path) != after[path]), sorted(before.keys() - after.keys())


def plan(rules: Iterable[Rule], changed: Collection[str], gone: Collection[str]) -> dict[str, Work]:
    """Return the work for each service that has any; who is rebuilt needs nothing else."""
    found: dict[str, Work] = {}
    for rule in rules:
        put = [path for path in changed if rule.takes(path)]
        remove = [path for path in gone if rule.takes(path)]
        if not put and not remove:
            continue
        work = found.setdefault(rule.service, Work())
        work.rebuild |= rule.action == "rebuild"
        work.restart |= rule.action in ("restart", "sync+restart")
        if rule.action in SYNCS:
            work.put.update((path, rule.place(path)) for path in put)
            work.remove.update((path, rule.place(path)) for path in remove)
        if rule.action == "sync+exec" and rule.exec is not None:
            work.execs.append(rule.exec)
    return found


def initial(rules: Iterable[Rule], seen: Mapping[str, Any]) -> dict[str, Work]:
    """Return the work of rules that sync what is there already."""
    eager = [rule for rule in rules if rule.initial_sync and rule.action in SYNCS]
    works = plan(eager, list(seen), [])
    for work in works.values():
        work.restart = False
        work.execs.clear()
    return works


def waiting(paths: Collection[str], stopped: Callable[[], bool]) -> Iterator[None]:
    """Yield whenever it may be worth a look: at once on changes where watchfiles is installed, else by the clock."""
    there = [path for path in paths if os.path.exists(path)]
    try:
        import watchfiles  # type: ignore[import-not-found,unused-ignore]  # optional
    except ImportError:
        while not stopped():
            time.sleep(_POLL_SECONDS)
            yield
        return
    for _ in watchfiles.watch(*there, debounce=100, step=50, rust_timeout=250, yield_on_timeout=True, watch_filter=None,
                              raise_interrupt=False):  # fmt: skip
        if stopped():
            return
        yield
