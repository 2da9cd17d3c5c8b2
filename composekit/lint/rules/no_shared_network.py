"""Service addressed by one that shares no network with it.

What it finds: a host name in a variable's value or a command that is another service of the project, where the two
    have no network in common and the host has no other way to resolve. Services that use the network of the host or
    of another container are left alone.
Why it matters: names resolve only on a shared network. The program fails when it first connects, with a name that
    looks right.
Instead of:
    services:
      web:
        image: example/web:1.0
        networks: [front]
        environment:
          DB_HOST: db
      db:
        image: postgres:17
        networks: [back]
    networks:
      front:
      back:
Write:
    services:
      web:
        image: example/web:1.0
        networks: [front, back]
        environment:
          DB_HOST: db
      db:
        image: postgres:17
        networks: [back]
    networks:
      front:
      back:
Fix: none; only you know which of the two should join the other.
"""

from collections.abc import Iterator

from composekit.lint.environment import host_uses
from composekit.lint.links import is_external, names_of, networks_of
from composekit.lint.reading import entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import name_span, one_shots
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK409", "no-shared-network", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    names = ctx.shared(names_of)
    for use in ctx.shared(host_uses):
        service, other = ctx.services[use.variable.service], ctx.services.get(use.host)
        mine, theirs = networks_of(ctx, service), networks_of(ctx, other) if other is not None else None
        if mine is None or theirs is None or use.host == use.variable.service or mine & theirs:
            continue
        if any(use.host in names.get(network, {}) for network in mine) or _is_told(service, use.host):
            continue
        if use.variable.name in {"command", "entrypoint"} and use.variable.service in ctx.shared(one_shots):
            continue  # it may store the settings of another service, with names that are right for that one
        if any(is_external(ctx, network) for network in mine) and any(is_external(ctx, network) for network in theirs):
            continue  # outside of this project they may be the same network
        yield Hit(
            use.span,
            "'{service}' cannot reach '{host}': they share no network",
            path=use.variable.path,
            hint="let both join one network",
            related=(Related(f"'{use.host}' is defined here", name_span(ctx, use.host)),),
            service=use.variable.service,
            host=use.host,
        )


def _is_told(service: Mapping, host: str) -> bool:
    """Tell whether a service has its own entry for a host name."""
    told = [text(entry) for key in ("extra_hosts", "links", "external_links") for entry in entries(service.get(key))]
    return any(host in entry.replace("=", ":").split(":") for entry in told)
