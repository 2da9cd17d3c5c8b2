"""Service that runs as root.

What it finds: `user: root`, `user: "0"` or the like.
Why it matters: root inside a container is root on the host wherever a wall has a hole, and owns every file it writes
    to a mounted folder.
Instead of:
    services:
      web:
        image: example/web:1.0
        user: root
Write:
    services:
      web:
        image: example/web:1.0
        user: "1000:1000"
Fix: none; the program's files have to belong to the user.
"""

from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK520", "user-is-root", Severity.INFO, "security", since="0.1", profiles=STRICT_AND_HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("user"):
        if text(node).partition(":")[0] in {"root", "0"}:
            yield Hit(
                node.span,
                "'{service}' runs as root",
                path=("services", name, "user"),
                hint="use another user",
                service=name,
            )
