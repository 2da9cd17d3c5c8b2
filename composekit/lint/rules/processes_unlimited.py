"""Service without limits of processors and processes.

What it finds: a service without `cpus` (or `deploy.resources.limits.cpus`), or without `pids_limit` (or the one below
    `deploy`).
Why it matters: a fork bomb or a busy loop in one service stops all others.
Instead of:
    services:
      web:
        image: nginx:1.27
        cpus: 1
Write:
    services:
      web:
        image: nginx:1.27
        cpus: 1
        pids_limit: 200
Fix: none; only you know how much it needs.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK531", "processes-unlimited", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        limits = child(service, "deploy", "resources", "limits")
        processors = text(child(limits, "cpus")) or text(service.get("cpus")) or text(service.get("cpu_quota"))
        processes = text(child(limits, "pids")) or text(service.get("pids_limit"))
        missing = [word for word, given in (("processors", processors), ("processes", processes)) if not given]
        if missing and "provider" not in service:
            yield Hit(
                name_span(ctx, name),
                "'{service}' has no limit of {missing}",
                path=("services", name),
                hint="set cpus and pids_limit",
                service=name,
                missing=" and ".join(missing),
            )
