"""One place, one finding: of what is said about one cause, the finding that says most is told.

Three things are said twice otherwise. An error of loading and its consequences stand at one place. Two rules see one
cause, each from its side. And services that share a text, by an anchor or `extends`, each have what is wrong with it.
"""

from collections.abc import Iterable
from typing import Any

from composekit.source.diagnostic import Diagnostic, Related, Severity

UNSET = "CK102"
_LOADING = ("CK0", "CK1", "CK2", "CK3")

SAYS_MORE = {
    UNSET: frozenset({"CK412", "CK413", "CK439"}),  # why the variable is not set, and what was meant
    "CK454": frozenset({"CK409"}),  # what cannot be reached need not be waited for
    "CK521": frozenset({"CK534"}),  # whoever reaches this port controls an engine
    "CK529": frozenset({"CK504"}),  # without a tag, the version is the first thing to name
    "CK610": frozenset({"CK428"}),  # a relative path is where the name was meant
    "CK614": frozenset({"CK434"}),  # no container can have that name, let alone two
    "CK806": frozenset({"CK447"}),  # a number is read there unless quotes are put
}
"""Codes, and those that say more of the same cause at the same place."""


def told_once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics without those that repeat what another one says of its place."""
    places: dict[tuple[int, int], list[Diagnostic]] = {}
    told: list[Diagnostic] = []
    for one in found:
        if one.span is None:
            told.append(one)
        else:
            places.setdefault((id(one.span.source), one.span.start), []).append(one)
    for group in places.values():
        told += group if len(group) == 1 else _of_one_place(group)
    return _gathered(told)


def _of_one_place(group: list[Diagnostic]) -> list[Diagnostic]:
    errors = [one for one in group if one.severity is Severity.ERROR and one.code.startswith(_LOADING)]
    if errors:
        unset = next((one for one in group if one.code == UNSET), None)
        if unset is not None:
            errors[0] = changed(errors[0], hint=f"the variable '{unset.facts.get('name')}' is not set: give it a value")
        return errors
    codes = {one.code for one in group}
    left = [one for one in group if not codes & SAYS_MORE.get(one.code, frozenset())]
    return left if len({one.code for one in left}) == len(left) else _of_shared_texts(left)


def _of_shared_texts(group: list[Diagnostic]) -> list[Diagnostic]:
    """Return findings with those of a rule together that differ only in the service."""
    firsts: dict[object, int] = {}
    services: dict[int, set[object]] = {}
    left: list[Diagnostic] = []
    for one in group:
        in_service = len(one.path) > 1 and one.path[0] == "services"
        key = (one.code, one.span.end if one.span else 0, one.path[2:]) if in_service else id(one)
        at = firsts.setdefault(key, len(left))
        if at == len(left):
            left.append(one)
        if in_service:
            services.setdefault(at, set()).add(one.path[1])
    for at, names in services.items():
        others = len(names) - 1
        if others:
            share = "another service shares this" if others == 1 else f"{others} other services share this"
            left[at] = changed(left[at], message=f"{left[at].message}; {share}")
    return left


def _gathered(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics with one for each variable that is not set, and its other places as related ones."""
    told: list[Diagnostic] = []
    first: dict[str, int] = {}
    for one in found:
        if one.code != UNSET or one.span is None:
            told.append(one)
            continue
        at = first.setdefault(str(one.facts.get("name")), len(told))
        if at == len(told):
            told.append(one)
        else:
            told[at] = changed(told[at], related=(*told[at].related, Related("used here too", one.span)))
    return told


def place_of(one: Diagnostic) -> tuple[Any, ...]:
    """Return what is the same for a finding in whatever project of a run it is found."""
    span = one.span
    if span is None:
        return (one.code, one.message)
    return (one.code, span.start, span.end, span.source.path or span.source.name, one.message)


def changed(
    one: Diagnostic,
    *,
    severity: Severity | None = None,
    message: str | None = None,
    hint: str | None = None,
    related: tuple[Related, ...] | None = None,
) -> Diagnostic:
    """Return a copy of a diagnostic that differs in what is given."""
    return Diagnostic(
        one.code,
        one.severity if severity is None else severity,
        one.message if message is None else message,
        one.span,
        hint=one.hint if hint is None else hint,
        path=one.path,
        facts=one.facts,
        related=one.related if related is None else related,
        fix=one.fix,
    )
