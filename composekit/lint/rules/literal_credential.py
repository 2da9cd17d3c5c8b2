"""Credential written into the file.

What it finds: an environment variable whose name ends as credentials' names do (PASSWORD, SECRET, TOKEN, API_KEY,
    PRIVATE_KEY and the like), with a literal value. Left alone are values with a ${VARIABLE}, paths, switches such as
    "yes", placeholders such as <your-password>, changeme or xxx, and values that come from an env file.
Why it matters: a Compose file is committed, copied and pasted into questions; the credential goes with it.
Instead of:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD: hunter2
Write:
    services:
      db:
        image: mariadb:11
        environment:
          MARIADB_ROOT_PASSWORD_FILE: /run/secrets/db-root
        secrets: [db-root]
    secrets:
      db-root:
        environment: DB_ROOT_PASSWORD
Fix: none; it has to be changed where it is used, too.
"""

from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name, is_literal
from composekit.lint.environment import variables
from composekit.lint.reading import has_variable, matches_any
from composekit.lint.rule import Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK503",
    "literal-credential",
    Severity.WARNING,
    "security",
    since="0.1",
    settings=(Setting("allow", (), "names of variables that may have a literal value, as patterns"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    allowed = ctx.setting(INFO, "allow")
    for variable in ctx.shared(variables):
        if not is_credential_name(variable.name) or not is_literal(variable.value) or has_variable(variable.span):
            continue
        if matches_any(variable.name, allowed):
            continue
        yield Hit(
            variable.span,
            "'{name}' holds a credential that stands in the file",
            path=variable.path,
            hint="use a secret, or ${{{name}}} with the value in an env file that is not committed",
            name=variable.name,
        )
