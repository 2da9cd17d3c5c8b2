"""Shell between the engine and the program.

What it finds: a `command` or `entrypoint` that is `sh -c` with a script whose last command is a program, without
    `exec`.
Why it matters: the shell is process 1 and does not pass on the signal to stop. The program is killed after ten
    seconds instead of finishing its work. Shells that replace themselves by the last command of a script do so only
    for a single command.
Instead of:
    services:
      web:
        image: example/web:1.0
        command: sh -c "migrate && serve"
Write:
    services:
      web:
        image: example/web:1.0
        command: sh -c "migrate && exec serve"
Fix: none; `exec` before the last command does it where that is a program.
"""

import re
from collections.abc import Iterator

from composekit.lint.commands import commands, is_shell
from composekit.lint.reading import is_true
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import one_shots
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK617", "signals-swallowed", Severity.INFO, "reliability", since="0.1", profiles=STRICT, status="preview"
)

_SEVERAL = re.compile(r"&&|;|\n")


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands):
        words = command.words
        if len(words) < 3 or not is_shell(words[0]) or not re.fullmatch(r"-[a-z]*c", words[1]):
            continue
        script = words[2].strip().rstrip(";")
        last = _SEVERAL.split(script)[-1].strip()
        if not _SEVERAL.search(script) or re.search(r"\b(?:exec|trap|wait|exit|done|fi|true|esac)\b", last) or not last:
            continue
        if is_true(ctx.services[command.service].get("init")) or last.startswith(
            ("}", ")", "echo ", "#", "rm ", "mc ")
        ):
            continue
        if command.service in ctx.shared(one_shots):
            continue
        yield Hit(
            command.spans[0] if "\n" not in command.spans[0].text else command.spans[0].part(0, 1),
            "'{service}' does not get the signal to stop: its shell keeps it",
            path=command.path,
            hint="write exec before the last command",
            service=command.service,
        )
