"""Published ports. A swarm publishes them on every node; there is no address to bind to."""

from composekit.model.service import Port, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.swarm.plan import PortPlan

BAD_PORT = Problem("CK793", Severity.ERROR, "'{published}' is not a port or a range of ports")


def plan_ports(service: Service, report: Report) -> tuple[PortPlan, ...]:
    """Return one port for each published one, ranges taken apart, in the order of published ports."""
    plans: dict[PortPlan, None] = {}
    for port in service.ports:
        for published in _published(port, report):
            # A swarm of two equal ports would refuse the service; Compose takes the second for the first.
            plans[PortPlan(port.target, published, _said(port, "protocol"), _said(port, "mode"))] = None
    return tuple(sorted(plans, key=lambda plan: plan.published))


def _published(port: Port, report: Report) -> range | tuple[int]:
    if not port.published:
        return (0,)
    first, dash, last = port.published.partition("-")
    if first.isdigit() and (last.isdigit() if dash else True):
        ports = range(int(first), int(last if dash else first) + 1)
        if ports and ports[-1] <= 0xFFFF:
            return ports
    report.add(BAD_PORT, port.value_span("published"), published=port.published)
    return (0,)


def _said(port: Port, key: str) -> str:
    """Return what a port says of its protocol or mode; empty when a port in long form leaves it to the engine.

    The canonical form has filled in the default. It is the engine's default too, but `docker stack deploy` sends it
    only for ports in short form.
    """
    value: str = getattr(port, key)
    in_long_form = port.key_span("target") is not port.span
    return "" if in_long_form and port.key_span(key) is port.span else value
