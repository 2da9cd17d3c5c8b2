"""Interpreter that runs as the first process.

What it finds: a service without `init: true` whose command or entrypoint is an interpreter or a package manager
    itself: node, npm, yarn, python, ruby, php, java are not made to be process 1.
Why it matters: process 1 has to collect dead children and gets no default action for signals. Such a program ignores
    SIGTERM, is killed after ten seconds, and leaves zombies behind.
Instead of:
    services:
      web:
        image: node:22
        command: npm start
Write:
    services:
      web:
        image: node:22
        init: true
        command: npm start
Fix: `init: true` is added; unsafe, as signals arrive differently.
"""

from collections.abc import Iterator

from composekit.lint.commands import commands
from composekit.lint.edits import add_key
from composekit.lint.reading import is_true
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity

INFO = RuleInfo("CK611", "init-missing", Severity.INFO, "reliability", since="0.1", profiles=STRICT)

_PROGRAMS = frozenset({"node", "npm", "npx", "yarn", "pnpm", "nodemon", "tsx"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands):
        service = ctx.services[command.service]
        if is_true(service.get("init")) or command.words[0].rpartition("/")[2] not in _PROGRAMS:
            continue
        if command.key == "command" and "entrypoint" in service:
            continue
        edit = add_key(service, ("init: true",)) if "init" not in service else None
        yield Hit(
            command.span if command.is_text and "\n" not in command.span.text else command.spans[0],
            "'{program}' is process 1 of '{service}' and does not act as one",
            path=command.path,
            hint="set init: true",
            fix=Fix("add init: true", (edit,), safe=False) if edit else None,
            service=command.service,
            program=command.words[0],
        )
