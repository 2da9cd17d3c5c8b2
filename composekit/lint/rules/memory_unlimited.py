"""Service without a memory limit.

What it finds: a service without `mem_limit` and without `deploy.resources.limits.memory`.
Why it matters: one leak, or one request that is too large, takes the memory of all other services, and the kernel
    ends one of them.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        mem_limit: 256m
Fix: none; only you know how much it needs.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK530", "memory-unlimited", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        limit = child(service, "deploy", "resources", "limits", "memory")
        if text(service.get("mem_limit")) or text(limit) or "provider" in service:
            continue
        yield Hit(
            name_span(ctx, name),
            "'{service}' may take all memory of the host",
            path=("services", name),
            hint="set mem_limit or deploy.resources.limits.memory",
            service=name,
        )
