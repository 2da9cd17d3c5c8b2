"""Logs that nobody can read.

What it finds: `logging` with the driver `none`.
Why it matters: `docker compose logs` shows nothing, and after a crash nobody knows why.
Instead of:
    services:
      web:
        image: nginx:1.27
        logging:
          driver: none
Write:
    services:
      web:
        image: nginx:1.27
        logging:
          driver: local
Fix: `none` becomes `local`, which keeps the last 100 MB; unsafe, as logs are kept then.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity

INFO = RuleInfo("CK607", "logs-thrown-away", Severity.WARNING, "reliability", since="0.1", profiles=STRICT_AND_HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, logging in ctx.having("logging"):
        node = child(logging, "driver")
        if node is not None and text(node) == "none":
            plain = node.span.text == "none"
            yield Hit(
                node.span,
                "the logs of '{service}' are thrown away",
                path=("services", name, "logging", "driver"),
                hint="use the driver local, which keeps the last 100 MB",
                fix=Fix("use the driver local", (Edit(node.span, "local"),), safe=False) if plain else None,
                service=name,
            )
