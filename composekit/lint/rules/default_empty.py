"""Variable with an empty default in a place that needs a value.

What it finds: `${NAME:-}` or `${NAME-}` for a variable that is not set, as the whole value of an `image`, a port, a
    volume, or of an environment variable whose name ends as those of credentials do.
Why it matters: the empty default silences the warning, and the program gets an empty text: a database without a
    password, a token that matches nothing.
Instead of:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD: ${DB_PASSWORD:-}
Write:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD: ${FROM_SHELL_PASSWORD:?}
Fix: none; `${NAME:?}` stops with an error instead.
"""

from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.templates import variable_uses
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK448", "default-empty", Severity.INFO, "correctness", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for use in ctx.shared(variable_uses):
        if use.operator not in {":-", "-"} or use.argument or ctx.variables_at(use.span).get(use.name):
            continue
        written = str(use.node.value)
        key = str(use.path[-1]) if isinstance(use.path[-1], str) else written.partition("=")[0]
        whole = written.partition("=")[2] if isinstance(use.path[-1], int) and "=" in written else written
        if whole == f"${{{use.name}{use.operator}}}" and ("environment" in use.path) and is_credential_name(key):
            yield Hit(
                use.span,
                "'{key}' is empty where '{name}' is not set",
                path=use.path,
                hint="write ${{{name}:?}} to stop instead",
                key=key,
                name=use.name,
            )
