"""SwarmPlan: what a stack is, in the Engine API's terms and in no output syntax.

Every type holds what is sent to a manager, defaults of `docker stack deploy` included, in the order of the Engine API
(https://docs.docker.com/reference/api/engine/). `key` is the name in the Compose file, `name` the name in the swarm.
Times are nanoseconds, sizes bytes. Printers only write plans down; whatever is decided is decided in the modules that
make them.
"""

from dataclasses import dataclass, field
from enum import Enum

Words = tuple[str, ...]
Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Driver:
    name: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IpamPlan:
    driver: str = ""
    subnets: Words = ()


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A network that some service uses; an external one is expected to exist."""

    key: str
    name: str
    external: bool = False
    driver: str = "overlay"
    options: dict[str, str] = field(default_factory=dict)
    ipam: IpamPlan | None = None
    internal: bool = False
    attachable: bool = False
    labels: Labels = field(default_factory=dict)


class Origin(Enum):
    """Where the bytes of a config or secret come from."""

    FILE = "file"
    ENVIRONMENT = "environment"
    CONTENT = "content"
    DRIVER = "driver"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """A config or secret.

    `place` is the file or the environment variable it was read from; a driver's and an external one have no `data`.
    `by_content` says that the name has a digest of what is inside.
    """

    key: str
    name: str
    origin: Origin
    place: str = ""
    data: bytes = field(default=b"", repr=False)
    labels: Labels = field(default_factory=dict)
    driver: Driver | None = None
    templating: str = ""
    by_content: bool = False


@dataclass(frozen=True, slots=True)
class ObjectUse:
    """A service's use of a config or secret: as a file, or by the container runtime itself."""

    key: str
    name: str
    target: str = ""
    uid: str = "0"
    gid: str = "0"
    mode: int = 0o444
    runtime: bool = False


@dataclass(frozen=True, slots=True)
class VolumeUse:
    """What a mount says of its named volume; each node makes its own from this."""

    key: str
    external: bool
    no_copy: bool = False
    subpath: str = ""
    labels: Labels = field(default_factory=dict)
    driver: Driver | None = None


@dataclass(frozen=True, slots=True)
class MountPlan:
    """`propagation` and `tmpfs_size` are `None` when the mount says nothing of them."""

    type: str
    source: str
    target: str
    read_only: bool = False
    consistency: str = ""
    propagation: str | None = None
    volume: VolumeUse | None = None
    tmpfs_size: int | None = None


@dataclass(frozen=True, slots=True)
class HealthPlan:
    """Zero means what the image says."""

    test: Words = ()
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class DnsPlan:
    servers: Words = ()
    search: Words = ()


@dataclass(frozen=True, slots=True)
class UlimitPlan:
    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True)
class CredentialPlan:
    """Exactly one is set; `config` is the name of a config in the swarm."""

    config: str = ""
    config_key: str = ""
    file: str = ""
    registry: str = ""


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """What runs in each task. `image` is as written, `tagged_image` what is asked of the nodes."""

    image: str
    tagged_image: str
    labels: Labels = field(default_factory=dict)
    command: Words = ()
    args: Words = ()
    hostname: str = ""
    environment: tuple[tuple[str, str | None], ...] = ()
    directory: str = ""
    user: str = ""
    credential: CredentialPlan | None = None
    init: bool | None = None
    stop_signal: str = ""
    tty: bool = False
    open_stdin: bool = False
    read_only: bool = False
    mounts: tuple[MountPlan, ...] = ()
    stop_grace_period: int | None = None
    health: HealthPlan | None = None
    hosts: tuple[tuple[str, str], ...] = ()
    dns: DnsPlan | None = None
    secrets: tuple[ObjectUse, ...] = ()
    configs: tuple[ObjectUse, ...] = ()
    isolation: str = ""
    sysctls: dict[str, str] = field(default_factory=dict)
    capabilities_added: Words = ()
    capabilities_dropped: Words = ()
    ulimits: tuple[UlimitPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    nano_cpus: int = 0
    memory: int = 0
    pids: int = 0


@dataclass(frozen=True, slots=True)
class Reservations:
    """`generic` is pairs of kind and count."""

    nano_cpus: int = 0
    memory: int = 0
    generic: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RestartPlan:
    condition: str = ""
    delay: int | None = None
    max_attempts: int | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    constraints: Words = ()
    spread: Words = ()
    max_replicas: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A network of a service; `own_name` is the service's key, where the network has names at all."""

    key: str
    target: str
    aliases: Words = ()
    own_name: Words = ()
    options: dict[str, str] = field(default_factory=dict)


class Mode(Enum):
    """The four kinds of service."""

    REPLICATED = "replicated"
    GLOBAL = "global"
    REPLICATED_JOB = "replicated-job"
    GLOBAL_JOB = "global-job"


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    parallelism: int = 1
    delay: int = 0
    failure_action: str = ""
    monitor: int = 0
    max_failure_ratio: float = 0.0
    order: str = ""


@dataclass(frozen=True, slots=True)
class PortPlan:
    """`published` is 0 when the swarm chooses; empty `protocol` and `mode` leave the engine's defaults."""

    target: int
    published: int = 0
    protocol: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """`replicas` is `None` when nothing was said, which is one. `needs` has what Compose waits for: key, condition."""

    key: str
    name: str
    container: ContainerPlan
    labels: Labels = field(default_factory=dict)
    log_driver: Driver | None = None
    limits: Limits | None = None
    reservations: Reservations | None = None
    restart: RestartPlan | None = None
    placement: PlacementPlan = field(default_factory=PlacementPlan)
    networks: tuple[Attachment, ...] = ()
    mode: Mode = Mode.REPLICATED
    replicas: int | None = None
    update: UpdatePlan | None = None
    rollback: UpdatePlan | None = None
    endpoint_mode: str = ""
    ports: tuple[PortPlan, ...] = ()
    needs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SwarmPlan:
    """A whole stack; every list is in the order of names."""

    stack: str
    networks: tuple[NetworkPlan, ...] = ()
    secrets: tuple[ObjectPlan, ...] = ()
    configs: tuple[ObjectPlan, ...] = ()
    services: tuple[ServicePlan, ...] = ()
