"""Variable that only an env_file has.

What it finds: a `${NAME}` in the Compose file that is not set for Compose and has no default, while an `env_file` of
    some service defines NAME.
Why it matters: `env_file` is for containers only. Compose fills in `${NAME}` from the shell and from `.env`, so here
    it is empty.
Instead of:
    # compose.yaml
    services:
      db:
        image: postgres:${PG_VERSION}
        env_file: db.env
    # db.env
    PG_VERSION=17
Write:
    services:
      db:
        image: postgres:17
Fix: none; the variable can move to .env, or db.env can be given with --env-file.
"""

from collections.abc import Iterator

from composekit.lint.reading import pairs
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.lint.templates import variable_uses
from composekit.source.diagnostic import Related, Severity
from composekit.source.text import Span

INFO = RuleInfo("CK413", "variable-only-in-env-file", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    given = _from_env_files(ctx)
    for use in ctx.shared(variable_uses):
        if len(use.path) > 2 and use.path[2] in {"command", "entrypoint", "healthcheck"}:
            continue  # there the container's own shell was meant
        if not use.operator and use.name not in ctx.variables_at(use.span) and use.name in given:
            yield Hit(
                use.span,
                "'{name}' is empty here: an env_file sets it for the container, not for Compose",
                path=use.path,
                hint="set it in .env, or name the file with --env-file",
                related=(Related("set for the container here", given[use.name]),),
                name=use.name,
            )


def _from_env_files(ctx: LintContext) -> dict[str, Span]:
    """Return the variables that env files give to services, and where the first of them stands."""
    files = {id(document.span.source) for document in ctx.documents}
    found: dict[str, Span] = {}
    for service in ctx.services.values():
        for name, node in pairs(service.get("environment")):
            if id(node.span.source) not in files and is_written(node.span) and node.span.text == name:
                found.setdefault(name, node.span)
    return found
