"""Working directory that is not absolute.

What it finds: a `working_dir` that does not begin with a slash (or a drive, on Windows).
Why it matters: the engine refuses to create the container: "the working directory is invalid, it needs to be an
    absolute path".
Instead of:
    services:
      web:
        image: node:22
        working_dir: app
Write:
    services:
      web:
        image: node:22
        working_dir: /app
Fix: none; only the image knows what it may be relative to.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import has_variable, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK436", "working-dir-relative", Severity.ERROR, "correctness", since="0.1")

_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("working_dir"):
        if text(node) and not _ABSOLUTE.match(text(node)) and not has_variable(node.span):
            yield Hit(
                node.span,
                "'{directory}' is not an absolute path",
                path=("services", name, "working_dir"),
                hint="begin it with '/'",
                directory=text(node),
                service=name,
            )
