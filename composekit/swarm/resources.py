"""Limits and reservations, those from outside `deploy` included."""

from composekit.model.service import Resource, Resources, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.swarm.plan import Limits, Reservations

TOO_PRECISE = Problem(
    "CK794", Severity.ERROR, "'{cpus}' processors cannot be counted in billionths", "write at most nine decimals"
)

_BILLION = 1_000_000_000
_SURE = 1_000_000
"""Below it, no two numbers with nine decimals are the same float."""


def plan_limits(service: Service, report: Report) -> Limits | None:
    """Return the limits; `cpus`, `mem_limit` and `pids_limit` count where `deploy` is silent."""
    declared = _resources(service).limits
    if declared is None and not (service.cpus or service.mem_limit or service.pids_limit):
        return None
    limits = declared or Resource()
    cpus = limits.cpus or service.cpus
    # A negative pids_limit is Docker's way to say unlimited, and so is a swarm's 0.
    pids = limits.pids or max(service.pids_limit, 0)
    return Limits(_nano(cpus, service, report), limits.memory or service.mem_limit, pids)


def plan_reservations(service: Service, report: Report) -> Reservations | None:
    """Return the reservations; `mem_reservation` counts where `deploy` is silent."""
    declared = _resources(service).reservations
    if declared is None and not service.mem_reservation:
        return None
    wanted = declared or Resource()
    generic = tuple(
        (one.discrete_resource_spec.kind, one.discrete_resource_spec.value)
        for one in wanted.generic_resources
        if one.discrete_resource_spec
    )
    return Reservations(_nano(wanted.cpus, service, report), wanted.memory or service.mem_reservation, generic)


def _resources(service: Service) -> Resources:
    return service.deploy.resources if service.deploy else Resources()


def _nano(cpus: float, service: Service, report: Report) -> int:
    """Return billionths of a processor, from the decimal digits and not from their binary neighbour."""
    nearest = round(cpus * _BILLION)
    if nearest / _BILLION == cpus and abs(cpus) < _SURE:
        return nearest
    from decimal import Decimal

    exact = Decimal(repr(cpus)) * _BILLION
    if exact != exact.to_integral_value():
        report.add(TOO_PRECISE, service.key_span("deploy"), cpus=cpus)
    return int(exact)
