"""A service and everything inside it. Cold side: bound only for convert and run."""

from composekit.model.origin import NO_BYTES, NO_TIME, Bound, Bytes, Nanoseconds
from composekit.model.record import NOTHING

Words = tuple[str, ...]


class FileReference(Bound):
    """A service's use of a config or secret. `mode` is the permission bits, `None` when not given."""

    source: str = ""
    target: str = ""
    uid: str = ""
    gid: str = ""
    mode: int | None = None


class Ulimit(Bound):
    """`single` stands for both when it is not 0."""

    single: int = 0
    soft: int = 0
    hard: int = 0


class Build(Bound):
    context: str = ""
    dockerfile: str = ""
    dockerfile_inline: str = ""
    entitlements: Words = ()
    args: dict[str, str | None] = NOTHING
    provenance: str = ""
    sbom: str = ""
    ssh: Words = ()
    labels: dict[str, str] = NOTHING
    cache_from: Words = ()
    cache_to: Words = ()
    no_cache: bool = False
    additional_contexts: dict[str, str] = NOTHING
    pull: bool = False
    extra_hosts: Words = ()
    isolation: str = ""
    network: str = ""
    target: str = ""
    secrets: tuple[FileReference, ...] = ()
    shm_size: Bytes = NO_BYTES
    tags: Words = ()
    ulimits: dict[str, Ulimit] = NOTHING
    platforms: Words = ()
    privileged: bool = False


class HealthCheck(Bound):
    """`test` starts with NONE, CMD or CMD-SHELL; a duration that is `None` was not given."""

    test: Words = ()
    timeout: Nanoseconds | None = None
    interval: Nanoseconds | None = None
    retries: int | None = None
    start_period: Nanoseconds | None = None
    start_interval: Nanoseconds | None = None
    disable: bool = False


class Dependency(Bound):
    condition: str = "service_started"
    restart: bool = False
    required: bool = True


class ServiceNetwork(Bound):
    aliases: Words = ()
    driver_opts: dict[str, str] = NOTHING
    gw_priority: int = 0
    interface_name: str = ""
    ipv4_address: str = ""
    ipv6_address: str = ""
    link_local_ips: Words = ()
    mac_address: str = ""
    priority: int = 0


class Port(Bound):
    """`published` is text, as Compose has it: empty, a port, or a range such as 8000-8010."""

    target: int = 0
    published: str = ""
    host_ip: str = ""
    protocol: str = "tcp"
    mode: str = ""
    name: str = ""
    app_protocol: str = ""


class BindOptions(Bound):
    selinux: str = ""
    propagation: str = ""
    create_host_path: bool = False
    recursive: str = ""


class VolumeOptions(Bound):
    labels: dict[str, str] = NOTHING
    nocopy: bool = False
    subpath: str = ""


class TmpfsOptions(Bound):
    size: Bytes = NO_BYTES
    mode: int = 0


class ImageOptions(Bound):
    subpath: str = ""


class Mount(Bound):
    """`type` is bind, volume, tmpfs, npipe, cluster or image; only the options of that type are set."""

    type: str = "volume"
    source: str = ""
    target: str = ""
    read_only: bool = False
    consistency: str = ""
    bind: BindOptions | None = None
    volume: VolumeOptions | None = None
    tmpfs: TmpfsOptions | None = None
    image: ImageOptions | None = None


class Logging(Bound):
    driver: str = ""
    options: dict[str, str] = NOTHING


class UpdateConfig(Bound):
    parallelism: int | None = None
    delay: Nanoseconds = NO_TIME
    failure_action: str = ""
    monitor: Nanoseconds = NO_TIME
    max_failure_ratio: float = 0.0
    order: str = ""


class DiscreteResource(Bound):
    kind: str = ""
    value: int = 0


class GenericResource(Bound):
    discrete_resource_spec: DiscreteResource | None = None


class DeviceRequest(Bound):
    capabilities: Words = ()
    driver: str = ""
    count: int = 0
    device_ids: Words = ()
    options: dict[str, str] = NOTHING


class Resource(Bound):
    """`cpus` is a number of processors, as written."""

    cpus: float = 0.0
    memory: Bytes = NO_BYTES
    pids: int = 0
    devices: tuple[DeviceRequest, ...] = ()
    generic_resources: tuple[GenericResource, ...] = ()


class Resources(Bound):
    limits: Resource | None = None
    reservations: Resource | None = None


class RestartPolicy(Bound):
    condition: str = ""
    delay: Nanoseconds | None = None
    max_attempts: int | None = None
    window: Nanoseconds | None = None


class PlacementPreference(Bound):
    spread: str = ""


