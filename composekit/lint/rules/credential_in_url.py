"""Password inside a URL.

What it finds: a URL in an environment variable with a user and a literal password, where the variable's own name does
    not say that it is a credential. Left alone are passwords with a ${VARIABLE} and placeholders.
Why it matters: a Compose file is committed, copied and pasted into questions; the password goes with it. Programs
    print such URLs into their logs, too.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app:hunter2@db/app
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app:${FROM_SHELL_PASSWORD}@db/app
Fix: none; the password has to be changed where it is used, too.
"""

from collections.abc import Iterator

from composekit.lint.credentials import is_credential_name, url_passwords
from composekit.lint.environment import variables
from composekit.lint.reading import narrow
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK523", "credential-in-url", Severity.WARNING, "security", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for variable in ctx.shared(variables):
        if "://" not in variable.value or is_credential_name(variable.name):
            continue
        for password in url_passwords(variable.span.text):
            whole = narrow(variable.span, f":{password}@")
            yield Hit(
                whole.part(1, len(password)) if whole is not variable.span else whole,
                "the URL in '{name}' holds a password that stands in the file",
                path=variable.path,
                hint="use a ${{VARIABLE}} with the value in an env file that is not committed",
                name=variable.name,
            )
            break
