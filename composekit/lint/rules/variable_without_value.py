"""Variable that is named without a value.

What it finds: a variable in a mapping such as `environment` with nothing behind the colon, which is not set for
    Compose.
Why it matters: it reads like an empty text but means "take it from the shell"; where that has none, the variable is
    not set at all.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          LOG_PREFIX:
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          LOG_PREFIX: ""
Fix: two quotes are put behind the colon; unsafe, as the variable is set then.
"""

from collections.abc import Iterator

from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.node import Mapping, is_null
from composekit.source.text import Span

INFO = RuleInfo("CK446", "variable-without-value", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, environment in ctx.written("environment"):
        if not isinstance(environment, Mapping):
            continue
        for key, node in environment.items.items():
            span = environment.key_span(key)
            if not is_null(node) or key in ctx.variables_at(span):
                continue
            behind = Span(span.source, span.end, span.end + 1)
            fix = Fix("make it empty", (Edit(behind, ': ""'),), safe=False)
            yield Hit(
                span,
                "'{key}' is taken from the shell, which has no such variable",
                path=("services", name, "environment", key),
                hint='write "" for an empty text',
                fix=fix if behind.text == ":" and not node.span.text.strip() else None,
                service=name,
                key=key,
            )
