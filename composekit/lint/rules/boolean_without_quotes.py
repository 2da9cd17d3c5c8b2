"""Boolean without quotes in the environment.

What it finds: `true` or `false` without quotes as the value of an environment variable.
Why it matters: environment variables are texts. Compose writes `true`, but other tools refuse a boolean there or
    write `True`.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DEBUG: true
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DEBUG: "true"
Fix: quotes are put around the value, where it is written in lower case.
"""

from collections.abc import Iterator

from composekit.lint.edits import quote
from composekit.lint.reading import child, pairs
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Scalar

INFO = RuleInfo("CK457", "boolean-without-quotes", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        services = document.get("services")
        for name, service in pairs(services):
            for key, node in pairs(child(service, "environment")):
                if services is not None and isinstance(node, Scalar) and isinstance(node.value, bool):
                    # What an alias brings from below an x- key stays a boolean there.
                    here = services.span.start <= node.span.start < services.span.end
                    same = here and node.span.text in {"true", "false"}
                    yield Hit(
                        node.span,
                        "'{key}' is a boolean, where a text is meant",
                        path=("services", name, "environment", key),
                        hint="put it in quotes",
                        fix=Fix("put the value in quotes", (quote(node.span),)) if same else None,
                        service=name,
                        key=key,
                    )
