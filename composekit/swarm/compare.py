"""Two specs of a service, field by field: what the engine fills in is no difference, and ids are names.

Defaults are those of swarmkit (https://github.com/moby/swarmkit/blob/master/api/defaults/service.go).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

HIDDEN = "(hidden)"

_DEFAULTS: dict[tuple[str, ...], Any] = {
    ("TaskTemplate", "ContainerSpec", "Isolation"): "default",
    ("TaskTemplate", "ContainerSpec", "StopGracePeriod"): 10_000_000_000,
    ("TaskTemplate", "Runtime"): "container",
    ("TaskTemplate", "RestartPolicy", "Condition"): "any",
    ("TaskTemplate", "RestartPolicy", "Delay"): 5_000_000_000,
    ("UpdateConfig", "FailureAction"): "pause",
    ("UpdateConfig", "Monitor"): 5_000_000_000,
    ("UpdateConfig", "Order"): "stop-first",
    ("RollbackConfig", "FailureAction"): "pause",
    ("RollbackConfig", "Monitor"): 5_000_000_000,
    ("RollbackConfig", "Order"): "stop-first",
    ("EndpointSpec", "Mode"): "vip",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field; `before` or `after` is `None` when the field is not there. `drift` was not done by a deploy."""

    path: str
    before: Any
    after: Any
    drift: bool = False


def settled(spec: Json, network_names: Mapping[str, str]) -> Json:
    """Return a spec in the form in which two can be compared."""
    spec = {key: value for key, value in spec.items() if key != "Mode"} | {"Mode": _mode(spec.get("Mode") or {})}
    template = dict(spec.get("TaskTemplate") or {})
    container = dict(template.get("ContainerSpec") or {})
    for kind in ("Secret", "Config"):
        container[f"{kind}s"] = {
            _use_name(one, kind): _without(one, f"{kind}ID") for one in container.get(f"{kind}s") or ()
        }
    container["Env"] = dict(_variable(one) for one in container.get("Env") or ())
    container["Mounts"] = {one.get("Target", ""): one for one in container.get("Mounts") or ()}
    template["ContainerSpec"] = container
    template["Networks"] = {
        network_names.get(one["Target"], one["Target"]): _without(one, "Target") | {"Attached": "yes"}
        for one in template.get("Networks") or ()
    }
    template["Placement"] = _without(template.get("Placement") or {}, "Platforms")
    template = _without(template, "ForceUpdate")
    endpoint = dict(spec.get("EndpointSpec") or {})
    endpoint["Ports"] = {_port_name(one): one.get("PublishMode") or "ingress" for one in endpoint.get("Ports") or ()}
    tidied = _tidied({**spec, "TaskTemplate": template, "EndpointSpec": endpoint}, ())
    return tidied if isinstance(tidied, dict) else {}


def compare(before: Json, after: Json) -> list[Change]:
    """Return the fields in which two settled specs differ, in the order of their names.

    Values of environment variables are not told: passwords are among them.
    """
    return [
        Change(path, HIDDEN, HIDDEN)
        if ".Env." in path and old is not None and new is not None
        else _shown(path, old, new)
        for path, old, new in _differences(before, after, "")
    ]


def _shown(path: str, old: Any, new: Any) -> Change:
    if ".Env." in path:
        return Change(path, None if old is None else HIDDEN, None if new is None else HIDDEN)
    return Change(path, old, new)


def _differences(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from _differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, dict) and after is None:
        for key in sorted(before):
            yield from _differences(before[key], None, f"{path}.{key}" if path else key)
    elif isinstance(after, dict) and before is None:
        for key in sorted(after):
            yield from _differences(None, after[key], f"{path}.{key}" if path else key)
    else:
        yield path, before, after


def _tidied(value: Any, path: tuple[str, ...]) -> Any:
    """Return a value without what means nothing; `None` when nothing is left."""
    if isinstance(value, dict):
        members = {key: _tidied(item, (*path, key)) for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not None} or None
    if isinstance(value, list):
        return [_tidied(item, path) for item in value] or None
    if path in _DEFAULTS and value == _DEFAULTS[path]:
        return None
    if value is None or value == "":
        return None
    if not value and not _means_something(path):
        return None
    return value


def _means_something(path: tuple[str, ...]) -> bool:
    """Tell whether the zero of a member is another thing than its absence."""
    if path[:2] == ("TaskTemplate", "RestartPolicy"):
        return path[-1] == "Delay"
    if path[0] in ("UpdateConfig", "RollbackConfig"):
        return path[-1] == "Parallelism"
    return path[-1] in ("Init", "Replicas")


def _mode(mode: Json) -> Json:
    """Return the kind of a service and its numbers under names of their own."""
    for kind, word in (
        ("Replicated", "replicated"),
        ("Global", "global"),
        ("ReplicatedJob", "replicated-job"),
        ("GlobalJob", "global-job"),
    ):
        if kind in mode and mode[kind] is not None:
            numbers = dict(mode[kind])
            if kind == "Replicated":
                numbers = {"Replicas": 1 if numbers.get("Replicas") is None else numbers["Replicas"]}
            elif kind == "ReplicatedJob":
                most = numbers.get("MaxConcurrent")
                numbers = {"MaxConcurrent": 1 if most is None else most} | {
                    "TotalCompletions": numbers.get("TotalCompletions") or (1 if most is None else most)
                }
            return {"Kind": word, **numbers}
    return {"Kind": "replicated", "Replicas": 1}


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    return name, value + ("=" if equals else "")


def _use_name(use: Json, kind: str) -> str:
    """Return what tells a service's uses apart: the file, for the name of a config changes with its content."""
    return str((use.get("File") or {}).get("Name") or use.get(f"{kind}Name", ""))


def _port_name(port: Json) -> str:
    return f"{port.get('PublishedPort') or ''}->{port.get('TargetPort')}/{port.get('Protocol') or 'tcp'}"


def _without(value: Json, *keys: str) -> Json:
    return {key: item for key, item in value.items() if key not in keys}
