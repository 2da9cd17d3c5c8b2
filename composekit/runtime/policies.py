"""A service's words about its life as the supervisor's: dependencies, restarts, stopping, logs."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from composekit.errors import BadValue
from composekit.model.service import Service
from composekit.supervise.spec import LogPolicy, Need, ProbeSpec, RestartPolicy
from composekit.values.quantity import parse_bytes

_SECOND = 1_000_000_000
_DEFAULT_GRACE = 10.0

_CONDITIONS = {
    "service_started": "started",
    "service_healthy": "healthy",
    "service_completed_successfully": "completed",
}
# What Docker Compose makes of deploy.restart_policy.condition on an engine without swarm.
_DEPLOY_CONDITIONS = {"none": "no", "on-failure": "on-failure", "any": "always", "": "always"}


def needs_of(service: Service, counts: Mapping[str, int]) -> tuple[Need, ...]:
    """Return what a service waits for; services that have no replica are not waited for."""
    needs = [
        Need(name, _CONDITIONS.get(one.condition, "started"), required=one.required, restart=one.restart)
        for name, one in service.depends_on.items()
        if counts.get(name)
    ]
    if service.network_mode.startswith("service:"):
        name = service.network_mode.removeprefix("service:")
        if name not in service.depends_on and counts.get(name):
            needs.append(Need(name))
    return tuple(needs)


def restart_policy(service: Service) -> RestartPolicy:
    """Return the policy; `restart` wins over `deploy.restart_policy`, as in Docker Compose."""
    if service.restart:
        name, _, attempts = service.restart.partition(":")
        return RestartPolicy(name, max_attempts=int(attempts) if attempts.isdigit() and int(attempts) else None)
    wanted = service.deploy.restart_policy if service.deploy is not None else None
    if wanted is None:
        return RestartPolicy()
    return RestartPolicy(
        _DEPLOY_CONDITIONS.get(wanted.condition, wanted.condition),
        max_attempts=wanted.max_attempts,
        delay_seconds=wanted.delay / _SECOND if wanted.delay else None,
        window_seconds=wanted.window / _SECOND if wanted.window else None,
    )


def grace_seconds(service: Service) -> float:
    period = service.stop_grace_period
    return _DEFAULT_GRACE if period is None else period / _SECOND


def log_policy(service: Service) -> LogPolicy:
    """Return how much output is kept, from the json-file driver's options; without them, all of it."""
    options = service.logging.options if service.logging is not None else {}
    try:
        most = parse_bytes(options["max-size"]) if options.get("max-size") else None
        files = int(options.get("max-file", "1"))
    except (BadValue, ValueError):
        return LogPolicy()
    return LogPolicy(most, max(files, 1))


def with_words(probe: ProbeSpec, change: Callable[[Sequence[str]], tuple[str, ...]]) -> ProbeSpec:
    """Return a probe with its command changed."""
    return dataclasses.replace(probe, argv=change(probe.argv))
