"""Going into a view: called in a forked child right before its program starts.

A view is a dict that a supervisor carries without reading it:

    kind        "overlay" (the machine's root, copy-on-write), "skeleton" (the machine's own directories, for an
                ordinary user), or "none"
    layers, layers_folder, scratch, reach, mounts, shm_size, shm, read_only, masks, hide    see `root`
    pids, ipc, pid_of, ipc_of    see `spaces`
    limits, oom_score, processors, no_new_privileges, capabilities, user    see `rights`
    cgroup      see `cgroups`
    hostname, domainname    names of the machine, or absent
    sysctls     {name: value} of kernel parameters that belong to a namespace of the service's own
    init        whether a small process stands before the program as the first of its space
    cwd         working directory inside; made when it is missing in a view

Mounts vanish with the last process of the view; what was written outside mounts stays in `scratch` until that is
removed.
"""

import os
from typing import Any

from composekit.sandbox import cgroups, rights, root, spaces, syscalls

View = dict[str, Any]

_UMASK = 0o022  # what a container starts with, whatever the supervisor's own is


def enter(view: View) -> None:
    """Change what this process sees, irrevocably; raises `OSError` saying which step was refused.

    With `init` this goes on in a child of the process that called.
    """
    os.umask(_UMASK)
    if view.get("cgroup"):
        cgroups.enter(view["cgroup"])
    if view.get("kind", "none") != "none":
        spaces.isolate(view)
        if view.get("hostname"):
            syscalls.sethostname(view["hostname"])
        if view.get("domainname"):
            syscalls.setdomainname(view["domainname"])
        for name, value in (view.get("sysctls") or {}).items():
            _set_parameter(name, value)
        root.build(view)
    rights.finish(view)
    if view.get("init") and view.get("pids"):
        spaces.become_init(rights.of_init(view))


def join(pid: int, view: View) -> None:
    """Go into the view of a process that is in it already, as `enter` left it; raises `OSError` when it has ended.

    This may go on in a child of the process that called, which then ends as the child does.
    """
    os.umask(_UMASK)
    doors = cgroups.doors(view["cgroup"]) if view.get("cgroup") else []
    if view.get("kind", "none") != "none":
        spaces.enter_spaces(pid)
    cgroups.go_in(doors)
    rights.finish(view)


def _set_parameter(name: str, value: str) -> None:
    path = f"/proc/sys/{name.replace('.', '/')}"
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(value)
    except OSError as error:
        raise OSError(error.errno, f"kernel parameter {name}: {error.strerror}") from None
