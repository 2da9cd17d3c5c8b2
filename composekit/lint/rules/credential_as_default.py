"""Credential as the default of a variable.

What it finds: a `${NAME:-value}` whose name ends as those of credentials do, with a literal default.
Why it matters: where nobody sets the variable, everybody who has read the file knows the password, and nothing tells
    you.
Instead of:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD: ${DB_PASSWORD:-hunter2}
Write:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD: ${FROM_SHELL_PASSWORD:?set it in .env}
Fix: none; `${NAME:?message}` stops where the variable is not set.
"""

from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name, is_literal_or_placeholder
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.templates import variable_uses
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK527", "credential-as-default", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED
)


def check(ctx: LintContext) -> Iterator[Hit]:
    for use in ctx.shared(variable_uses):
        if use.operator not in {":-", "-"} or not is_credential_name(use.name) or not use.argument:
            continue
        if "$" not in use.argument and is_literal_or_placeholder(use.argument):
            yield Hit(
                use.span,
                "'{name}' has a default that everybody can read",
                path=use.path,
                hint="write ${{{name}:?}} to stop where it is not set",
                name=use.name,
            )
