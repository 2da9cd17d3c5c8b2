"""SwarmPlan: what a stack is, in the Engine API's terms and in no output syntax.

Every type holds what is sent to a manager, defaults of `docker stack deploy` included, in the order of the Engine API
(https://docs.docker.com/reference/api/engine/). `key` is the name in the Compose file, `name` the name in the swarm.
Times are nanoseconds, sizes bytes. Printers only write plans down; whatever is decided is decided in the modules that
make them.
"""

from enum import Enum
from typing import ClassVar

from composekit.model.record import NOTHING, Record

Words = tuple[str, ...]
Labels = dict[str, str]


class Driver(Record):
    name: str
    options: dict[str, str] = NOTHING


class IpamPlan(Record):
    driver: str = ""
    subnets: Words = ()


class NetworkPlan(Record):
    """A network that some service uses; an external one is expected to exist."""

    key: str
    name: str
    external: bool = False
    driver: str = "overlay"
    options: dict[str, str] = NOTHING
    ipam: IpamPlan | None = None
    internal: bool = False
    attachable: bool = False
    labels: Labels = NOTHING


class Origin(Enum):
    """Where the bytes of a config or secret come from."""

    FILE = "file"
    ENVIRONMENT = "environment"
    CONTENT = "content"
    DRIVER = "driver"
    EXTERNAL = "external"


class ObjectPlan(Record):
    """A config or secret.

    `place` is the file or the environment variable it was read from; a driver's and an external one have no `data`.
    `by_content` says that the name has a digest of what is inside.
    """

    key: str
    name: str
    origin: Origin
    place: str = ""
    data: bytes = b""
    labels: Labels = NOTHING
    driver: Driver | None = None
    templating: str = ""
    by_content: bool = False
    hidden: ClassVar[frozenset[str]] = frozenset({"data"})


class ObjectUse(Record):
    """A service's use of a config or secret: as a file, or by the container runtime itself."""

    key: str
    name: str
    target: str = ""
    uid: str = "0"
    gid: str = "0"
    mode: int = 0o444
    runtime: bool = False


class VolumeUse(Record):
    """What a mount says of its named volume; each node makes its own from this."""

    key: str
    external: bool
    no_copy: bool = False
    subpath: str = ""
    labels: Labels = NOTHING
    driver: Driver | None = None


class MountPlan(Record):
    """`propagation` and `tmpfs_size` are `None` when the mount says nothing of them."""

    type: str
    source: str
    target: str
    read_only: bool = False
    consistency: str = ""
    propagation: str | None = None
    volume: VolumeUse | None = None
    tmpfs_size: int | None = None


class HealthPlan(Record):
    """Zero means what the image says."""

    test: Words = ()
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


class DnsPlan(Record):
    servers: Words = ()
    search: Words = ()


class UlimitPlan(Record):
    name: str
    soft: int
    hard: int


class CredentialPlan(Record):
    """Exactly one is set; `config` is the name of a config in the swarm."""

    config: str = ""
    config_key: str = ""
    file: str = ""
    registry: str = ""


class ContainerPlan(Record):
    """What runs in each task. `image` is as written, `tagged_image` what is asked of the nodes."""

    image: str
    tagged_image: str
    labels: Labels = NOTHING
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
    sysctls: dict[str, str] = NOTHING
    capabilities_added: Words = ()
    capabilities_dropped: Words = ()
    ulimits: tuple[UlimitPlan, ...] = ()


class Limits(Record):
    nano_cpus: int = 0
    memory: int = 0
    pids: int = 0


class Reservations(Record):
    """`generic` is pairs of kind and count."""

    nano_cpus: int = 0
    memory: int = 0
    generic: tuple[tuple[str, int], ...] = ()


class RestartPlan(Record):
    condition: str = ""
    delay: int | None = None
    max_attempts: int | None = None
    window: int | None = None


class PlacementPlan(Record):
    constraints: Words = ()
    spread: Words = ()
    max_replicas: int = 0


class Attachment(Record):
    """A network of a service; `own_name` is the service's key, where the network has names at all."""

    key: str
    target: str
    aliases: Words = ()
    own_name: Words = ()
    options: dict[str, str] = NOTHING


class Mode(Enum):
    """The four kinds of service."""

    REPLICATED = "replicated"
    GLOBAL = "global"
    REPLICATED_JOB = "replicated-job"
    GLOBAL_JOB = "global-job"


class UpdatePlan(Record):
    parallelism: int = 1
    delay: int = 0
    failure_action: str = ""
    monitor: int = 0
    max_failure_ratio: float = 0.0
    order: str = ""


class PortPlan(Record):
    """`published` is 0 when the swarm chooses; empty `protocol` and `mode` leave the engine's defaults."""

    target: int
    published: int = 0
    protocol: str = ""
    mode: str = ""


class ServicePlan(Record):
    """`replicas` is `None` when nothing was said, which is one. `needs` has what Compose waits for: key, condition."""

    key: str
    name: str
    container: ContainerPlan
    labels: Labels = NOTHING
    log_driver: Driver | None = None
    limits: Limits | None = None
    reservations: Reservations | None = None
    restart: RestartPlan | None = None
    placement: PlacementPlan = PlacementPlan()
    networks: tuple[Attachment, ...] = ()
    mode: Mode = Mode.REPLICATED
    replicas: int | None = None
    update: UpdatePlan | None = None
    rollback: UpdatePlan | None = None
    endpoint_mode: str = ""
    ports: tuple[PortPlan, ...] = ()
    needs: dict[str, str] = NOTHING


class SwarmPlan(Record):
    """A whole stack; every list is in the order of names."""

    stack: str
    networks: tuple[NetworkPlan, ...] = ()
    secrets: tuple[ObjectPlan, ...] = ()
    configs: tuple[ObjectPlan, ...] = ()
    services: tuple[ServicePlan, ...] = ()
