"""Fixed address given twice.

What it finds: the same `ipv4_address` or `ipv6_address` on one network for two services that may run together, or for
    a service of several replicas.
Why it matters: the second container does not start: "Address already in use".
Instead of:
    services:
      web:
        image: nginx:1.27
        networks:
          lan: {ipv4_address: 10.5.0.10}
      api:
        image: example/api:1.0
        networks:
          lan: {ipv4_address: 10.5.0.10}
    networks:
      lan:
        ipam:
          config: [{subnet: 10.5.0.0/24}]
Write:
    services:
      web:
        image: nginx:1.27
        networks:
          lan: {ipv4_address: 10.5.0.10}
      api:
        image: example/api:1.0
        networks:
          lan: {ipv4_address: 10.5.0.11}
    networks:
      lan:
        ipam:
          config: [{subnet: 10.5.0.0/24}]
Fix: none; only you know which address is free.
"""

from collections.abc import Iterator

from composekit.lint.addresses import Address, fixed_addresses
from composekit.lint.reading import child, number
from composekit.lint.rule import Hit, LintContext, RuleInfo, may_run_together
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK427", "address-used-twice", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    taken: dict[tuple[str, str], list[Address]] = {}
    for address in ctx.shared(fixed_addresses):
        service = ctx.services[address.service]
        scale = number(service.get("scale"))
        replicas = scale if scale is not None else number(child(service, "deploy", "replicas"))
        count = 1 if replicas is None else replicas
        if count == 0:
            continue
        earlier = taken.setdefault((address.network, str(address.ip)), [])
        other = next((one for one in earlier if may_run_together(ctx.services[one.service], service)), None)
        earlier.append(address)
        if other is None and count < 2:
            continue
        by = f"the {count} replicas of '{address.service}'" if other is None else f"'{other.service}', too"
        yield Hit(
            address.span,
            "{address} is given to {by}",
            path=address.path,
            hint="give each its own address, or leave it out and use the service's name",
            related=(Related("given here first", other.span),) if other is not None else (),
            address=str(address.ip),
            service=address.service,
            by=by,
        )
