"""Variable with two different defaults.

What it finds: a `${NAME:-default}` that has another default elsewhere in the project.
Why it matters: where the variable is not set, two parts of the project disagree: the database is created with one
    password and the program logs in with another.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DB_NAME: ${DB_NAME:-app}
      db:
        image: postgres:17
        environment:
          POSTGRES_DB: ${DB_NAME:-postgres}
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DB_NAME: ${DB_NAME:-app}
      db:
        image: postgres:17
        environment:
          POSTGRES_DB: ${DB_NAME:-app}
Fix: none; only you know which default is right.
"""

from collections.abc import Iterator

from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.templates import VariableUse, variable_uses
from composekit.source.diagnostic import Related, Severity

INFO = RuleInfo("CK449", "defaults-differ", Severity.WARNING, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    first: dict[str, VariableUse] = {}
    for use in ctx.shared(variable_uses):
        if use.operator not in {":-", "-"} or not use.argument:
            continue
        known = first.setdefault(use.name, use)
        if known.argument != use.argument:
            yield Hit(
                use.span,
                "'{name}' is '{default}' by default here and '{other}' elsewhere",
                path=use.path,
                hint="use one default, or set the variable in .env",
                related=(Related("the other default", known.span),),
                name=use.name,
                default=use.argument,
                other=known.argument,
            )
