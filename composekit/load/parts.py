"""Rows of THE table for the objects inside a service, some of which stand in several places."""

from composekit.load.anchors import anchor_context, anchor_unix, anchor_watched
from composekit.load.defaults import fill_build, fill_device_request
from composekit.load.expand import (
    as_list,
    expand_build,
    expand_file_use,
    expand_key_values,
    expand_ssh,
    expand_ulimit,
    to_text,
)
from composekit.load.identity import by_key
from composekit.load.joins import join_build, join_hosts, join_sequences, replace
from composekit.load.table import (
    BOOL,
    BYTES,
    COMMAND,
    COUNT,
    DURATION,
    FLOAT,
    FLOAT32,
    HOSTS,
    INT,
    ITEMS,
    MODE,
    NAMED,
    NATURAL,
    OBJECT,
    SSH,
    TEST,
    TEXT,
    TEXT_MAP,
    TEXTS,
    ULIMIT,
    VARIABLES,
    Field,
)


def under(prefix: str, rows: tuple[Field, ...]) -> tuple[Field, ...]:
    """Return rows as they stand below another path."""
    return tuple(row.at(prefix) for row in rows)


FILE_USE = (
    Field("source", TEXT),
    Field("target", TEXT),
    Field("uid", TEXT),
    Field("gid", TEXT),
    Field("mode", MODE, keep=True),
)

ULIMITS = (
    Field("*", ULIMIT, cast=INT, merge=replace, expand=expand_ulimit, keep=True),
    Field("*.soft", INT, cast=INT, keep=True, zero=0),
    Field("*.hard", INT, cast=INT, keep=True, zero=0),
)

# Docker Compose neither casts nor replaces those of a build.
_BUILD_ULIMITS = (
    Field("*", ULIMIT, expand=expand_ulimit, keep=True),
    Field("*.soft", INT, keep=True, zero=0),
    Field("*.hard", INT, keep=True, zero=0),
)

HOOK = (
    Field("command", COMMAND, keep=True, always="null"),
    Field("user", TEXT),
    Field("privileged", BOOL),
    Field("working_dir", TEXT),
    Field("environment", VARIABLES),
)

DEVICE_REQUEST = (
    Field("capabilities", TEXTS),
    Field("driver", TEXT),
    Field("count", COUNT),
    Field("device_ids", TEXTS),
    Field("options", TEXT_MAP),
)

BUILD = (
    Field("", OBJECT, expand=expand_build, merge=join_build, fill=fill_build, keep=True, hashed=False),
    Field("context", TEXT, anchor=anchor_context),
    Field("dockerfile", TEXT),
    Field("dockerfile_inline", TEXT),
    Field("entitlements", TEXTS),
    Field("args", VARIABLES, merge=join_sequences, unique=by_key),
    Field("provenance", TEXT, expand=to_text),
    Field("sbom", TEXT, expand=to_text),
    Field("ssh", SSH, expand=expand_ssh),
    Field("ssh.*", TEXT, anchor=anchor_unix),
    Field("labels", TEXT_MAP, merge=join_sequences, unique=by_key),
    Field("cache_from", TEXTS),
    Field("cache_to", TEXTS),
    Field("no_cache", BOOL),
    Field("additional_contexts", TEXT_MAP, merge=join_sequences, unique=by_key, expand=expand_key_values),
    Field("additional_contexts.*", TEXT, anchor=anchor_context),
    Field("pull", BOOL),
    Field("extra_hosts", HOSTS, merge=join_hosts),
    Field("isolation", TEXT),
    Field("network", TEXT),
    Field("target", TEXT),
    Field("secrets", ITEMS),
    Field("secrets.[]", OBJECT, expand=expand_file_use),
    *under("secrets.[]", FILE_USE),
    Field("shm_size", BYTES),
    Field("tags", TEXTS, unique=by_key),
    Field("ulimits", NAMED),
    *under("ulimits", _BUILD_ULIMITS),
    Field("platforms", TEXTS),
    Field("privileged", BOOL),
)

UPDATE_CONFIG = (
    Field("", OBJECT, keep=True),
    Field("parallelism", NATURAL, cast=INT, keep=True),
    Field("delay", DURATION),
    Field("failure_action", TEXT),
    Field("monitor", DURATION),
    Field("max_failure_ratio", FLOAT32, cast=FLOAT),
    Field("order", TEXT),
)

LIMITS = (
    Field("", OBJECT, keep=True),
    Field("cpus", FLOAT32),
    Field("memory", BYTES),
    Field("pids", INT),
)

