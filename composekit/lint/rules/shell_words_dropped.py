"""Words after the script of sh -c.

What it finds: `sh -c` followed by a script of a single word and then by more words, which the script does not use.
Why it matters: a shell takes only one word as its script. The others become $0, $1 and so on, and are not run:
    `["sh", "-c", "npm", "start"]` runs `npm` alone.
Instead of:
    services:
      web:
        image: node:22
        command: ["sh", "-c", "npm", "start"]
Write:
    services:
      web:
        image: node:22
        command: ["sh", "-c", "npm start"]
Fix: none; the words belong into one text, with quotes of their own.
"""

from collections.abc import Iterator

from composekit.lint.commands import commands, health_tests, is_shell
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK419", "shell-words-dropped", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands) + ctx.shared(health_tests):
        words = command.words[1:] if command.words[0] == "CMD" else command.words
        offset = len(command.words) - len(words)
        if len(words) < 4 or not is_shell(words[0]) or words[1] not in {"-c", "-ec", "-lc", "-xc"}:
            continue
        script = words[2]
        if any(letter.isspace() for letter in script) or "$" in script or script in {"exec", "-"}:
            continue
        yield Hit(
            command.span if command.is_text else command.spans[offset + 3],
            "the shell runs '{script}' alone: '{word}' is not part of the script",
            path=command.path,
            hint="put the whole script into one text",
            service=command.service,
            script=script,
            word=words[3],
        )
