"""Project without a name.

What it finds: a project none of whose files has a top-level `name`.
Why it matters: the folder's name is used instead. Renaming the folder, or cloning into another one, makes another
    project with empty volumes.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    name: shop
    services:
      web:
        image: nginx:1.27
Fix: none; only you know the name.
"""

from collections.abc import Iterator

from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK810", "project-without-name", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    if any("name" in document for document in ctx.own_documents):
        return
    for document in ctx.own_documents[:1]:
        if "services" in document.key_spans:
            yield Hit(
                document.key_span("services"),
                "the project has no name of its own",
                path=("name",),
                hint="add a top-level name",
            )
