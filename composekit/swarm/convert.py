"""Project -> SwarmPlan: everything that a stack keeps is in the plan, and everything that it loses in the report."""

import re

from composekit.load.stack_row import Level
from composekit.model.project import Project
from composekit.model.record import Record
from composekit.model.service import Deploy, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping
from composekit.source.text import Span
from composekit.swarm.container import plan_container
from composekit.swarm.content_names import name_by_content
from composekit.swarm.image_template import NAMED_BY_TEMPLATE, ImageTemplate
from composekit.swarm.jobs import BECOMES_JOB, as_job, find_jobs
from composekit.swarm.losses import report_losses
from composekit.swarm.naming import IMAGE_LABEL, Naming
from composekit.swarm.networks import plan_attachments, plan_networks
from composekit.swarm.objects import ReadFile, plan_configs, plan_secrets, read_file
from composekit.swarm.plan import Driver, ServicePlan, SwarmPlan
from composekit.swarm.ports import plan_ports
from composekit.swarm.resources import plan_limits, plan_reservations
from composekit.swarm.rollout import plan_mode, plan_placement, plan_restart, plan_update

NAME_REFUSED = Problem(
    "CK799",
    Severity.WARNING,
    "a swarm refuses the name '{name}' for a service",
    "use at most 63 letters, digits, - and _, the last one a letter or digit",
)

# https://github.com/moby/swarmkit/blob/master/manager/controlapi/common.go: a name must be one part of a host name.
_SERVICE_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9])*", re.ASCII)


_NOT_BUILT = "CK712"
_NOT_AWAITED = ("CK714", "CK715")
_RESTARTED = "CK732"


class Choices(Record):
    """What a user may want otherwise than `docker stack deploy` has it.

    `images` names images that are built; `jobs` is one of `jobs.CHOICES`; `content_names` puts digests behind the
    names of configs and secrets; `waits` says that whoever creates the services keeps the order of `depends_on`.
    """

    images: ImageTemplate | None = None
    jobs: str = "none"
    content_names: bool = False
    waits: bool = False


def to_plan(
    project: Project, *, stack: str, report: Report, read: ReadFile = read_file, choices: Choices | None = None
) -> SwarmPlan:
    """Return what a project is as the stack of a name.

    Losses and mistakes go to the report; a report with errors means that the plan is not fit to be used. `read` reads
    the files of configs and secrets.
    """
    choices = choices or Choices()
    naming = Naming(stack, project.name)
    jobs = find_jobs(project, choices.jobs)

    def keeps(code: str, owner: str) -> bool:
        built = code == _NOT_BUILT and choices.images is not None
        return built or (code in _NOT_AWAITED and choices.waits) or (code == _RESTARTED and owner in jobs)

    report_losses(project.origin, report, keeps=keeps)
    # What a provider provides is no container; the losses say so.
    tasks = {name: service for name, service in project.services.items() if not has_provider(service)}
    if choices.images is not None:
        tasks = _named_images(tasks, project, choices.images, naming, report)
    project = project.with_values(services=tasks)
    services = [_plan_service(service, project, naming, report) for service in tasks.values()]
    services = [_plan_job(one, project, report) if one.key in jobs else one for one in services]
    plan = SwarmPlan(
        stack,
        plan_networks(project, naming),
        plan_secrets(project, naming, report, read),
        plan_configs(project, naming, report, read),
        tuple(sorted(services, key=lambda service: service.name)),
    )
    return name_by_content(plan) if choices.content_names else plan


def _named_images(
    services: dict[str, Service], project: Project, template: ImageTemplate, naming: Naming, report: Report
) -> dict[str, Service]:
    """Return the services with an image for each that is only built."""
    named = {}
    for name, service in services.items():
        if not service.image and service.build is not None:
            image = template.fill(project=project.name, service=name, stack=naming.stack)
            path = ("services", name, "build")
            span = service.key_span("build")
            report.add(NAMED_BY_TEMPLATE, span, path=path, level=Level.EMULATED.value, owner=name, image=image)
            named[name] = service.with_values(image=image)
        else:
            named[name] = service
    return named


def _plan_job(plan: ServicePlan, project: Project, report: Report) -> ServicePlan:
    job = as_job(plan)
    span, path = _name_span(project, plan.key), ("services", plan.key)
    report.add(BECOMES_JOB, span, path=path, level=Level.EMULATED.value, owner=plan.key, mode=job.mode.value)
    return job


def _name_span(project: Project, key: str) -> Span:
    """Return where a service's name stands."""
    services = project.origin.get("services") if isinstance(project.origin, Mapping) else None
    return services.key_span(key) if isinstance(services, Mapping) else project.span


def has_provider(service: Service) -> bool:
    return isinstance(service.origin, Mapping) and "provider" in service.origin


def _plan_service(service: Service, project: Project, naming: Naming, report: Report) -> ServicePlan:
    deploy = service.deploy or Deploy()
    container = plan_container(service, project, naming, report)
    mode, replicas = plan_mode(service, report)
    name = naming.scope(service.name)
    if len(name) > 63 or not _SERVICE_NAME.fullmatch(name):
        report.add(NAME_REFUSED, _name_span(project, service.name), name=name)
    return ServicePlan(
        service.name,
        name,
        container,
        labels={**naming.mark(deploy.labels), IMAGE_LABEL: container.image},
        log_driver=Driver(service.logging.driver, service.logging.options) if service.logging else None,
        limits=plan_limits(service, report),
        reservations=plan_reservations(service, report),
        restart=plan_restart(service, report),
        placement=plan_placement(service),
        networks=plan_attachments(service, project, naming),
        mode=mode,
        replicas=replicas,
        update=plan_update(deploy.update_config),
        rollback=plan_update(deploy.rollback_config),
        endpoint_mode=deploy.endpoint_mode.lower(),
        ports=plan_ports(service, report),
        needs={key: need.condition for key, need in service.depends_on.items() if key in project.services},
    )
