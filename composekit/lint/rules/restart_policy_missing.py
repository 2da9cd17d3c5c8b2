"""Service that stays down.

What it finds: a service without `restart` and without `deploy.restart_policy`. Services that are meant to end, and
    those of a profile, are left alone.
Why it matters: after a crash, and after a restart of the machine, the service stays down until somebody notices.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        restart: unless-stopped
Fix: `restart: unless-stopped` is added; unsafe, as the service then starts with the machine.
"""

from collections.abc import Iterator

from composekit.lint.edits import add_key
from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT_AND_HOME, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span, one_shots
from composekit.source.diagnostic import Fix, Severity

INFO = RuleInfo("CK605", "restart-policy-missing", Severity.INFO, "reliability", since="0.1", profiles=STRICT_AND_HOME)


def check(ctx: LintContext) -> Iterator[Hit]:
    ending = ctx.shared(one_shots)
    for name, service in ctx.services.items():
        if name in ending or text(service.get("restart")) or child(service, "deploy", "restart_policy") is not None:
            continue
        edit = add_key(service, ("restart: unless-stopped",))
        yield Hit(
            name_span(ctx, name),
            "'{service}' stays down after a crash",
            path=("services", name, "restart"),
            hint="add restart: unless-stopped",
            fix=Fix("add restart: unless-stopped", (edit,), safe=False) if edit else None,
            service=name,
        )
