"""Variable that is one letter away from one that is set.

What it finds: a `${NAME}` that is not set and has no default, where a variable that is set, or that the files use
    several times, differs from it by one letter.
Why it matters: Compose puts an empty text there and goes on.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          SHELL_SECRET: ${FROM_SHELL_PASWORD}
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          SHELL_SECRET: ${FROM_SHELL_PASSWORD:-}
Fix: none; the other name may be the one that is misspelt.
"""

from collections.abc import Iterator

from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.rules.host_name_misspelt import is_one_letter_away
from composekit.lint.templates import variable_uses
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK439", "variable-misspelt", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    used = ctx.shared(variable_uses)
    unset = [use for use in used if not use.operator and use.name not in ctx.variables_at(use.span)]
    defaulted = {use.name for use in used if use.operator}
    nearest: dict[tuple[str, int], str | None] = {}
    for use in unset:
        scope = ctx.variables_at(use.span)
        asked = (use.name, id(scope))
        if asked not in nearest:
            known = {*scope, *defaulted}
            nearest[asked] = min((name for name in known if is_one_letter_away(use.name, name)), default=None)
        meant = nearest[asked]
        if meant is not None:
            yield Hit(
                use.span,
                "'{name}' is not set",
                path=use.path,
                hint="did you mean '{meant}'?",
                name=use.name,
                meant=meant,
            )
