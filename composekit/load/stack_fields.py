"""The table of swarm: every attribute of a Compose file, what becomes of it in a stack, and what is said about it.

The conversion and the rules both read it. A row without a code says nothing to the user. A code stands for one message;
CK701 to CK705 are shared by many attributes. A row with a condition counts only where the condition holds, and an
attribute may have several rows. Codes are never reused. docs/swarm.md is generated from this table
(`composekit.swarm.field_docs`).

Facts are those of docker CLI 28: its schema 3.13 decides what is refused, its list of unsupported properties what is
ignored, and its conversion what is changed (https://github.com/docker/cli/tree/v28.2.2/cli/compose).
"""

from composekit.load import stack_conditions as when
from composekit.load.stack_row import Level, Row
from composekit.source.diagnostic import Severity

INFO, WARNING = Severity.INFO, Severity.WARNING


SUPPORTED, EMULATED, CHANGED, IGNORED, REFUSED = Level

_LIMITS = "set deploy.resources"
_NO_EQUIVALENT = "a swarm service has no '{key}': '{owner}' runs without it"
_NO_EFFECT = "'{key}' has no effect in a swarm"

# A row is a few lines of the table, not one line for each word.
# fmt: off
FIELDS: tuple[Row, ...] = (
    # The file
    Row("version", SUPPORTED, "not needed"),
    Row("name", SUPPORTED, "the stack's name, unless another is given"),
    Row("include", EMULATED, "the included projects are part of the stack"),
    Row(
        "models.*", REFUSED, "nothing", "CK710", WARNING, "a swarm runs no models: '{key}' is left out",
        "run the model as a service, or outside and pass its address",
    ),
    # Services, in the order of the alphabet
    Row("services.*.annotations", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, "use labels"),
    Row("services.*.attach", IGNORED, "nothing: nobody is attached to a stack", "CK703", INFO, _NO_EFFECT),
    Row("services.*.blkio_config", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row(
        "services.*.build", IGNORED, "nodes pull the image", "CK711", WARNING,
        "a swarm does not build: nodes pull the image of '{owner}'",
        "build and push it before the stack is deployed", when.has_image,
    ),
    Row(
        "services.*.build", CHANGED, "nodes pull PROJECT-SERVICE, the name that Compose gives to the image", "CK712",
        WARNING,
        "a swarm does not build, and '{owner}' has no image: its tasks ask for the one that Compose would build",
        "add image: with a name in your registry, then build and push it", when.has_no_image,
    ),
    Row("services.*.cap_add", SUPPORTED, "ContainerSpec.CapabilityAdd"),
    Row("services.*.cap_drop", SUPPORTED, "ContainerSpec.CapabilityDrop, without those that are added"),
    Row("services.*.cgroup", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.cgroup_parent", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row("services.*.command", SUPPORTED, "ContainerSpec.Args"),
    Row("services.*.configs", SUPPORTED, "ContainerSpec.Configs"),
    Row(
        "services.*.container_name", IGNORED, "tasks are named STACK_SERVICE.SLOT.ID", "CK713", WARNING,
        "'container_name' has no effect in a swarm: '{value}' is no name that other services can reach",
        "reach it by the service's name, or add an alias to its network", when.is_not_the_service,
    ),
    Row(
        "services.*.container_name", IGNORED, "tasks are named STACK_SERVICE.SLOT.ID", "CK703", INFO, _NO_EFFECT,
        condition=when.is_the_service,
    ),
    Row("services.*.cpu_count", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.cpu_percent", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.cpu_period", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.cpu_quota", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.cpu_rt_period", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.cpu_rt_runtime", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.cpu_shares", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row(
        "services.*.cpus", EMULATED, "deploy.resources.limits.cpus", "CK705", INFO,
        "'cpus' becomes deploy.resources.limits.cpus",
    ),
    Row("services.*.cpuset", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.credential_spec", SUPPORTED, "ContainerSpec.Privileges.CredentialSpec"),
    Row(
        "services.*.depends_on.*", IGNORED, "services are created in no order", "CK714", INFO,
        "a swarm starts services in no order: '{owner}' may start before '{key}'",
        "let the program try again until what it needs is there", when.waits_for_start,
    ),
    Row(
        "services.*.depends_on.*", IGNORED, "services are created in no order, and nothing waits", "CK715", WARNING,
        "a swarm starts services in no order: '{owner}' does not wait for '{key}' to be ready",
        "let the program try again until what it needs is there", when.waits_for_more,
    ),
    Row("services.*.deploy.endpoint_mode", SUPPORTED, "EndpointSpec.Mode"),
    Row("services.*.deploy.labels", SUPPORTED, "the service's Labels"),
    Row("services.*.deploy.mode", SUPPORTED, "Mode: replicated, global, replicated-job or global-job"),
    Row("services.*.deploy.placement", SUPPORTED, "TaskTemplate.Placement"),
    Row("services.*.deploy.replicas", SUPPORTED, "Mode.Replicated.Replicas"),
    Row(
        "services.*.deploy.replicas", REFUSED, "nothing in the global modes", "CK716", WARNING,
        "'replicas' cannot be set for a global service: '{owner}' runs once on every node",
        "remove replicas, or write mode: replicated", when.is_global_without_scale,
    ),
    Row("services.*.deploy.resources.limits", SUPPORTED, "TaskTemplate.Resources.Limits"),
    Row("services.*.deploy.resources.reservations", SUPPORTED, "TaskTemplate.Resources.Reservations"),
    Row(
        "services.*.deploy.resources.reservations.devices", REFUSED, "nothing", "CK717", WARNING,
        "a swarm service cannot reserve devices: '{owner}' runs without them",
        "declare the devices as generic resources of the nodes and reserve those",
    ),
    Row("services.*.deploy.restart_policy", SUPPORTED, "TaskTemplate.RestartPolicy"),
    Row("services.*.deploy.rollback_config", SUPPORTED, "RollbackConfig"),
    Row("services.*.deploy.update_config", SUPPORTED, "UpdateConfig"),
    Row("services.*.develop", IGNORED, "nothing", "CK703", INFO, _NO_EFFECT),
    Row("services.*.device_cgroup_rules", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row(
        "services.*.devices", IGNORED, "nothing", "CK718", WARNING,
        "a swarm service gets no devices: '{owner}' runs without them",
        "declare the devices as generic resources of the nodes",
    ),
    Row("services.*.dns", SUPPORTED, "ContainerSpec.DNSConfig.Nameservers"),
    Row(
        "services.*.dns_opt", REFUSED, "nothing", "CK719", WARNING,
        "a stack has no 'dns_opt': '{owner}' runs without it",
        "add the options with docker service update --dns-option-add",
    ),
    Row("services.*.dns_search", SUPPORTED, "ContainerSpec.DNSConfig.Search"),
    Row("services.*.domainname", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT, "put the whole name into hostname"),
    Row("services.*.entrypoint", SUPPORTED, "ContainerSpec.Command"),
    Row(
        "services.*.env_file", EMULATED,
        "its variables are part of ContainerSpec.Env; read as docker does where it takes the project (CK743)",
    ),
    Row("services.*.environment", SUPPORTED, "ContainerSpec.Env"),
    Row("services.*.expose", IGNORED, "nothing: services reach each other on every port", "CK703", INFO, _NO_EFFECT),
    Row("services.*.extends", EMULATED, "what it adds is part of the service"),
    Row(
        "services.*.external_links", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT,
        "join a network that both services are on",
    ),
    Row("services.*.extra_hosts", SUPPORTED, "ContainerSpec.Hosts"),
    Row(
        "services.*.gpus", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT,
        "declare the GPUs as generic resources of the nodes and reserve those",
    ),
    Row(
        "services.*.group_add", REFUSED, "nothing", "CK720", WARNING,
        "a stack has no 'group_add': '{owner}' runs without it",
        "add the groups with docker service update --group-add",
    ),
    Row("services.*.healthcheck", SUPPORTED, "ContainerSpec.Healthcheck; a task that is unhealthy is replaced"),
    Row("services.*.hostname", SUPPORTED, "ContainerSpec.Hostname"),
    Row("services.*.image", SUPPORTED, "ContainerSpec.Image, with a tag"),
    Row("services.*.init", SUPPORTED, "ContainerSpec.Init"),
    Row("services.*.ipc", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row("services.*.isolation", SUPPORTED, "ContainerSpec.Isolation"),
    Row("services.*.label_file", EMULATED, "its labels are part of ContainerSpec.Labels"),
    Row("services.*.labels", SUPPORTED, "ContainerSpec.Labels; those of the service itself are deploy.labels"),
    Row(
        "services.*.links[]", IGNORED, "nothing", "CK721", WARNING,
        "'links' has no effect in a swarm: '{value}' gives no other name to a service",
        "add an alias to the other service's network", when.renames,
    ),
    Row("services.*.links[]", IGNORED, "nothing", "CK703", INFO, _NO_EFFECT, condition=when.does_not_rename),
    Row("services.*.logging", SUPPORTED, "TaskTemplate.LogDriver"),
    Row("services.*.mac_address", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row(
        "services.*.mem_limit", EMULATED, "deploy.resources.limits.memory", "CK705", INFO,
        "'mem_limit' becomes deploy.resources.limits.memory",
    ),
    Row(
        "services.*.mem_reservation", EMULATED, "deploy.resources.reservations.memory", "CK705", INFO,
        "'mem_reservation' becomes deploy.resources.reservations.memory",
    ),
    Row("services.*.mem_swappiness", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.memswap_limit", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, _LIMITS),
    Row("services.*.models", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, "pass the model's address yourself"),
    Row(
        "services.*.network_mode", IGNORED, "the service joins the stack's default network", "CK722", WARNING,
        "'network_mode: {value}' has no effect in a swarm: '{owner}' joins the stack's default network",
        "for the host's network, join an external network named host; otherwise join networks",
    ),
    Row("services.*.networks", SUPPORTED, "TaskTemplate.Networks"),
    Row("services.*.networks.*.aliases", SUPPORTED, "Networks.Aliases"),
    Row("services.*.networks.*.driver_opts", SUPPORTED, "Networks.DriverOpts"),
    Row("services.*.networks.*.gw_priority", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.networks.*.interface_name", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row(
        "services.*.networks.*.ipv4_address", IGNORED, "tasks get any address", "CK723", WARNING,
        "a swarm gives any address: '{owner}' is not reached at {value}", "reach it by its name",
    ),
    Row(
        "services.*.networks.*.ipv6_address", IGNORED, "tasks get any address", "CK723", WARNING,
        "a swarm gives any address: '{owner}' is not reached at {value}", "reach it by its name",
    ),
    Row("services.*.networks.*.link_local_ips", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.networks.*.mac_address", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.networks.*.priority", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.oom_kill_disable", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row(
        # The docker client knows the key, and then does not read it.
        "services.*.oom_score_adj", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT,
        "set it with docker service update --oom-score-adj",
    ),
    Row("services.*.pid", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row(
        "services.*.pids_limit", EMULATED, "deploy.resources.limits.pids", "CK705", INFO,
        "'pids_limit' becomes deploy.resources.limits.pids",
    ),
    Row(
        "services.*.platform", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT,
        "add a placement constraint on node.platform.os or node.platform.arch",
    ),
    Row("services.*.ports", SUPPORTED, "EndpointSpec.Ports"),
    Row("services.*.ports[].app_protocol", REFUSED, "nothing", "CK703", INFO, _NO_EFFECT),
    Row(
        "services.*.ports[].host_ip", CHANGED, "the port is published on every address of every node", "CK724", WARNING,
        "a swarm publishes on every address: the port of '{owner}' is not bound to {value}",
        "keep others out with a firewall, or do not publish the port", when.is_an_address,
    ),
    Row("services.*.ports[].name", REFUSED, "nothing", "CK703", INFO, _NO_EFFECT),
    Row(
        "services.*.ports[].published", EMULATED, "a range becomes one port for each number", "CK725", INFO,
        "the range {value} becomes one published port for each number", condition=when.is_a_range,
    ),
    Row(
        "services.*.post_start", REFUSED, "nothing", "CK726", WARNING,
        "a swarm service has no 'post_start': its commands are not run", "run them from the entrypoint",
    ),
    Row(
        "services.*.pre_stop", REFUSED, "nothing", "CK727", WARNING,
        "a swarm service has no 'pre_stop': its commands are not run", "run them when the program gets its stop signal",
    ),
    Row(
        "services.*.privileged", IGNORED, "nothing", "CK728", WARNING,
        "a swarm service cannot be privileged: '{owner}' runs without it",
        "add the capabilities that it needs with cap_add",
    ),
    Row(
        "services.*.profiles", EMULATED, "profiles have been applied", "CK729", INFO,
        "'{owner}' is in the stack because of its profile",
    ),
    Row(
        "services.*.provider", REFUSED, "the service is left out", "CK730", WARNING,
        "a swarm knows no providers: '{owner}' is left out", "provide it outside of the stack",
    ),
    Row(
        "services.*.pull_policy", REFUSED, "nodes pull what they do not have", "CK731", INFO,
        "'pull_policy' has no effect in a swarm: nodes pull what they do not have",
    ),
    Row("services.*.pull_refresh_after", IGNORED, "nothing: it is not part of the loaded project either"),
    Row("services.*.read_only", SUPPORTED, "ContainerSpec.ReadOnly"),
    Row(
        "services.*.restart", CHANGED, "tasks are restarted always", "CK732", WARNING,
        "'restart: \"no\"' has no effect in a swarm: '{owner}' is restarted whenever it ends",
        "set deploy.restart_policy.condition to none", when.restarts_never,
    ),
    Row(
        "services.*.restart", IGNORED, "deploy.restart_policy decides", "CK733", INFO,
        "'restart' has no effect: deploy.restart_policy decides", condition=when.has_restart_policy,
    ),
    Row(
        "services.*.restart", EMULATED, "TaskTemplate.RestartPolicy: any, or on-failure with its attempts", "CK734",
        INFO, "'restart: {value}' becomes the service's restart policy", condition=when.restarts,
    ),
    Row(
        "services.*.runtime", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT, "make it the default of the nodes",
    ),
    Row(
        "services.*.scale", EMULATED, "Mode.Replicated.Replicas", "CK705", INFO, "'scale' becomes deploy.replicas",
        condition=when.is_not_global,
    ),
    Row(
        "services.*.scale", REFUSED, "nothing in the global modes", "CK735", WARNING,
        "'scale' cannot be set for a global service: '{owner}' runs once on every node",
        "remove scale, or write mode: replicated", when.is_global,
    ),
    Row("services.*.secrets", SUPPORTED, "ContainerSpec.Secrets"),
    Row("services.*.security_opt", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row(
        "services.*.shm_size", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT,
        "mount a tmpfs with that size at /dev/shm",
    ),
    Row("services.*.stdin_open", SUPPORTED, "ContainerSpec.OpenStdin"),
    Row("services.*.stop_grace_period", SUPPORTED, "ContainerSpec.StopGracePeriod"),
    Row("services.*.stop_signal", SUPPORTED, "ContainerSpec.StopSignal"),
    Row("services.*.storage_opt", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.sysctls", SUPPORTED, "ContainerSpec.Sysctls"),
    Row(
        "services.*.tmpfs", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT,
        "write it under volumes: with type: tmpfs",
    ),
    Row("services.*.tty", SUPPORTED, "ContainerSpec.TTY"),
    Row("services.*.ulimits", SUPPORTED, "ContainerSpec.Ulimits"),
    Row("services.*.use_api_socket", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.user", SUPPORTED, "ContainerSpec.User"),
    Row("services.*.userns_mode", IGNORED, "nothing", "CK702", WARNING, _NO_EFFECT),
    Row("services.*.uts", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.volumes", SUPPORTED, "ContainerSpec.Mounts"),
    Row(
        "services.*.volumes[].source", CHANGED, "the path is that of the node where a task runs", "CK736", WARNING,
        "'{value}' must exist on every node that runs '{owner}': a swarm neither copies nor creates it",
        "use a config, a secret or a volume, or constrain the service to a node", when.is_bind,
    ),
    Row("services.*.volumes[].bind.propagation", SUPPORTED, "BindOptions.Propagation"),
    Row("services.*.volumes[].bind.recursive", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row(
        "services.*.volumes[].bind.selinux", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT,
        "label the nodes' files",
    ),
    Row("services.*.volumes[].image.subpath", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.volumes[].tmpfs.mode", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT),
    Row("services.*.volumes[].tmpfs.size", SUPPORTED, "TmpfsOptions.SizeBytes"),
    Row(
        "services.*.volumes[].volume.labels", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT,
        "label the top-level volume",
    ),
    Row("services.*.volumes[].volume.nocopy", SUPPORTED, "VolumeOptions.NoCopy"),
    Row("services.*.volumes[].volume.subpath", SUPPORTED, "VolumeOptions.Subpath"),
    Row(
        "services.*.volumes_from", REFUSED, "nothing", "CK701", WARNING, _NO_EQUIVALENT,
        "name the volumes and mount them in both services",
    ),
    Row("services.*.working_dir", SUPPORTED, "ContainerSpec.Dir"),
    # Networks
    Row("networks.*.attachable", SUPPORTED, "Attachable"),
    Row("networks.*.driver", SUPPORTED, "Driver; overlay when none is given"),
    Row(
        "networks.*.driver", CHANGED, "the engine refuses it: services can only use networks of the whole swarm",
        "CK737", WARNING, "the driver '{value}' makes a network of one machine, which a swarm refuses for services",
        "remove driver, or write overlay", when.is_a_local_driver,
    ),
    Row("networks.*.driver_opts", SUPPORTED, "Options"),
    Row("networks.*.enable_ipv4", REFUSED, "nothing", "CK704", WARNING, "a stack's network has no '{key}'"),
    Row("networks.*.enable_ipv6", REFUSED, "nothing", "CK704", WARNING, "a stack's network has no '{key}'"),
    Row("networks.*.external", SUPPORTED, "the network is not created; it must be one of the whole swarm"),
    Row("networks.*.internal", SUPPORTED, "Internal"),
    Row(
        "networks.*.ipam.config[].aux_addresses", REFUSED, "nothing", "CK704", WARNING,
        "a stack's network has no '{key}'",
    ),
    Row("networks.*.ipam.config[].gateway", REFUSED, "nothing", "CK704", WARNING, "a stack's network has no '{key}'"),
    Row("networks.*.ipam.config[].ip_range", REFUSED, "nothing", "CK704", WARNING, "a stack's network has no '{key}'"),
    Row("networks.*.ipam.config[].subnet", SUPPORTED, "IPAM.Config.Subnet"),
    Row("networks.*.ipam.driver", SUPPORTED, "IPAM.Driver"),
    Row("networks.*.ipam.options", IGNORED, "nothing: they are not part of the loaded project either"),
    Row("networks.*.labels", SUPPORTED, "Labels"),
    Row("networks.*.name", SUPPORTED, "Name; STACK_KEY when none is given"),
    # Volumes: a part of each mount that uses them
    Row("volumes.*.driver", SUPPORTED, "VolumeOptions.DriverConfig.Name; a local volume is another one on every node"),
    Row("volumes.*.driver_opts", SUPPORTED, "VolumeOptions.DriverConfig.Options"),
    Row("volumes.*.external", SUPPORTED, "the volume is used as it is on each node"),
    Row("volumes.*.labels", SUPPORTED, "VolumeOptions.Labels"),
    Row("volumes.*.name", SUPPORTED, "the mount's Source; STACK_KEY when none is given"),
    # Configs and secrets
    Row(
        "configs.*.content", EMULATED, "Data", "CK738", INFO, "the content of config '{owner}' is stored in the swarm",
    ),
    Row(
        "configs.*.environment", EMULATED, "Data: the variable's value when the project is converted", "CK739", INFO,
        "the value of {value} is stored in the swarm as config '{owner}'",
    ),
    Row("configs.*.external", SUPPORTED, "the config must exist in the swarm"),
    Row("configs.*.file", SUPPORTED, "Data"),
    Row("configs.*.labels", SUPPORTED, "Labels"),
    Row("configs.*.name", SUPPORTED, "Name; STACK_KEY when none is given"),
    Row("configs.*.template_driver", SUPPORTED, "Templating"),
    Row("secrets.*.driver", SUPPORTED, "Driver.Name"),
    Row("secrets.*.driver_opts", SUPPORTED, "Driver.Options"),
    Row(
        "secrets.*.environment", EMULATED, "Data: the variable's value when the project is converted", "CK740", INFO,
        "the value of {value} is stored in the swarm as secret '{owner}'",
    ),
    Row("secrets.*.external", SUPPORTED, "the secret must exist in the swarm"),
    Row("secrets.*.file", SUPPORTED, "Data"),
    Row("secrets.*.labels", SUPPORTED, "Labels"),
    Row("secrets.*.name", SUPPORTED, "Name; STACK_KEY when none is given"),
    Row("secrets.*.template_driver", SUPPORTED, "Templating"),
)
# fmt: on