class Placement(Bound):
    constraints: Words = ()
    preferences: tuple[PlacementPreference, ...] = ()
    max_replicas_per_node: int = 0


class Deploy(Bound):
    mode: str = ""
    replicas: int | None = None
    labels: dict[str, str] = NOTHING
    update_config: UpdateConfig | None = None
    rollback_config: UpdateConfig | None = None
    resources: Resources = Resources()
    restart_policy: RestartPolicy | None = None
    placement: Placement = Placement()
    endpoint_mode: str = ""


class CredentialSpec(Bound):
    config: str = ""
    file: str = ""
    registry: str = ""


class Device(Bound):
    source: str = ""
    target: str = ""
    permissions: str = ""


class EnvFile(Bound):
    path: str = ""
    required: bool = True
    format: str = ""


class Hook(Bound):
    command: Words = ()
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: dict[str, str | None] = NOTHING


class Trigger(Bound):
    path: str = ""
    action: str = ""
    target: str = ""
    exec: Hook | None = None
    include: Words = ()
    ignore: Words = ()
    initial_sync: bool = False


class Develop(Bound):
    watch: tuple[Trigger, ...] = ()


class Service(Bound):
    """One service. `command` and `entrypoint` are `None` when the image decides, `()` when explicitly cleared."""

    name: str = ""
    profiles: Words = ()
    annotations: dict[str, str] = NOTHING
    attach: bool | None = None
    build: Build | None = None
    develop: Develop | None = None
    cap_add: Words = ()
    cap_drop: Words = ()
    cgroup: str = ""
    cgroup_parent: str = ""
    command: Words | None = None
    configs: tuple[FileReference, ...] = ()
    container_name: str = ""
    cpu_count: int = 0
    cpu_percent: float = 0.0
    cpu_period: int = 0
    cpu_quota: int = 0
    cpu_rt_period: int = 0
    cpu_rt_runtime: int = 0
    cpu_shares: int = 0
    cpus: float = 0.0
    cpuset: str = ""
    credential_spec: CredentialSpec | None = None
    depends_on: dict[str, Dependency] = NOTHING
    deploy: Deploy | None = None
    device_cgroup_rules: Words = ()
    devices: tuple[Device, ...] = ()
    dns: Words = ()
    dns_opt: Words = ()
    dns_search: Words = ()
    domainname: str = ""
    entrypoint: Words | None = None
    environment: dict[str, str | None] = NOTHING
    env_file: tuple[EnvFile, ...] = ()
    expose: Words = ()
    external_links: Words = ()
    extra_hosts: Words = ()
    group_add: Words = ()
    gpus: tuple[DeviceRequest, ...] = ()
    healthcheck: HealthCheck | None = None
    hostname: str = ""
    image: str = ""
    init: bool | None = None
    ipc: str = ""
    isolation: str = ""
    label_file: Words = ()
    labels: dict[str, str] = NOTHING
    links: Words = ()
    logging: Logging | None = None
    mac_address: str = ""
    mem_limit: Bytes = NO_BYTES
    mem_reservation: Bytes = NO_BYTES
    mem_swappiness: Bytes = NO_BYTES
    memswap_limit: Bytes = NO_BYTES
    network_mode: str = ""
    networks: dict[str, ServiceNetwork | None] = NOTHING
    oom_kill_disable: bool = False
    oom_score_adj: int = 0
    pid: str = ""
    pids_limit: int = 0
    platform: str = ""
    ports: tuple[Port, ...] = ()
    post_start: tuple[Hook, ...] = ()
    pre_stop: tuple[Hook, ...] = ()
    privileged: bool = False
    pull_policy: str = ""
    read_only: bool = False
    restart: str = ""
    runtime: str = ""
    scale: int | None = None
    secrets: tuple[FileReference, ...] = ()
    security_opt: Words = ()
    shm_size: Bytes = NO_BYTES
    stdin_open: bool = False
    stop_grace_period: Nanoseconds | None = None
    stop_signal: str = ""
    storage_opt: dict[str, str] = NOTHING
    sysctls: dict[str, str] = NOTHING
    tmpfs: Words = ()
    tty: bool = False
    ulimits: dict[str, Ulimit] = NOTHING
    use_api_socket: bool = False
    user: str = ""
    userns_mode: str = ""
    uts: str = ""
    volumes: tuple[Mount, ...] = ()
    volumes_from: Words = ()
    working_dir: str = ""

    @property
    def replicas(self) -> int:
        """Return how many instances are wanted: `scale`, else `deploy.replicas`, else 1."""
        if self.scale is not None:
            return self.scale
        if self.deploy is not None and self.deploy.replicas is not None:
            return self.deploy.replicas
        return 1
