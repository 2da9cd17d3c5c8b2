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
        file: ./db-root.txt
Fix: none; it has to be changed where it is used, too.
"""

import re
from collections.abc import Iterator

from composekit.lint.environment import variables
from composekit.lint.reading import has_variable
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK503", "literal-credential", Severity.WARNING, "security", since="0.1")

_NAME = re.compile(
    r"(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|SECRET_?KEY(?:_?BASE)?|PRIVATE_?KEY|ENCRYPTION_?KEY)"
    r"(?:_?\d+)?$",
    re.IGNORECASE,
)
_SWITCH = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled", "0", "1"})
_PLACEHOLDER = re.compile(
    r"^<.*>$|^\[.*\]$|^\{\{.*\}\}$|^(.)\1*$|^%.*%$"
    r"|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|with|this)?|your[-_ ]|my[-_ ]?(?:secret|password|token)"
    r"|^your|placeholder|example|xxx|to-?do|insert[-_ ]|dummy|redacted|fix-?me",
    re.IGNORECASE,
)
# Paths, and references that another program looks up.
_ELSEWHERE = re.compile(r"^(?:\.{0,2}/|[A-Za-z]:\\|~/|file:|env:|vault:|op://|arn:aws|ENC\[|secret://|\$)")


def check(ctx: LintContext) -> Iterator[Hit]:
    for variable in ctx.shared(variables):
        if not _NAME.search(variable.name) or not is_literal(variable.value) or has_variable(variable.span):
            continue
        yield Hit(
            variable.span,
            "'{name}' holds a credential that stands in the file",
            path=variable.path,
            hint="use a secret, or ${{{name}}} with the value in an env file that is not committed",
            name=variable.name,
        )


def is_literal(value: str) -> bool:
    """Tell whether a value can be the credential itself."""
    return value.lower() not in _SWITCH and not _PLACEHOLDER.search(value) and not _ELSEWHERE.match(value)