RESERVATIONS = (
    Field("", OBJECT, keep=True),
    Field("cpus", FLOAT32),
    Field("memory", BYTES),
    Field("devices", ITEMS),
    Field("devices.[]", OBJECT, fill=fill_device_request),
    *under("devices.[]", DEVICE_REQUEST),
    Field("generic_resources", ITEMS),
    Field("generic_resources.[]", OBJECT),
    Field("generic_resources.[].discrete_resource_spec", OBJECT, keep=True),
    Field("generic_resources.[].discrete_resource_spec.kind", TEXT, keep=True, zero=""),
    Field("generic_resources.[].discrete_resource_spec.value", INT, keep=True, zero=0),
)

DEPLOY = (
    Field("", OBJECT, keep=True),
    Field("mode", TEXT),
    Field("replicas", INT, cast=INT, keep=True, hashed=False),
    Field("labels", TEXT_MAP, merge=join_sequences, unique=by_key),
    *under("update_config", UPDATE_CONFIG),
    *under("rollback_config", UPDATE_CONFIG),
    Field("resources", OBJECT, always="{}"),
    *under("resources.limits", LIMITS),
    *under("resources.reservations", RESERVATIONS),
    Field("restart_policy", OBJECT, keep=True),
    Field("restart_policy.condition", TEXT),
    Field("restart_policy.delay", DURATION, keep=True),
    Field("restart_policy.max_attempts", NATURAL, cast=INT, keep=True),
    Field("restart_policy.window", DURATION, keep=True),
    Field("placement", OBJECT, always="{}"),
    Field("placement.constraints", TEXTS),
    Field("placement.preferences", ITEMS),
    Field("placement.preferences.[]", OBJECT),
    Field("placement.preferences.[].spread", TEXT),
    Field("placement.max_replicas_per_node", NATURAL, cast=INT),
    Field("endpoint_mode", TEXT),
)

BLKIO_RATES = tuple(
    row
    for name in ("device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops")
    for row in (
        Field(name, ITEMS),
        Field(f"{name}.[]", OBJECT),
        Field(f"{name}.[].path", TEXT, keep=True, zero="", in_json="Path"),
        Field(f"{name}.[].rate", BYTES, keep=True, zero="0", in_json="Rate"),
    )
)

SERVICE_NETWORK = (
    Field("aliases", TEXTS, unique=by_key),
    Field("driver_opts", TEXT_MAP),
    Field("gw_priority", INT),
    Field("interface_name", TEXT),
    Field("ipv4_address", TEXT),
    Field("ipv6_address", TEXT),
    Field("link_local_ips", TEXTS, unique=by_key),
    Field("mac_address", TEXT),
    Field("priority", INT),
)

PORT = (
    Field("name", TEXT),
    Field("mode", TEXT),
    Field("host_ip", TEXT),
    Field("target", NATURAL, cast=INT),
    Field("published", TEXT),
    Field("protocol", TEXT),
    Field("app_protocol", TEXT),
)

MOUNT = (
    Field("type", TEXT),
    Field("source", TEXT),
    Field("target", TEXT),
    Field("read_only", BOOL, cast=BOOL),
    Field("consistency", TEXT),
    Field("bind", OBJECT, keep=True),
    Field("bind.selinux", TEXT),
    Field("bind.propagation", TEXT),
    Field("bind.create_host_path", BOOL),
    Field("bind.recursive", TEXT),
    Field("volume", OBJECT, keep=True),
    Field("volume.labels", TEXT_MAP, merge=join_sequences),
    Field("volume.nocopy", BOOL, cast=BOOL),
    Field("volume.subpath", TEXT),
    Field("tmpfs", OBJECT, keep=True),
    Field("tmpfs.size", BYTES),
    Field("tmpfs.mode", NATURAL),
    Field("image", OBJECT, keep=True),
    Field("image.subpath", TEXT),
)

HEALTHCHECK = (
    Field("", OBJECT, keep=True),
    Field("test", TEST, merge=replace),
    Field("timeout", DURATION, keep=True),
    Field("interval", DURATION, keep=True),
    Field("retries", NATURAL, cast=INT, keep=True),
    Field("start_period", DURATION, keep=True),
    Field("start_interval", DURATION, keep=True),
    Field("disable", BOOL, cast=BOOL),
)

DEVELOP = (
    Field("", OBJECT, keep=True),
    Field("watch", ITEMS),
    Field("watch.[]", OBJECT),
    Field("watch.[].path", TEXT, keep=True, anchor=anchor_watched),
    Field("watch.[].action", TEXT, keep=True),
    Field("watch.[].target", TEXT),
    Field("watch.[].exec", OBJECT, always='{"command": null}'),
    *under("watch.[].exec", HOOK),
    Field("watch.[].include", TEXTS, expand=as_list),
    Field("watch.[].ignore", TEXTS, expand=as_list),
    Field("watch.[].initial_sync", BOOL),
)
