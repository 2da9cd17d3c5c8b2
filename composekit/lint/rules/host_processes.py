"""Service that sees the host's processes.

What it finds: `pid: host`.
Why it matters: the program sees every process of the host with its environment, where credentials stand, and may
    signal those of the same user. With root, or SYS_PTRACE, it has the host.
Instead of:
    services:
      agent:
        image: example/agent:1.0
        pid: host
Write:
    services:
      agent:
        image: example/agent:1.0
Fix: none; a monitoring agent may need it.
"""

from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import NOT_AT_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK508", "host-processes", Severity.WARNING, "security", since="0.1", profiles=NOT_AT_HOME)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("pid"):
        if text(node) == "host":
            yield Hit(
                node.span,
                "'{service}' sees the processes of the host, and their environment",
                path=("services", name, "pid"),
                hint="remove it unless the program watches the host",
                service=name,
            )
