"""Where the local runtime keeps what services need, inside the project's state folder, under `files/`.

hosts/<replica>            its /etc/hosts; rewritten in place when replicas come and go
bin/<service>/             small programs put before the machine's own on PATH
scratch/<replica>/         what entry programs of the catalogue write
view/<replica>.<token>/    layers of its private view
anonymous/<replica>/...    volumes without a name
tmpfs/<replica>/...        stands for tmpfs mounts where there is no private view
objects/<kind>-<name>      configs and secrets that have no file of their own
told.json                  what has been said about the project already
"""

import os

from composekit.supervise.home import Home

ENTRY = "composekit.runtime.daemon"
"""The module that a supervisor is started as."""


def place(home: Home, *names: str) -> str:
    """Return a path below the project's `files/`."""
    return home.path("files", *names)


def folder_name(path: str) -> str:
    """Return one folder name for a path of a service, such as var-lib-data for /var/lib/data."""
    return path.strip("/").replace("/", "-") or "root"


def volumes_folder(root: str) -> str:
    return os.path.join(root, "volumes")
