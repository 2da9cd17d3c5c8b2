"""Which rules are on.

A selector is an id (CK402), the start of ids (CK5), a pattern (CK4?2, *-port), a rule's name, a category, or `all`.
Loading reports codes of its own (CK0 to CK3): selectors reach its warnings, never its errors, for a file that could
not be read is never a pass.
"""

from collections.abc import Iterable
from typing import NamedTuple

from composekit.errors import UsageError
from composekit.lint.rule import CATEGORIES, RuleInfo

_LOADING = ("CK0", "CK1", "CK2", "CK3")


class Settings(NamedTuple):
    """Selectors as the user gave them; an empty `select` means the rules of `profile`. `ignore` wins."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: str = "default"

    def wants(self, info: RuleInfo) -> bool:
        """Tell whether a rule is on."""
        if not self.select and self.profile not in info.profiles:
            return False
        return self._wants(info.id, info.name, info.category)

    def wants_code(self, code: str) -> bool:
        """Tell whether a warning of loading is shown."""
        return self._wants(code, "", "")

    def _wants(self, code: str, name: str, category: str) -> bool:
        if any(matches(selector, code, name, category) for selector in self.ignore):
            return False
        return not self.select or any(matches(selector, code, name, category) for selector in self.select)


def make_settings(select: Iterable[str], ignore: Iterable[str], known: Iterable[RuleInfo]) -> Settings:
    """Return settings from selectors, each possibly several with commas between.

    Raises `UsageError` for a selector that can match nothing, so that a typing error does not switch a check off.
    """
    infos = list(known)
    settings = Settings(_words(select), _words(ignore))
    for selector in settings.select + settings.ignore:
        if not _can_match(selector, infos):
            raise UsageError(f"no rule matches '{selector}'", hint=_suggestion(selector, infos))
    return settings


def matches(selector: str, code: str, name: str, category: str) -> bool:
    """Tell whether a selector names a code, its rule or its category."""
    if selector in {"all", code, name} or (category and selector == category):
        return True
    if selector.startswith("CK") and selector[2:].isdigit():
        return code.startswith(selector)
    if "*" in selector or "?" in selector or "[" in selector:
        from fnmatch import fnmatchcase

        return fnmatchcase(code, selector) or (bool(name) and fnmatchcase(name, selector))
    return False


def _words(selectors: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.strip() for selector in selectors for word in selector.split(",") if word.strip())


def _can_match(selector: str, infos: list[RuleInfo]) -> bool:
    if any(matches(selector, info.id, info.name, info.category) for info in infos):
        return True
    # The codes of loading are spread over its steps; nothing here lists them.
    return selector.startswith(_LOADING) or selector in CATEGORIES


def _suggestion(selector: str, infos: list[RuleInfo]) -> str:
    from difflib import get_close_matches

    words = [word for info in infos for word in (info.id, info.name)] + list(CATEGORIES)
    close = get_close_matches(selector, words, n=1)
    return f"did you mean '{close[0]}'?" if close else "`composekit lint --list-rules` names them all"
