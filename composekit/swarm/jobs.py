"""Services that do their work and end, as swarm jobs. A job is not restarted once it has completed."""

from composekit.model.project import Project
from composekit.model.service import Service
from composekit.source.diagnostic import Problem, Severity
from composekit.swarm.plan import Mode, RestartPlan, ServicePlan

COMPLETED = "service_completed_successfully"

CHOICES = ("none", "waited", "all")
"""Nothing; what others wait for to complete; that and every service that is never restarted."""

BECOMES_JOB = Problem("CK741", Severity.INFO, "'{owner}' runs once: it becomes a {mode}")

_JOB_OF = {Mode.REPLICATED: Mode.REPLICATED_JOB, Mode.GLOBAL: Mode.GLOBAL_JOB}


def find_jobs(project: Project, choice: str) -> frozenset[str]:
    """Return the keys of the services that become jobs; those that are jobs already are not among them."""
    if choice == "none":
        return frozenset()
    services = project.services
    found = {
        name
        for service in services.values()
        for name, need in service.depends_on.items()
        if need.condition == COMPLETED and name in services
    }
    if choice == "all":
        found |= {name for name, service in services.items() if _runs_once(service)}
    return frozenset(name for name in found if not _is_job(services[name]))


def _runs_once(service: Service) -> bool:
    """Tell whether a service says that it is not restarted; saying nothing is not saying that."""
    policy = service.deploy.restart_policy if service.deploy else None
    return policy.condition == "none" if policy is not None else service.restart == "no"


def _is_job(service: Service) -> bool:
    return service.deploy is not None and service.deploy.mode.endswith("-job")


def as_job(plan: ServicePlan) -> ServicePlan:
    """Return a service as the job that does the same work.

    swarmkit lets no job have an update or rollback configuration, nor be restarted when it has completed
    (https://github.com/moby/swarmkit/blob/master/manager/controlapi/service.go).
    """
    restart = plan.restart or RestartPlan()
    condition = "on-failure" if restart.condition == "on-failure" else "none"
    return plan.with_values(
        mode=_JOB_OF.get(plan.mode, plan.mode),
        restart=restart.with_values(condition=condition),
        update=None,
        rollback=None,
    )
