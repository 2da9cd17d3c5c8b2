"""Build context or Dockerfile that does not exist.

What it finds: a `build.context` that is a path of this machine and does not exist, and a context without its
    Dockerfile.
Why it matters: the build fails, and with it the first `up` on a machine that does not have the image.
Instead of:
    services:
      web:
        build: ./wbe
Write:
    services:
      web:
        build:
          context: .
          dockerfile_inline: |
            FROM nginx:1.27
Fix: none; the folder is missing or its name is wrong.
"""

import os
from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping
from composekit.source.text import Span

INFO = RuleInfo("CK442", "build-context-missing", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, build in ctx.having("build"):
        context = child(build, "context")
        if not isinstance(build, Mapping) or context is None or not text(context).startswith("/"):
            continue
        span = context.span if "\n" not in context.span.text and is_written(context.span) else service.key_span("build")
        if not os.path.isdir(text(context)):
            yield Hit(
                span,
                "the build context of '{service}' does not exist",
                path=("services", name, "build", "context"),
                hint="create the folder, or correct its name",
                service=name,
            )
        elif "dockerfile_inline" not in build:
            yield from _dockerfile(name, build, text(context), span)


def _dockerfile(service: str, build: Mapping, context: str, span: Span) -> Iterator[Hit]:
    node = build.get("dockerfile")
    written = text(node) or "Dockerfile"
    if "://" in written or os.path.exists(os.path.join(context, written)):
        return
    yield Hit(
        node.span if node is not None and "dockerfile" in build.key_spans else span,
        "the build context of '{service}' has no '{file}'",
        path=("services", service, "build", "dockerfile"),
        hint="create it, or name another with 'dockerfile'",
        service=service,
        file=written,
    )
