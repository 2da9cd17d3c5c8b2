"""Container name that the engine refuses.

What it finds: a `container_name` with other characters than letters, digits, `_`, `.` and `-`, or of one character
    only.
Why it matters: the engine refuses to create the container: "Invalid container name".
Instead of:
    services:
      web:
        image: nginx:1.27
        container_name: my web
Write:
    services:
      web:
        image: nginx:1.27
        container_name: my-web
Fix: none; others may know the container by its name.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import has_variable, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK434", "container-name-invalid", Severity.ERROR, "correctness", since="0.1")

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("container_name"):
        if text(node) and not _NAME.fullmatch(text(node)) and not has_variable(node.span):
            yield Hit(
                node.span,
                "'{container}' is not a container name",
                path=("services", name, "container_name"),
                hint="use two or more letters, digits, '_', '.' and '-', and begin with a letter or digit",
                container=text(node),
                service=name,
            )
