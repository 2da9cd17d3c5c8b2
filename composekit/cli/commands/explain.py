"""`composekit explain`."""

from composekit.cli.context import CommandContext
from composekit.cli.linting import SettingsFiles
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
    from composekit.lint.page import as_markdown, as_text
    from composekit.lint.session import known_rules

    if all == bool(names):
        raise UsageError("name the rules to explain, or give --all", hint="`composekit rules` names them")
    if all:
        wanted = known_rules()
    else:
        known = known_rules(plugins=SettingsFiles(ctx, None).of(ctx.cwd).plugins)
        wanted = [_find(name, known) for name in names]
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
    hint = f"did you mean '{close[0]}'?" if close else "`composekit rules` names them"
    raise UsageError(f"there is no rule '{name}'", hint=hint)
