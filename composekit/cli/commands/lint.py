"""`composekit lint`."""

from typing import TYPE_CHECKING

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.source.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from composekit.lint.settings import Settings
    from composekit.load.pipeline import Loaded

_LEVELS = ("error", "warning", "info")

ARGUMENTS: tuple[Row, ...] = (
    Argument("files", metavar="[FILE...]"),
    Option(("--format",), "Format of the findings", "choice", "text", ("text", "json")),
    Option(("--select",), "Run only these rules: ids, patterns, names or categories", "many", metavar="RULES"),
    Option(("--ignore",), "Leave out these rules", "many", metavar="RULES"),
    Option(("--severity",), "Show findings of at least this severity", "choice", "info", _LEVELS),
    Option(("--fail-on",), "Exit with 1 on findings of at least this severity", "choice", "warning", _LEVELS),
    Option(("--list-rules",), "List the rules that would run, and exit", "flag"),
)


def run(
    ctx: CommandContext,
    *,
    files: tuple[str, ...],
    format: str,  # noqa: A002  # the option's own name
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    severity: str,
    fail_on: str,
    list_rules: bool,
) -> int:
    """Lint one project: the given files, or what `config` would read. Return 1 when findings reach `fail_on`."""
    from composekit.lint.catalog import rules
    from composekit.lint.engine import lint
    from composekit.lint.settings import make_settings

    settings = make_settings(select, ignore, (rule.INFO for rule in rules()))
    if list_rules:
        return _list(ctx, settings, format)
    found = lint(_load(ctx, files), settings)
    shown = [one for one in found if one.severity >= Severity[severity.upper()]]
    _show(ctx, shown, format)
    return 1 if any(one.severity >= Severity[fail_on.upper()] for one in shown) else 0


def _load(ctx: CommandContext, files: tuple[str, ...]) -> "Loaded":
    from composekit.load.pipeline import load

    return load(ctx.request(files or None, all_resources=True))


def _show(ctx: CommandContext, found: list[Diagnostic], fmt: str) -> None:
    from composekit.report import RuleText, render
    from composekit.report.text import summary

    if fmt == "text":
        ctx.out.write(render("text", found, color=ctx.color_out))
        ctx.out.flush()
        ctx.say(summary(found))
        return
    from composekit.lint.catalog import rules
    from composekit.lint.page import summary as title

    ctx.out.write(render(fmt, found, rules={rule.INFO.id: RuleText(rule.INFO.name, title(rule)) for rule in rules()}))


def _list(ctx: CommandContext, settings: "Settings", fmt: str) -> int:
    from composekit.lint.catalog import rules
    from composekit.lint.page import as_json, as_list

    wanted = [rule for rule in rules() if settings.wants(rule.INFO)]
    if fmt == "json":
        import json

        ctx.out.write(json.dumps(as_json(wanted), indent=2) + "\n")
    else:
        ctx.out.write(as_list(wanted))
    return 0
