"""Shell operator given to a program as a word.

What it finds: a `command`, `entrypoint` or health check written as a list, with `&&`, `||`, `|`, `;` or `>` as a word
    of its own, where no shell reads it.
Why it matters: without a shell these are ordinary arguments. In `["CMD", "curl", "-f", "http://localhost", "||",
    "exit", "1"]` curl is asked to fetch `||`, `exit` and `1`, too.
Instead of:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD", "curl", "-f", "http://localhost", "||", "exit", "1"]
Write:
    services:
      web:
        image: example/web:1.0
        healthcheck:
          test: ["CMD", "curl", "-f", "http://localhost"]
Fix: none; a shell can read it, as CMD-SHELL or sh -c with the whole line as one text.
"""

from collections.abc import Iterator

from composekit.lint.commands import commands, health_tests
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK418", "operator-without-shell", Severity.WARNING, "correctness", since="0.1")

_OPERATORS = frozenset({"&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1", ">/dev/null", "2>/dev/null"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands) + ctx.shared(health_tests):
        if command.is_text or command.words[0] in {"NONE", "CMD-SHELL"}:
            continue
        for index, word in enumerate(command.words):
            # "find . -exec rm {{}} ;" and "expr 1 > 2" have their own use for these.
            if word in _OPERATORS and not (word == ";" and "-exec" in command.words) and command.words[0] != "expr":
                yield Hit(
                    command.spans[index],
                    "'{operator}' is an argument here: no shell reads this list",
                    path=(*command.path, index),
                    hint="use CMD-SHELL with the whole line as one text"
                    if command.key == "healthcheck"
                    else 'write ["sh", "-c", "the whole line"]',
                    service=command.service,
                    operator=word,
                )
                break
