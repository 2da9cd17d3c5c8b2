"""Limits on memory, processors and processes, through the kernel's control groups of either version.

A group is a dict: {"name", "memory", "swap" and "reservation" (bytes), "cpu" (microseconds of [quota, period]),
"weight" (shares, 1024 is usual), "pids", "places": {controller: directory}}. The places
are found by `find_places`, by whoever plans; a service makes its groups there and goes in, and they are removed when
it has ended.
"""

import os
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

_TRIES, _SECONDS = 50, 0.01  # a group can be removed shortly after its last process has ended
_V2_FILES = {
    "memory": ("memory", "memory.max"),
    "swap": ("memory", "memory.swap.max"),
    "reservation": ("memory", "memory.low"),
    "pids": ("pids", "pids.max"),
    "cpu": ("cpu", "cpu.max"),
    "weight": ("cpu", "cpu.weight"),
}
_V1_FILES = {
    "memory": ("memory", "memory.limit_in_bytes"),
    "swap": ("memory", "memory.memsw.limit_in_bytes"),
    "reservation": ("memory", "memory.soft_limit_in_bytes"),
    "pids": ("pids", "pids.max"),
    "weight": ("cpu", "cpu.shares"),
}
# Kernels without accounting of swap lack the first two; nothing depends on the others.
_OPTIONAL = ("memory.memsw.limit_in_bytes", "memory.swap.max", "memory.soft_limit_in_bytes", "memory.low")
CONTROLLERS = ("memory", "cpu", "pids")


def find_places(mounts: str, groups: str) -> dict[str, str]:
    """Return for each controller the directory in which this user may make groups, as far as there is one.

    `mounts` is the text of /proc/self/mountinfo, `groups` that of /proc/self/cgroup.
    """
    mine = {}
    for line in groups.splitlines():
        _, names, path = line.split(":", 2)
        mine.update(dict.fromkeys(names.split(","), path))
    found = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = (*after.split(" "), "", "")[:3]
        point, top = before.split(" ")[4], before.split(" ")[3]
        if kind == "cgroup":
            for name in options.split(","):
                place = _below(point, top, mine.get(name, "/"))
                if name in CONTROLLERS and _may_make_groups(place):
                    found[name] = place
        elif kind == "cgroup2":
            for name, place in _unified(point, _below(point, top, mine.get("", "/"))).items():
                found.setdefault(name, place)
    return found


def _below(point: str, top: str, path: str) -> str:
    """Return where a group is that is called `path`, in a mount that shows what is below `top`."""
    rest = path[len(top) :] if top != "/" and path.startswith(top) else path
    return os.path.normpath(f"{point}/{rest}")


def _unified(point: str, mine: str) -> dict[str, str]:
    """Return the places of version 2: a group that hands controllers on to its children, as one with processes may not.

    For root that is the top, as for Docker; for others the group of their own that systemd gave them.
    """
    place = point
    if not _may_make_groups(point):
        place = mine
        while place != point and not (_may_make_groups(place) and _controllers(place, "subtree_control")):
            place = os.path.dirname(place)
        if place == point:
            return {}
    have = _controllers(place, "subtree_control") | (_controllers(place, "controllers") if place == point else set())
    return {name: place for name in CONTROLLERS if name in have}


def _controllers(place: str, what: str) -> set[str]:
    with suppress(OSError), open(f"{place}/cgroup.{what}", encoding="ascii") as file:
        return set(file.read().split())
    return set()


def _may_make_groups(place: str) -> bool:
    return os.access(place, os.W_OK | os.X_OK) and os.access(f"{place}/cgroup.procs", os.W_OK)


def places_here() -> dict[str, str]:
    """Return what `find_places` finds for this process; nothing where there are no control groups."""
    try:
        with (
            open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts,
            open("/proc/self/cgroup", encoding="utf-8") as mine,
        ):
            return find_places(mounts.read(), mine.read())
    except OSError:
        return {}


def enter(group: dict[str, Any]) -> None:
    """Make the groups, limit them and put this process into them; raises `OSError`."""
    for place in dict.fromkeys(group["places"].values()):
        mine = _folder(place, group["name"])
        version2 = os.path.exists(f"{place}/cgroup.controllers")
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # another project's end took the folder away that all share
                os.makedirs(mine, exist_ok=True)
                break
        for above in (place, os.path.dirname(mine)) if version2 else ():
            for name in group["places"]:
                with suppress(OSError):  # the setting itself says so, if this mattered
                    _write(f"{above}/cgroup.subtree_control", f"+{name}")
        for path, value in settings(group, place, version2=version2):
            if os.path.basename(path) not in _OPTIONAL or os.path.exists(path):
                _write(path, value)
        _write(f"{mine}/cgroup.procs", "0")


def settings(group: dict[str, Any], place: str, *, version2: bool) -> list[tuple[str, str]]:
    """Return the files to write for a group in one place, in order."""
    folder = _folder(place, group["name"])
    found = []
    for key, (controller, file) in (_V2_FILES if version2 else _V1_FILES).items():
        value = group.get(key)
        if value is None or group["places"].get(controller) != place:
            continue
        if key == "cpu":
            value = f"{value[0]} {value[1]}"
        elif version2 and key == "weight":
            value = 1 + ((value - 2) * 9999) // 262142
        elif version2 and key == "swap" and value >= 0:
            value = max(0, value - group.get("memory", 0))
        found.append((f"{folder}/{file}", "max" if value == -1 and version2 else str(value)))
    if not version2 and group.get("cpu") and group["places"].get("cpu") == place:
        quota, period = group["cpu"]
        found += [(f"{folder}/cpu.cfs_period_us", str(period)), (f"{folder}/cpu.cfs_quota_us", str(quota))]
    return found


def doors(group: dict[str, Any]) -> list[int]:
    """Open the groups that `enter` made; a process that comes into their view goes in through these, with `go_in`."""
    places = dict.fromkeys(group["places"].values())
    return [os.open(f"{_folder(place, group['name'])}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for place in places]


def go_in(doors: list[int]) -> None:
    """Put this process into opened groups, and close them."""
    for door in doors:
        os.write(door, b"0")
        os.close(door)


def leave(group: dict[str, Any]) -> None:
    """Remove the groups, which no process is in any more; what is still busy after half a second stays."""
    for place in dict.fromkeys(group["places"].values()):
        for _ in range(_TRIES):
            try:
                os.rmdir(_folder(place, group["name"]))
            except FileNotFoundError:
                break
            except OSError:
                time.sleep(_SECONDS)
            else:
                break
        with suppress(OSError):  # others are in it
            os.rmdir(f"{place}/composekit")


def sweep(ending: str, keep: Collection[str] = ()) -> None:
    """Remove the groups whose names end so and do not begin with one to `keep`, as far as no process is in them."""
    for place in set(places_here().values()):
        with suppress(OSError):
            for name in os.listdir(f"{place}/composekit"):
                if name.endswith(ending) and name.removesuffix(ending) not in keep:
                    with suppress(OSError):
                        os.rmdir(_folder(place, name))
            os.rmdir(f"{place}/composekit")


def _folder(place: str, name: str) -> str:
    return f"{place}/composekit/{name}"


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    except OSError as error:
        raise OSError(error.errno, f"cannot limit resources: {os.path.basename(path)}: {error.strerror}") from None
    finally:
        os.close(descriptor)
