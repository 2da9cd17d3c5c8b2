"""Which rules are on, how severe they are, and what users set for them.

A selector is an id (CK402), the start of ids (CK5), a pattern (CK4?2, *-port), a rule's name, a category, or `all`.
Loading reports codes of its own (CK0 to CK3): selectors reach its warnings, never its errors, for a file that could
not be read is never a pass.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from composekit.errors import UsageError
from composekit.lint.globs import fits
from composekit.lint.rule import CATEGORIES, RuleInfo
from composekit.source.diagnostic import Severity

_LOADING = ("CK0", "CK1", "CK2", "CK3")

Severities = tuple[tuple[str, Severity], ...]
Options = Mapping[str, Mapping[str, Any]]
"""The values of rules' settings, by rule id and by the setting's name."""

_NONE: Options = {}


class Override(NamedTuple):
    """Changes for the files that fit `paths`."""

    paths: tuple[str, ...]
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Severities = ()
    options: Options = _NONE


class Settings(NamedTuple):
    """Selectors as the user gave them; an empty `select` means the rules of `profile`. `ignore` wins.

    severities   selector and severity; of several that fit a rule, the last
    overrides    what differs for some files; `root` is the folder that their patterns count from
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: str = "default"
    extend_select: tuple[str, ...] = ()
    severities: Severities = ()
    options: Options = _NONE
    overrides: tuple[Override, ...] = ()
    root: str = ""

    def wants(self, info: RuleInfo) -> bool:
        """Tell whether a rule is on."""
        return self._wants(info.id, info.name, info.category, in_profile=self.profile in info.profiles)

    def wants_code(self, code: str) -> bool:
        """Tell whether a warning of loading is shown."""
        return self._wants(code, "", "", in_profile=True)

    def _wants(self, code: str, name: str, category: str, *, in_profile: bool) -> bool:
        if any(matches(selector, code, name, category) for selector in self.ignore):
            return False
        if any(matches(selector, code, name, category) for selector in self.extend_select):
            return True
        return any(matches(one, code, name, category) for one in self.select) if self.select else in_profile

    def may_want(self, info: RuleInfo) -> bool:
        """Tell whether a rule is on for any file."""
        return self.wants(info) or any(self._with(one).wants(info) for one in self.overrides)

    def severity(self, info: RuleInfo) -> Severity:
        """Return how severe the findings of a rule are."""
        found = info.severity
        for selector, severity in self.severities:
            if matches(selector, info.id, info.name, info.category):
                found = severity
        return found

    def code_severity(self, code: str, own: Severity) -> Severity:
        """Return how severe a warning of loading is."""
        for selector, severity in self.severities:
            if matches(selector, code, "", ""):
                own = severity
        return own

    def for_file(self, path: str | None) -> "Settings":
        """Return the settings for one file, by its absolute path; these very settings where nothing differs."""
        settings = self
        for one in self.overrides:
            if path is not None and fits(path, one.paths, self.root):
                settings = settings._with(one)
        return settings

    def _with(self, one: Override) -> "Settings":
        merged = dict(self.options)
        for rule_id, given in one.options.items():
            merged[rule_id] = {**merged.get(rule_id, {}), **given}
        return self._replace(
            extend_select=self.extend_select + one.extend_select,
            ignore=tuple(word for word in self.ignore if word not in one.extend_select) + one.ignore,
            severities=self.severities + one.severities,
            options=merged,
        )


def make_settings(
    select: Iterable[str],
    ignore: Iterable[str],
    known: Iterable[RuleInfo],
    *,
    extend_select: Iterable[str] = (),
    profile: str | None = None,
    base: Settings | None = None,
) -> Settings:
    """Return settings from the selectors of a command line, each possibly several with commas between.

    They change those of the settings file, `base`: a selection replaces everything there that chooses rules, a profile
    replaces the profile. Raises `UsageError` for a selector that can match nothing, so that a typing error does not
    switch a check off.
    """
    infos = list(known)
    settings = base or Settings()
    chosen, added, left_out = words(select), words(extend_select), words(ignore)
    for selector in chosen + added + left_out:
        if not can_match(selector, infos):
            raise UsageError(f"no rule matches '{selector}'", hint=suggestion(selector, infos))
    if chosen:
        settings = settings._replace(select=chosen, ignore=(), extend_select=())
    if profile is not None:
        settings = settings._replace(profile=profile, select=chosen)
    return settings._replace(ignore=settings.ignore + left_out, extend_select=settings.extend_select + added)


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


def words(selectors: Iterable[str]) -> tuple[str, ...]:
    """Return selectors that may be joined by commas, one by one."""
    return tuple(word.strip() for selector in selectors for word in selector.split(",") if word.strip())


def can_match(selector: str, infos: Iterable[RuleInfo]) -> bool:
    """Tell whether a selector can name anything."""
    if any(matches(selector, info.id, info.name, info.category) for info in infos):
        return True
    # The codes of loading are spread over its steps; nothing here lists them.
    return selector.startswith(_LOADING) or selector in CATEGORIES


def suggestion(selector: str, infos: Iterable[RuleInfo]) -> str:
    """Return the hint for a selector that can name nothing."""
    from difflib import get_close_matches

    names = [word for info in infos for word in (info.id, info.name)] + list(CATEGORIES)
    close = get_close_matches(selector, names, n=1)
    return f"did you mean '{close[0]}'?" if close else "`composekit rules` names them all"
