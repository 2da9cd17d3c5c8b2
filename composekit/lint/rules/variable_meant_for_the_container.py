"""Variable in a command that Compose replaces before the container sees it.

What it finds: `$NAME` or `${NAME}` in a command, an entrypoint or a health check, where NAME is not set for Compose
    but is a variable of that very service, or one that the script itself sets. The author meant the container's shell
    to fill it in.
Why it matters: Compose fills it in itself, with an empty text: the health check logs in without a user, the command
    gets an empty argument.
Instead of:
    services:
      db:
        image: postgres:17
        environment:
          POSTGRES_USER: app
        healthcheck:
          test: pg_isready -U $POSTGRES_USER
Write:
    services:
      db:
        image: postgres:17
        environment:
          POSTGRES_USER: app
        healthcheck:
          test: pg_isready -U $$POSTGRES_USER
Fix: the dollar sign is doubled, which leaves it to the container's shell; unsafe, as the command changes.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.templates import variable_uses
from composekit.source.diagnostic import Edit, Fix, Severity

INFO = RuleInfo("CK412", "variable-meant-for-the-container", Severity.WARNING, "correctness", since="0.1")

_COMMANDS = frozenset({"command", "entrypoint", "healthcheck"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for use in ctx.shared(variable_uses):
        if len(use.path) < 3 or use.path[0] != "services" or use.path[2] not in _COMMANDS:
            continue
        if use.operator or use.name in ctx.variables_at(use.span):
            continue
        own = child(ctx.services.get(str(use.path[1])), "environment", use.name)
        # A variable that the service itself is given from the same ${NAME}, or by its bare name, is empty there, too.
        given = own is not None and text(own) != "" and f"${{{use.name}" not in own.span.text
        if not given and not _sets(str(use.node.value), use.name):
            continue
        fix = Fix("double the dollar sign", (Edit(use.span, "$" + use.span.text),), safe=False)
        yield Hit(
            use.span,
            "Compose replaces '{name}' by nothing here; the container's own '{name}' is never asked",
            path=use.path,
            hint="write $${name}",
            fix=fix if use.span.text.startswith("$") else None,
            name=use.name,
        )


def _sets(script: str, name: str) -> bool:
    """Tell whether a script gives a variable its value itself."""
    return re.search(rf"(?:^|[\s;&(])(?:{name}=|for {name} in\b|read (?:-r )?{name}\b)", script) is not None
