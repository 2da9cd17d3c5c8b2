"""Mode that no swarm service has.

What it finds: a `deploy.mode` that is not replicated, global, replicated-job or global-job.
Why it matters: Compose does not read it, so the mistake shows in production only: `docker stack deploy` stops with
    "Unknown mode".
Instead of:
    services:
      web:
        image: nginx:1.27
        deploy:
          mode: replicate
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          mode: replicated
Fix: none; only you know which one was meant.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import SWARM, Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK795", "swarm-knows-no-such-mode", Severity.ERROR, "swarm", since="0.1", profiles=SWARM)

MODES = ("replicated", "global", "replicated-job", "global-job")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, deploy in ctx.having("deploy"):
        node = child(deploy, "mode")
        if node is not None and text(node) and text(node) not in MODES and is_written(node.span):
            yield Hit(
                node.span,
                "'{mode}' is not a mode of a service",
                path=("services", name, "deploy", "mode"),
                hint="write replicated, global, replicated-job or global-job",
                service=name,
                mode=text(node),
            )
