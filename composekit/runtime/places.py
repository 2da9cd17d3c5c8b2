"""Where the local runtime keeps what services need, inside the project's state folder, under `files/`.

hosts/<replica>            its /etc/hosts; rewritten in place when replicas come and go
bin/<service>/             small programs put before the machine's own on PATH
scratch/<replica>/         what entry programs of the catalogue write
view/<replica>.<token>/    layers of its private view
anonymous/<replica>/...    volumes without a name
tmpfs/<replica>/...        stands for tmpfs mounts where there is no private view
objects/<kind>-<name>      configs and secrets that have no file of their own
objects/<service>/...      those with an owner or a mode of their own
shm/<replica>/             shared memory that several services see
journal, journal.old       what commands did, for `events`
told.json                  what has been said about the project already
"""

import os
import pwd
from collections.abc import Mapping

from composekit.supervise.home import Home
from composekit.supervise.light import sha256

OWN = "composekit."
"""How the labels begin that are ours, and that `ps` does not show."""

ENTRY = "composekit.runtime.daemon"
"""The module that a supervisor is started as."""


def state_root(environ: Mapping[str, str]) -> str:
    """Return $COMPOSEKIT_HOME, else $XDG_STATE_HOME/composekit, else ~/.local/state/composekit."""
    if environ.get("COMPOSEKIT_HOME"):
        return os.path.abspath(environ["COMPOSEKIT_HOME"])
    base = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(home_directory(environ), ".local", "state")
    return os.path.join(base, "composekit")


def home_directory(environ: Mapping[str, str]) -> str:
    """Return $HOME, or what the list of users says."""
    home = environ.get("HOME", "")
    return home if os.path.isabs(home) else pwd.getpwuid(os.getuid()).pw_dir


def place(home: Home, *names: str) -> str:
    """Return a path below the project's `files/`."""
    return home.path("files", *names)


def folder_name(path: str) -> str:
    """Return one folder name for a path of a service, such as var-lib-data for /var/lib/data."""
    return path.strip("/").replace("/", "-") or "root"


def volumes_folder(root: str) -> str:
    return os.path.join(root, "volumes")


def layers_folder(root: str) -> str:
    return os.path.join(root, "layers")


def group_ending(home: Home) -> str:
    """Return how the control groups of a project end: those of all projects are in one folder."""
    return "." + sha256(home.directory.encode()).hexdigest()[:8]
