"""File of a secret or config that does not exist.

What it finds: a `file` of a top-level secret or config below the project's folder that does not exist, where a
    service uses it.
Why it matters: Compose refuses to start the services that use it.
Instead of:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        file: ./key.pem
Write:
    services:
      web:
        image: nginx:1.27
        secrets: [key]
    secrets:
      key:
        environment: TLS_KEY
Fix: none; the file is missing or its name is wrong.
"""

import os
from collections.abc import Iterator

from composekit.lint.reading import child, entries, has_variable, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK441", "object-file-missing", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for section, kind in (("secrets", "secret"), ("configs", "config")):
        used = {text(child(use, "source")) for one in ctx.services.values() for use in entries(one.get(section))}
        for name, body in ctx.section(section).items():
            node = body.get("file")
            if node is None or name not in used or os.path.exists(text(node)) or has_variable(node.span):
                continue
            if is_written(node.span) and not node.span.text.strip("\"'").startswith(("/", "~")):
                yield Hit(
                    node.span,
                    "the file of {kind} '{name}' does not exist",
                    path=(section, name, "file"),
                    hint="create it, or correct its name",
                    kind=kind,
                    name=name,
                )
