"""`composekit explain`."""

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import UsageError
from composekit.lint.rule import Rule

ARGUMENTS: tuple[Row, ...] = (
    Argument("names", metavar="RULE..."),
    Option(("--all",), "Print the pages of all rules", "flag"),
    Option(("--format",), "Format of the pages", "choice", "text", ("text", "markdown")),
)


def run(ctx: CommandContext, *, names: tuple[str, ...], all: bool, format: str) -> int:  # noqa: A002  # option names
    """Print the documentation pages of rules, which are given by id or name."""
    from composekit.lint.catalog import rules
    from composekit.lint.page import as_markdown, as_text

    if all == bool(names):
        raise UsageError("name the rules to explain, or give --all", hint="`composekit lint --list-rules` names them")
    known = rules()
    wanted = known if all else [_find(name, known) for name in names]
    if format == "markdown":
        ctx.out.write(as_markdown(wanted))
    else:
        ctx.out.write("\n".join(as_text(rule) for rule in wanted))
    return 0


def _find(name: str, known: list[Rule]) -> Rule:
    for rule in known:
        if name.upper() == rule.INFO.id or name.lower() == rule.INFO.name:
            return rule
    from difflib import get_close_matches

    close = get_close_matches(name, [word for rule in known for word in (rule.INFO.id, rule.INFO.name)], n=1)
    hint = f"did you mean '{close[0]}'?" if close else "`composekit lint --list-rules` names them"
    raise UsageError(f"there is no rule '{name}'", hint=hint)
