"""Repair findings: choose fixes that do not get in each other's way, make them, lint again, until nothing changes.

A safe fix must not change what Compose reads. That is not left to the rules: the project is loaded before and after,
and safe fixes that make a difference are taken back one by one. Unsafe ones are made last, when they are asked for.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from composekit.lint.rule import Project
from composekit.source.diagnostic import Diagnostic, Edit
from composekit.source.edit import apply_edits, collide
from composekit.source.text import Source

MOST_ROUNDS = 12
"""A fix may uncover another finding; a chain of a dozen is a rule that does not repair what it finds."""

Texts = dict[str, str]
"""New texts of files, by absolute path."""

Check = Callable[[Texts], "tuple[Project, list[Diagnostic]]"]
"""Load and examine a project with these texts in place of the files'."""


Same = Callable[[Project, Project], bool]
"""Tell whether Compose reads two projects as the same."""


class Fixed(NamedTuple):
    """The texts that changed, how many fixes were made, and how many refused since they would change the project."""

    texts: Texts
    made: int
    refused: int


def is_same(before: Project, after: Project) -> bool:
    """Tell whether Compose reads two projects as the same; what could not be read is the same as nothing."""
    if before.tree is None or after.tree is None or after.report.has_errors:
        return False
    return before.tree == after.tree and before.disabled == after.disabled


def fix(check: Check, texts: Texts, *, unsafe: bool = False, same: Same = is_same) -> Fixed:
    """Return the texts of a project with its fixes made; `texts` are those that changed before."""
    refused: set[tuple[Any, ...]] = set()
    made = 0
    for safe in (True, False) if unsafe else (True,):
        for _ in range(MOST_ROUNDS):
            loaded, found = check(texts)
            wanted = [one for one in found if one.fix is not None and one.fix.safe is safe and _key(one) not in refused]
            chosen = choose(wanted)
            wrong: list[Diagnostic] = []
            if safe and chosen:
                chosen, wrong = _harmless(check, loaded, chosen, texts, same)
                refused |= {_key(one) for one in wrong}
            after = make(chosen, texts)
            if after == texts and not wrong:
                break
            texts = after
            made += len(chosen)
    return Fixed(texts, made, len(refused))


def choose(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics whose fixes can be made together: the first of those that collide wins."""
    chosen: list[Diagnostic] = []
    taken: dict[int, list[Edit]] = {}
    for one in found:
        assert one.fix is not None
        edits = one.fix.edits
        if not edits or any(not _is_file(edit.span.source) for edit in edits):
            continue
        if any(collide(edit, other) for edit in edits for other in taken.get(id(edit.span.source), ())):
            continue
        chosen.append(one)
        for edit in edits:
            taken.setdefault(id(edit.span.source), []).append(edit)
    return chosen


def make(chosen: Iterable[Diagnostic], texts: Texts) -> Texts:
    """Return the texts with the fixes of diagnostics made, which must not collide."""
    edits: dict[int, list[Edit]] = {}
    sources: dict[int, Source] = {}
    for one in chosen:
        for edit in one.fix.edits if one.fix is not None else ():
            sources[id(edit.span.source)] = edit.span.source
            edits.setdefault(id(edit.span.source), []).append(edit)
    changed = {str(sources[key].path): apply_edits(sources[key], found) for key, found in edits.items()}
    return {**texts, **changed}


def _harmless(
    check: Check, before: Project, chosen: list[Diagnostic], texts: Texts, same: Same
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return the fixes that leave the project as Compose reads it, and the others."""
    if before.tree is None or before.report.has_errors or same(before, check(make(chosen, texts))[0]):
        return chosen, []
    good: list[Diagnostic] = []
    wrong: list[Diagnostic] = []
    # Halves of halves: mostly one fix of many is to blame, and each try loads the project.
    waiting = [chosen]
    while waiting:
        some = waiting.pop()
        if same(before, check(make([*good, *some], texts))[0]):
            good += some
        elif len(some) == 1:
            wrong += some
        else:
            waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
    return good, wrong


def _is_file(source: Source) -> bool:
    return source.path is not None and source.path != "-"


def _key(one: Diagnostic) -> tuple[Any, ...]:
    """Return what a fix is known by in the next round, when its place has moved."""
    title = one.fix.title if one.fix is not None else ""
    return (one.code, one.path, title, one.message, one.span.source.path if one.span is not None else None)
