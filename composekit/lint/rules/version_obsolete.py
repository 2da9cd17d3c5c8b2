"""The key `version`.

What it finds: a top-level `version`.
Why it matters: Compose does not read it and warns about it on every run. The features of a file do not depend on it.
Instead of:
    version: "3.8"
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
Fix: the line is removed.
"""

from collections.abc import Iterator

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.text import Span

INFO = RuleInfo("CK451", "version-obsolete", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        node = document.get("version")
        if node is None:
            continue
        key = document.key_span("version")
        whole = Span(key.source, key.start, node.span.end)
        yield Hit(
            key,
            "'version' is obsolete",
            path=("version",),
            hint="remove it",
            fix=Fix("remove the line", (remove_lines(whole),)) if is_alone(whole) else None,
        )
