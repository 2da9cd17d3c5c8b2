"""Project -> SwarmPlan: everything that a stack keeps is in the plan, and everything that it loses in the report."""

import dataclasses
import re

from composekit.model.project import Project
from composekit.model.service import Deploy, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping
from composekit.source.text import Span
from composekit.swarm.container import plan_container
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
_SERVICE_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*", re.ASCII)


def to_plan(project: Project, *, stack: str, report: Report, read: ReadFile = read_file) -> SwarmPlan:
    """Return what a project is as the stack of a name.

    Losses and mistakes go to the report; a report with errors means that the plan is not fit to be used. `read` reads
    the files of configs and secrets.
    """
    naming = Naming(stack, project.name)
    report_losses(project.origin, report)
    # What a provider provides is no container; the losses say so.
    tasks = {name: service for name, service in project.services.items() if not has_provider(service)}
    project = dataclasses.replace(project, services=tasks)
    services = (_plan_service(service, project, naming, report) for service in project.services.values())
    return SwarmPlan(
        stack,
        plan_networks(project, naming),
        plan_secrets(project, naming, report, read),
        plan_configs(project, naming, report, read),
        tuple(sorted(services, key=lambda service: service.name)),
    )


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
    )
