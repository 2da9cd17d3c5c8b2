"""Several replicas behind one fixed host port.

What it finds: `scale` or `deploy.replicas` above one on a service that publishes a fixed host port, or a range with
    fewer ports than replicas. A project made for swarm is left alone, as swarm balances a published port over the
    replicas: one that has placement, update or rollback settings, a global mode or an endpoint mode in a `deploy`, an
    overlay network, or a file with `stack` or `swarm` in its name.
Why it matters: Compose starts the replicas as separate containers; only the first gets the port, the others fail.
Instead of:
    services:
      worker:
        image: example/worker:1.0
        scale: 3
        ports: ["8080:8080"]
Write:
    services:
      worker:
        image: example/worker:1.0
        scale: 3
        ports: ["8080-8082:8080"]
Fix: none; a range, a free port or a proxy in front are all possible.
"""

import os
from collections.abc import Iterator

from composekit.lint.ports import Published, published_ports
from composekit.lint.reading import child, number, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping, Node

INFO = RuleInfo("CK404", "replicas-with-host-port", Severity.ERROR, "correctness", since="0.1")

_SWARM_KEYS = ("placement", "update_config", "rollback_config", "endpoint_mode")


def check(ctx: LintContext) -> Iterator[Hit]:
    if ctx.shared(is_for_swarm):
        return
    for port in ctx.shared(published_ports):
        count = _replicas(ctx.services[port.service])
        replicas = number(count) or 1
        if count is not None and replicas > port.last - port.first + 1:
            yield _hit(port, count, replicas)


def is_for_swarm(ctx: LintContext) -> bool:
    """Tell whether a project uses what only swarm understands, or says in its files' names what it is for."""
    files = [os.path.basename(document.span.source.name).lower() for document in ctx.own_documents]
    if any("stack" in name or "swarm" in name for name in files):
        return True
    if any(text(network.get("driver")) == "overlay" for network in ctx.section("networks").values()):
        return True
    for service in ctx.services.values():
        deploy = service.get("deploy")
        if any(child(deploy, key) is not None for key in _SWARM_KEYS) or text(child(deploy, "mode")) == "global":
            return True
    return False


def _replicas(service: Mapping) -> Node | None:
    scale = service.get("scale")
    return scale if scale is not None else child(service, "deploy", "replicas")


def _hit(port: Published, count: Node, replicas: int) -> Hit:
    shown = f"host port {port.first}" if port.is_fixed else f"host ports {port.first}-{port.last}"
    return Hit(
        port.span,
        "{replicas} replicas of '{service}' cannot share {shown}",
        path=port.path,
        hint="publish a range such as {first}-{last}, or leave the host port out to let one be chosen for each",
        related=(Related(f"{replicas} replicas", count.span),),
        replicas=replicas,
        service=port.service,
        shown=shown,
        first=port.first,
        last=port.first + replicas - 1,
    )
