"""Restart policy that restarts nothing.

What it finds: a `deploy.restart_policy` without a `condition`, in a project that is not made for swarm.
Why it matters: in swarm a missing condition means `any`. Compose takes it for no restarts at all, whatever `restart`
    says.
Instead of:
    services:
      web:
        image: nginx:1.27
        deploy:
          restart_policy:
            max_attempts: 3
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          restart_policy:
            condition: on-failure
            max_attempts: 3
Fix: `condition: any` is added, the default of the specification; unsafe, as the service is restarted then.
"""

from collections.abc import Iterator

from composekit.lint.edits import add_key
from composekit.lint.reading import child, text
from composekit.lint.rule import NOT_IN_SWARM, Hit, LintContext, RuleInfo
from composekit.lint.rules.replicas_with_host_port import is_for_swarm
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Mapping

INFO = RuleInfo(
    "CK444", "restart-policy-without-condition", Severity.WARNING, "correctness", since="0.1", profiles=NOT_IN_SWARM
)


def check(ctx: LintContext) -> Iterator[Hit]:
    if ctx.shared(is_for_swarm):
        return
    for name, _, deploy in ctx.having("deploy"):
        policy = child(deploy, "restart_policy")
        if not isinstance(deploy, Mapping) or not isinstance(policy, Mapping) or text(policy.get("condition")):
            continue
        edit = add_key(policy, ("condition: any",))
        yield Hit(
            deploy.key_span("restart_policy"),
            "'{service}' is never restarted: the policy has no condition",
            path=("services", name, "deploy", "restart_policy"),
            hint="add a condition: any, on-failure or none",
            fix=Fix("add condition: any", (edit,), safe=False) if edit else None,
            service=name,
        )
