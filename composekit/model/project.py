"""The typed view of a project: what `convert` and `run` work on.

Every type is bound from the canonical tree (`composekit.model.bind`) and keeps the node it came from as `origin`, so a
diagnostic about it points into the user's file. Field names are Compose's own.
"""

from dataclasses import dataclass, field

from composekit.model.origin import Bound
from composekit.model.service import Service


@dataclass(frozen=True, slots=True)
class IpamPool(Bound):
    subnet: str = ""
    gateway: str = ""
    ip_range: str = ""
    aux_addresses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ipam(Bound):
    driver: str = ""
    config: tuple[IpamPool, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Network(Bound):
    """A top-level network; `name` is its real name, project prefix included."""

    name: str = ""
    driver: str = ""
    driver_opts: dict[str, str] = field(default_factory=dict)
    ipam: Ipam = field(default_factory=Ipam)
    external: bool = False
    internal: bool = False
    attachable: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    enable_ipv4: bool | None = None
    enable_ipv6: bool | None = None


@dataclass(frozen=True, slots=True)
class Volume(Bound):
    """A top-level volume; `name` is its real name."""

    name: str = ""
    driver: str = ""
    driver_opts: dict[str, str] = field(default_factory=dict)
    external: bool = False
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileObject(Bound):
    """A top-level config or secret, from a file, an environment variable, its content, or external."""

    name: str = ""
    file: str = ""
    environment: str = ""
    content: str | None = None
    external: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    driver: str = ""
    driver_opts: dict[str, str] = field(default_factory=dict)
    template_driver: str = ""


@dataclass(frozen=True, slots=True)
class Project(Bound):
    """A loaded project. Services are in the order of the file; profiles have been applied."""

    name: str = ""
    services: dict[str, Service] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    configs: dict[str, FileObject] = field(default_factory=dict)
    secrets: dict[str, FileObject] = field(default_factory=dict)
    directory: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
