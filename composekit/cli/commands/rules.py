"""`composekit rules`."""

import json
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.linting import SettingsFiles
from composekit.cli.options import Option, Row
from composekit.lint.rule import PROFILES

ARGUMENTS: tuple[Row, ...] = (
    Option(("--format",), "Format of the list", "choice", "table", ("table", "json")),
    Option(("--select",), "List only these rules: ids, patterns, names or categories", "many", metavar="RULES"),
    Option(("--rule-profile",), "List the rules of this set", "choice", choices=PROFILES),
    Option(("--settings",), "Settings file in place of the nearest one; 'none' for none", metavar="FILE"),
)


def run(ctx: CommandContext, **given: Any) -> int:
    """Print every rule, with whether it is on here."""
    from composekit.lint.page import as_json, as_table
    from composekit.lint.session import known_rules
    from composekit.lint.settings import make_settings

    files = SettingsFiles(ctx, given["settings"])
    found = files.of(ctx.cwd)
    known = known_rules(plugins=found.plugins)
    infos = [rule.INFO for rule in known]
    chosen = make_settings(given["select"], (), infos)
    wanted = [
        rule
        for rule in known
        if (not given["select"] or chosen.wants(rule.INFO))
        and (given["rule_profile"] is None or given["rule_profile"] in rule.INFO.profiles)
    ]
    if given["format"] == "json":
        ctx.out.write(json.dumps(as_json(wanted, found.settings), indent=2) + "\n")
    else:
        ctx.out.write(as_table(wanted, found.settings))
    return 0
