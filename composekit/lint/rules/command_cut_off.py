"""Command that ends at a shell operator.

What it finds: a `command` or `entrypoint` written as one text, with `&&`, `|`, `;`, `>` or another operator outside
    quotes.
Why it matters: Compose splits the text into words without a shell, and drops everything from the operator on. In `npm
    ci && npm start` only `npm ci` runs.
Instead of:
    services:
      web:
        image: node:22
        command: npm ci && npm start
Write:
    services:
      web:
        image: node:22
        command: sh -c "npm ci && npm start"
Fix: none; the whole can be given to a shell: sh -c "...".
"""

import re
from collections.abc import Iterator

from composekit.errors import BadValue
from composekit.lint.commands import Command, commands
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.text import Span
from composekit.values.words import split_words

INFO = RuleInfo("CK417", "command-cut-off", Severity.ERROR, "correctness", since="0.1")

_OPERATOR = re.compile(r"&&|\|\||[;&|<>]+")


def check(ctx: LintContext) -> Iterator[Hit]:
    for command in ctx.shared(commands):
        if not command.is_text:
            continue
        cut = _cut(command)
        if cut is not None:
            yield Hit(
                cut,
                "the {key} of '{service}' ends before '{operator}': no shell reads it",
                path=command.path,
                hint='give the whole to a shell: sh -c "..."',
                service=command.service,
                key=command.key,
                operator=cut.text,
            )


def _cut(command: Command) -> Span | None:
    """Return the first operator outside quotes, where the words that count end before it and something follows."""
    written = command.span.text
    if not _OPERATOR.search(written):
        return None
    start = 1 if written[0] in "\"'" else written.find("\n") + 1 if written[0] in "|>" else 0
    end = len(written) - 1 if written[0] in "\"'" else len(written)
    inner = written[start:end]
    for found in _OPERATOR.finditer(inner):
        if not inner[found.end() :].strip():
            return None
        try:
            words = split_words(inner[: found.start()].replace("$$", "$"))
        except BadValue:
            continue  # inside quotes
        if len(words) == len(command.words) and ("$" in inner or "\\" in inner or words == command.words):
            return command.span.part(start + found.start(), found.end() - found.start())
    return None
