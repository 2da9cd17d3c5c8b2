"""Service that may use up all memory and is never ended.

What it finds: `oom_kill_disable: true`, or an `oom_score_adj` of -1000, on a service without a memory limit.
Why it matters: when memory runs out the kernel ends other programs, of the host too, until nothing is left but this
    one.
Instead of:
    services:
      db:
        image: postgres:17
        oom_kill_disable: true
Write:
    services:
      db:
        image: postgres:17
        oom_kill_disable: true
        mem_limit: 2g
Fix: none; only you know how much memory it needs.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, is_true, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK615", "out-of-memory-ignored", Severity.WARNING, "reliability", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for key in ("oom_kill_disable", "oom_score_adj"):
        for name, service, node in ctx.having(key):
            if text(service.get("mem_limit")) or text(child(service, "deploy", "resources", "limits", "memory")):
                continue
            if is_true(node) or text(node) == "-1000":
                yield Hit(
                    node.span,
                    "'{service}' may use up all memory and is never ended for it",
                    path=("services", name, key),
                    hint="set mem_limit, too",
                    service=name,
                    key=key,
                )
