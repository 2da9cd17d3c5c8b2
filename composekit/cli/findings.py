"""Where findings go: several formats at once, to standard output and to files; and changed files back to disk."""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError, UsageError
from composekit.report import FORMATS, render

if TYPE_CHECKING:
    from composekit.lint.rule import Rule
    from composekit.report import Rules, Suppressed
    from composekit.source.diagnostic import Diagnostic


class Output(NamedTuple):
    """A format, and the file that gets it; none for standard output."""

    format: str
    file: str | None


def read_outputs(words: Iterable[str]) -> list[Output]:
    """Return the outputs that `--format` asks for: `json`, or `sarif=out.sarif`; text when it asks for none."""
    found = []
    for word in words:
        name, equals, file = word.partition("=")
        if name not in FORMATS:
            raise UsageError(f"there is no format '{name}'", hint=f"the formats are {', '.join(FORMATS)}")
        if equals and not file:
            raise UsageError(f"'{word}' names no file", hint=f"write {name}=FILE")
        found.append(Output(name, file or None))
    if sum(one.file is None for one in found) > 1:
        raise UsageError("only one format can go to standard output", hint="give the others a file: sarif=FILE")
    return found or [Output("text", None)]


def write_outputs(
    ctx: CommandContext,
    outputs: Iterable[Output],
    found: "Sequence[Diagnostic]",
    suppressed: "Sequence[Suppressed]",
    known: "Iterable[Rule]",
) -> None:
    """Write findings in every format that was asked for."""
    wanted = {one.code for one in found} | {one.diagnostic.code for one in suppressed}
    texts: Rules | None = None
    for output in outputs:
        if texts is None and output.format != "text":
            texts = rule_texts(rule for rule in known if rule.INFO.id in wanted)
        color = output.file is None and ctx.color_out
        text = render(output.format, found, color=color, rules=texts, suppressed=suppressed)
        if output.file is None:
            _print(ctx, text)
        else:
            write_file(os.path.join(ctx.cwd, output.file), text.encode("utf-8", "backslashreplace"), output.file)


def _print(ctx: CommandContext, text: str) -> None:
    try:
        ctx.out.write(text)
        ctx.out.flush()
    except BrokenPipeError:
        # Whoever reads has enough (`| head`). What was found still decides the exit code.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, ctx.out.fileno())
        os.close(nothing)


def rule_texts(known: "Iterable[Rule]") -> "Rules":
    """Return what formats may say about rules."""
    from composekit.lint.page import as_markdown_page, summary
    from composekit.report import RuleText

    return {
        rule.INFO.id: RuleText(
            rule.INFO.name, summary(rule), rule.INFO.category, rule.INFO.severity, as_markdown_page(rule)
        )
        for rule in known
    }


def rewrite(ctx: CommandContext, file: str, before: str | None, after: str) -> None:
    """Write a new text into a file of the user's, in the encoding that it has.

    `before` is the text that the change was made for: a file that somebody changed meanwhile is left alone, and
    `ComposekitError` raised.
    """
    from composekit.load.locate import shown_name

    name = shown_name(file, ctx.cwd)
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise ComposekitError(f"cannot read {name}: {(error.strerror or str(error)).lower()}") from None
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    if before is not None and data[len(mark) :].decode(encoding, "replace") != before:
        raise ComposekitError(f"{name} was changed by somebody else meanwhile", hint="run the command again")
    if data.startswith(b"\xfe\xff"):
        written = b"\xfe\xff" + after.encode("utf-16-be")
    elif encoding == "utf-16":
        written = b"\xff\xfe" + after.encode("utf-16-le")
    else:
        written = mark + after.encode()
    write_file(file, written, name)


def write_file(file: str, data: bytes, name: str) -> None:
    try:
        with open(file, "wb") as opened:
            opened.write(data)
    except OSError as error:
        raise ComposekitError(f"cannot write {name}: {(error.strerror or str(error)).lower()}") from None
