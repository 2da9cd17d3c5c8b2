"""Secret file that every user of the machine can read.

What it finds: the `file` of a top-level secret that exists and is readable by everybody.
Why it matters: a secret is there to be read by one program. On a shared machine, every user and every other container
    with that folder reads it.
Instead of:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        file: ./compose.yaml
Write:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        environment: TLS_KEY
Fix: none; chmod 600 does it.
"""

import os
from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK532", "secret-file-readable", Severity.WARNING, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, body in ctx.section("secrets").items():
        node = body.get("file")
        if node is None or not is_written(node.span):
            continue
        try:
            mode = os.stat(text(node)).st_mode
        except (OSError, ValueError):
            continue
        if mode & 0o004:
            yield Hit(
                node.span,
                "every user of this machine can read the secret '{secret}'",
                path=("secrets", name, "file"),
                hint="chmod 600",
                secret=name,
            )
