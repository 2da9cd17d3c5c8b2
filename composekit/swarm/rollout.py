"""How many tasks run, where, and what happens when they end or change: mode, placement, restarts, updates."""

from composekit.model.service import Deploy, Placement, Service, UpdateConfig
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.swarm.plan import Mode, PlacementPlan, RestartPlan, UpdatePlan

UNKNOWN_MODE = Problem(
    "CK795",
    Severity.ERROR,
    "'{mode}' is not a mode of a service",
    "write replicated, global, replicated-job or global-job",
)
UNKNOWN_RESTART = Problem(
    "CK796",
    Severity.ERROR,
    "'{restart}' is not a restart policy",
    "write no, always, unless-stopped, on-failure or on-failure:3",
)


def plan_mode(service: Service, report: Report) -> tuple[Mode, int | None]:
    """Return the kind of service and its replicas, `None` for the default and for one task on every node."""
    deploy = service.deploy or Deploy()
    try:
        mode = Mode(deploy.mode or "replicated")
    except ValueError:
        report.add(UNKNOWN_MODE, deploy.value_span("mode"), mode=deploy.mode)
        mode = Mode.REPLICATED
    if mode in (Mode.GLOBAL, Mode.GLOBAL_JOB):
        return mode, None
    return mode, service.scale if service.scale is not None else deploy.replicas


def plan_placement(service: Service) -> PlacementPlan:
    placement = service.deploy.placement if service.deploy else Placement()
    return PlacementPlan(
        placement.constraints,
        tuple(preference.spread for preference in placement.preferences),
        placement.max_replicas_per_node,
    )


def plan_restart(service: Service, report: Report) -> RestartPlan | None:
    """Return `deploy.restart_policy`, else what `restart` stands for.

    `None` is what `docker stack deploy` makes of `restart: "no"` as well as of nothing, and the engine then restarts
    always.
    """
    policy = service.deploy.restart_policy if service.deploy else None
    if policy is not None:
        return RestartPlan(policy.condition, policy.delay, policy.max_attempts, policy.window)
    name, _, attempts = service.restart.partition(":")
    match name:
        case "" | "no":
            return None
        case "always" | "unless-stopped":
            return RestartPlan("any")
        case "on-failure" if not attempts or attempts.isdigit():
            return RestartPlan("on-failure", max_attempts=int(attempts or "0"))
    report.add(UNKNOWN_RESTART, service.value_span("restart"), restart=service.restart)
    return None


def plan_update(config: UpdateConfig | None) -> UpdatePlan | None:
    """Return how tasks are replaced; one at a time unless the file says otherwise."""
    if config is None:
        return None
    return UpdatePlan(
        1 if config.parallelism is None else config.parallelism,
        config.delay,
        config.failure_action,
        config.monitor,
        config.max_failure_ratio,
        config.order,
    )
