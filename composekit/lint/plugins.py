"""Rules that installed packages bring, as entry points of the group `composekit.rules`.

Each entry point names a module that is a rule as ours are: a docstring that is its page, `INFO`, and `check(ctx)`.
They are looked up only when the settings ask for them, for looking at every installed package takes longer than to
lint a project.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from composekit.errors import ComposekitError
from composekit.lint.page import read_page
from composekit.lint.rule import Rule, RuleInfo

GROUP = "composekit.rules"
_ID = re.compile(r"(?!CK\d)[A-Z]{2,8}[0-9]{1,4}")
_WRONG = 2
"""The exit code for a plug-in that cannot be used: the set-up is wrong, not the project."""


def plugin_rules(known: Iterable[Rule]) -> list[Rule]:
    """Return the rules of installed packages, by id.

    Raises `ComposekitError` for one that is not a rule or has the id or name of another, for a check that silently
    does not run is worse than none.
    """
    from importlib.metadata import entry_points

    taken = {word for rule in known for word in (rule.INFO.id, rule.INFO.name)}
    found = []
    for point in entry_points(group=GROUP):
        rule = _load(point.name, point.value)
        for word in (rule.INFO.id, rule.INFO.name):
            if word in taken:
                raise _error(point.name, f"there is a rule '{word}' already")
            taken.add(word)
        found.append(rule)
    return sorted(found, key=lambda rule: rule.INFO.id)


def _load(name: str, module: str) -> Rule:
    try:
        rule: Any = import_module(module)
    except Exception as error:
        raise _error(name, f"it cannot be imported: {type(error).__name__}: {error}") from error
    info = getattr(rule, "INFO", None)
    if not isinstance(info, RuleInfo) or not callable(getattr(rule, "check", None)):
        raise _error(name, f"{module} has no INFO or no check(ctx)")
    if not _ID.fullmatch(info.id):
        raise _error(name, f"'{info.id}' is not an id: two to eight capital letters and a number, but not CK")
    try:
        read_page(rule.__doc__)
    except ValueError as error:
        raise _error(name, f"its documentation is not complete: {error}") from error
    checked: Rule = rule
    return checked


def _error(name: str, reason: str) -> ComposekitError:
    return ComposekitError(
        f"the rule '{name}' of an installed package cannot be used: {reason}",
        hint="uninstall it, or set 'plugins: false'",
        exit_code=_WRONG,
    )
