"""Waiting for the end of a service that always restarts.

What it finds: `condition: service_completed_successfully` on a service that is started again whenever it ends:
    `restart: always` or `unless-stopped`, or a `deploy.restart_policy` with the condition `any`.
Why it matters: a service that is restarted never counts as completed, so the dependent service waits for ever.
Instead of:
    services:
      web:
        image: example/web:1.0
        depends_on:
          migrate:
            condition: service_completed_successfully
      migrate:
        image: example/migrate:1.0
        restart: always
Write:
    services:
      web:
        image: example/web:1.0
        depends_on:
          migrate:
            condition: service_completed_successfully
      migrate:
        image: example/migrate:1.0
        restart: on-failure
Fix: none; the restart policy or the condition may be the mistake.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import restart_policy
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK403", "completed-but-restarting", Severity.ERROR, "correctness", since="0.1")

_ENDLESS = frozenset({"always", "unless-stopped", "any"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, listed in ctx.having("depends_on"):
        for needed, entry in pairs(listed):
            condition = child(entry, "condition")
            target = ctx.services.get(needed)
            if condition is None or target is None or text(condition) != "service_completed_successfully":
                continue
            policy = restart_policy(target)
            if policy is not None and text(policy) in _ENDLESS:
                yield Hit(
                    condition.span,
                    "'{service}' waits until '{needed}' has completed, but '{needed}' restarts whenever it ends",
                    path=("services", name, "depends_on", needed, "condition"),
                    hint="use restart: on-failure or \"no\" for '{needed}'",
                    related=(Related(f"restart policy '{text(policy)}'", policy.span),),
                    service=name,
                    needed=needed,
                )
