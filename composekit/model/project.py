"""The typed view of a project: what `convert` and `run` work on.

Every type is bound from the canonical tree (`composekit.model.bind`) and keeps the node it came from as `origin`, so a
diagnostic about it points into the user's file. Field names are Compose's own.
"""

from typing import ClassVar

from composekit.model.origin import Bound
from composekit.model.record import NOTHING
from composekit.model.service import Service


class IpamPool(Bound):
    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: dict[str, str] = NOTHING


class Ipam(Bound):
    driver: str = ""
    config: tuple[IpamPool, ...] = ()
    options: dict[str, str] = NOTHING


class Network(Bound):
    """A top-level network; `name` is its real name, project prefix included."""

    name: str = ""
    driver: str = ""
    driver_opts: dict[str, str] = NOTHING
    ipam: Ipam = Ipam()
    external: bool = False
    internal: bool = False
    attachable: bool = False
    labels: dict[str, str] = NOTHING
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None


class Volume(Bound):
    """A top-level volume; `name` is its real name."""

    name: str = ""
    driver: str = ""
    driver_opts: dict[str, str] = NOTHING
    external: bool = False
    labels: dict[str, str] = NOTHING


class FileObject(Bound):
    """A top-level config or secret, from a file, an environment variable, its content, or external."""

    name: str = ""
    file: str = ""
    environment: str = ""
    content: str | None = None
    external: bool = False
    labels: dict[str, str] = NOTHING
    driver: str = ""
    driver_opts: dict[str, str] = NOTHING
    template_driver: str = ""


class Project(Bound):
    """A loaded project. Services are in the order of the file; profiles have been applied."""

    name: str = ""
    services: dict[str, Service] = NOTHING
    networks: dict[str, Network] = NOTHING
    volumes: dict[str, Volume] = NOTHING
    configs: dict[str, FileObject] = NOTHING
    secrets: dict[str, FileObject] = NOTHING
    directory: str = ""
    environment: dict[str, str] = NOTHING
    files: tuple[str, ...] = ()
    hidden: ClassVar[frozenset[str]] = frozenset({"environment"})
