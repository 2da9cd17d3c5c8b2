"""What this machine and this user are, as far as running a project depends on it. Gathered once, at the edge."""

import glob
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from composekit.errors import ComposekitError, UsageError
from composekit.runtime.places import home_directory, state_root

if TYPE_CHECKING:
    from composekit.sandbox.probe import Abilities

ISOLATION_CHOICES = ("auto", "view", "none")

# Where daemons are, for users whose PATH leaves these out.
_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


@dataclass(frozen=True, slots=True)
class Machine:
    """`root` is the folder of all state, `view` the kind of private view services get: overlay, skeleton or none.

    `view_reason` says why it is "none" where more was wanted. `own_addresses` tells whether each replica can have one.
    `own_files` are composekit's own, which entry programs need. `own_processes` tells whether a view can have processes
    of its own, and `groups` where control groups can be made, by controller: memory, cpu, pids. `first_port` is the
    first that an ordinary user may listen at.
    """

    root: str
    python: str
    path: str
    uid: int
    gid: int
    home: str
    view: str = "none"
    view_reason: str = ""
    own_addresses: bool = True
    own_files: tuple[str, ...] = ()
    own_processes: bool = True
    groups: Mapping[str, str] = field(default_factory=dict)
    first_port: int = 1024
    which: Callable[[str], str | None] = field(default=lambda _name: None, compare=False)
    expand: Callable[[str], list[str]] = field(default=glob.glob, compare=False)

    @property
    def has_view(self) -> bool:
        return self.view != "none"


def this_machine(environ: Mapping[str, str], *, isolation: str = "auto") -> Machine:
    """Look at the machine; `isolation` is what the user asked for.

    Raises `UsageError` for an unknown word, `ComposekitError` when a view was asked for and cannot be had.
    """
    from composekit.network.book import many_addresses
    from composekit.sandbox.cgroups import places_here

    if isolation not in ISOLATION_CHOICES:
        raise UsageError(f"'{isolation}' is no isolation", hint=f"choose one of {', '.join(ISOLATION_CHOICES)}")
    root = state_root(environ)
    path = search_path(environ)
    found = _view(root, isolation)
    return Machine(
        root=root,
        python=sys.executable,
        path=path,
        uid=os.geteuid(),
        gid=os.getegid(),
        home=home_directory(environ),
        view=found.kind,
        view_reason=found.reason,
        own_processes=found.processes,
        groups=places_here(),
        first_port=_first_port(),
        own_addresses=many_addresses(),
        own_files=_own_files(),
        which=lambda name: shutil.which(name, path=path),
    )


def _first_port() -> int:
    try:
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 1024 if sys.platform.startswith("linux") else 1


def search_path(environ: Mapping[str, str]) -> str:
    """Return the caller's PATH, followed by the system's own directories that it leaves out."""
    given = [part for part in environ.get("PATH", "").split(":") if os.path.isabs(part)]
    return ":".join([*given, *(part for part in _SYSTEM_PATH if part not in given)])


def _own_files() -> tuple[str, ...]:
    """Return what entry programs are made of: the interpreter, its library, and this package."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = (sys.executable, os.path.realpath(sys.executable), os.path.join(sys.base_prefix, "lib", "python"), package)
    return tuple(dict.fromkeys(found))


def _view(root: str, isolation: str) -> "Abilities":
    from composekit.sandbox.probe import Abilities, probe

    if isolation == "none":
        return Abilities("none")

    try:
        os.makedirs(root, mode=0o700, exist_ok=True)
    except OSError as error:
        raise ComposekitError(
            f"the folder for state '{root}' cannot be made: {error.strerror}", hint="set COMPOSEKIT_HOME to another"
        ) from None
    found = probe(root)
    if found.kind == "none" and isolation == "view":
        raise ComposekitError(
            f"this machine refuses a private view: {found.reason}",
            hint="--isolation none runs the services with the files and names of the machine itself",
        )
    return found
