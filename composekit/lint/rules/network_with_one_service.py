"""Network that leads nowhere.

What it finds: a network of the project that only one service is on, where that service is on no other network with
    others, publishes no port, and the network is not made outside of the project.
Why it matters: nobody reaches the service and it reaches nobody of the project. More often than not the other side
    was forgotten.
Instead of:
    services:
      web:
        image: example/web:1.0
      cache:
        image: redis:7.4
        networks: [back]
    networks:
      back:
Write:
    services:
      web:
        image: example/web:1.0
        networks: [default, back]
      cache:
        image: redis:7.4
        networks: [back]
    networks:
      back:
Fix: none; only you know who should be on it.
"""

from collections.abc import Iterator

from composekit.lint.links import is_external, networks_of
from composekit.lint.ports import published_ports
from composekit.lint.reading import entries
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import one_shots
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK458", "network-with-one-service", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    users: dict[str, list[str]] = {}
    for name, service in ctx.services.items():
        for network in networks_of(ctx, service) or ():
            users.setdefault(network, []).append(name)
    published = {port.service for port in ctx.shared(published_ports)}
    ending = ctx.shared(one_shots)
    for name, service in ctx.services.items() if len(ctx.services) > 1 else ():
        networks = networks_of(ctx, service)
        if not networks or name in published or name in ending or entries(service.get("ports")):
            continue
        if any(len(users[network]) > 1 or is_external(ctx, network) for network in networks):
            continue
        written = service.get("networks")
        for network in sorted(networks):
            if isinstance(written, Mapping) and network in written.key_spans:
                yield Hit(
                    written.key_span(network),
                    "nobody but '{service}' is on network '{network}'",
                    path=("services", name, "networks", network),
                    hint="let those join it that should reach '{service}'",
                    service=name,
                    network=network,
                )
