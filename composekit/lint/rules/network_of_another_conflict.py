"""Settings that a service cannot have on the network of another.

What it finds: `ports`, `expose`, `hostname`, `dns`, `extra_hosts` or `links` on a service whose
    `network_mode` is that of another service or container.
Why it matters: the engine refuses to create the container: "conflicting options". All of these belong to the network,
    and so to the other service.
Instead of:
    services:
      vpn:
        image: example/vpn:1.0
      web:
        image: nginx:1.27
        network_mode: service:vpn
        ports: ["8080:80"]
Write:
    services:
      vpn:
        image: example/vpn:1.0
        ports: ["8080:80"]
      web:
        image: nginx:1.27
        network_mode: service:vpn
Fix: none; the setting has to move to the other service.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK422", "network-of-another-conflict", Severity.ERROR, "correctness", since="0.1")

_KEYS = ("ports", "expose", "hostname", "dns", "extra_hosts", "links")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, mode in ctx.having("network_mode"):
        kind, _, other = text(mode).partition(":")
        if kind not in {"service", "container"}:
            continue
        for key in _KEYS:
            if key in service.key_spans and (entries(service.get(key)) or text(service.get(key))):
                yield Hit(
                    service.key_span(key),
                    "'{service}' cannot have '{key}': it uses the network of '{other}'",
                    path=("services", name, key),
                    hint="move it to '{other}'",
                    related=(Related(f"uses the network of '{other}'", mode.span),),
                    service=name,
                    key=key,
                    other=other,
                )
