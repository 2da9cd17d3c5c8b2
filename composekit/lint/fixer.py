"""Repair findings: choose fixes that do not get in each other's way, make them, lint again, until nothing changes.

A safe fix must not change what Compose reads. That is not left to the rules: the project is loaded before and after,
and safe fixes that make a difference are taken back. Unsafe ones are made last, when they are asked for; after them it
must still be possible to read it. Projects that share files are fixed together, for what suits one may break another:
two layers that each add a line may be read over one base together, by a user who names them all with -f.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from composekit.lint.rule import Project
from composekit.source.diagnostic import Diagnostic, Edit
from composekit.source.edit import apply_edits, collide
from composekit.source.text import Source, Span

MOST_ROUNDS = 12
"""A fix may uncover another finding; a chain of a dozen is a rule that does not repair what it finds."""

Texts = dict[str, str]
"""New texts of files, by absolute path."""

Check = Callable[[Texts], "tuple[Sequence[Project], Callable[[], list[Diagnostic]]]"]
"""Load the projects that share files, with these texts in place of the files'; the second examines them.

There may be more projects than are examined: combinations of the same files that a fix must not break either.
"""

Same = Callable[[Project, Project], bool]
"""Tell whether Compose reads two projects as the same."""


class Fixed(NamedTuple):
    """The texts that changed, how many fixes were made, and how many refused since they would change the project."""

    texts: Texts
    made: int
    refused: int


def is_same(before: Project, after: Project) -> bool:
    """Tell whether Compose reads two projects as the same; what could not be read is the same as nothing."""
    if before.tree is None or not is_readable(after):
        return False
    return before.tree == after.tree and before.disabled == after.disabled


def is_readable(project: Project) -> bool:
    """Tell whether Compose can read a project."""
    return project.tree is not None and not project.report.has_errors


def _stays_readable(before: Project, after: Project) -> bool:  # noqa: ARG001  # one signature for all that is asked of fixes
    return is_readable(after)


def fix(check: Check, texts: Texts, *, unsafe: bool = False, same: Same = is_same) -> Fixed:
    """Return the texts of projects with their fixes made; `texts` are those that changed before."""
    refused: set[tuple[Any, ...]] = set()
    fixed = Fixed(texts, 0, 0)
    for _ in range(MOST_ROUNDS):
        before = fixed.texts
        fixed = _fix_alike(check, fixed, refused, safe=True, same=same)
        if not unsafe:
            break
        fixed = _fix_alike(check, fixed, refused, safe=False, same=_stays_readable)
        # What an unsafe fix wrote may be something for a safe one.
        if fixed.texts == before:
            break
    return fixed._replace(refused=len(refused))


def _fix_alike(check: Check, fixed: Fixed, refused: set[tuple[Any, ...]], *, safe: bool, same: Same) -> Fixed:
    """Make all safe fixes or all unsafe ones; those that do harm join `refused`."""
    texts, made, _ = fixed
    for _ in range(MOST_ROUNDS):
        before, find = check(texts)
        wanted = [one for one in find() if one.fix is not None and one.fix.safe is safe and _key(one) not in refused]
        chosen, wrong = _harmless(check, before, choose(wanted), texts, same)
        refused |= {_key(one) for one in wrong}
        after = make(chosen, texts)
        if after == texts and not wrong:
            break
        texts = after
        made += len(chosen)
    return Fixed(texts, made, 0)


def choose(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics whose fixes can be made together: the first of those that collide wins."""
    chosen: list[Diagnostic] = []
    taken: dict[str, list[Edit]] = {}
    sources: dict[str, Source] = {}
    for one in found:
        assert one.fix is not None
        if not one.fix.edits or any(not _is_file(edit.span.source) for edit in one.fix.edits):
            continue
        edits = [_in_one_source(edit, sources) for edit in one.fix.edits]
        if any(collide(edit, other) for edit in edits for other in taken.get(str(edit.span.source.path), ())):
            continue
        chosen.append(one)
        for edit in edits:
            taken.setdefault(str(edit.span.source.path), []).append(edit)
    return chosen


def make(chosen: Iterable[Diagnostic], texts: Texts) -> Texts:
    """Return the texts with the fixes of diagnostics made, which must not collide."""
    edits: dict[str, list[Edit]] = {}
    sources: dict[str, Source] = {}
    for one in chosen:
        for edit in one.fix.edits if one.fix is not None else ():
            moved = _in_one_source(edit, sources)
            edits.setdefault(str(moved.span.source.path), []).append(moved)
    return {**texts, **{path: apply_edits(sources[path], found) for path, found in edits.items()}}


def _in_one_source(edit: Edit, sources: dict[str, Source]) -> Edit:
    """Return an edit with the first source of its file: projects that share a file read it each for itself."""
    source = sources.setdefault(str(edit.span.source.path), edit.span.source)
    return edit if source is edit.span.source else Edit(Span(source, edit.span.start, edit.span.end), edit.text)


def _harmless(
    check: Check, before: Sequence[Project], chosen: list[Diagnostic], texts: Texts, same: Same
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return the fixes after which every project that could be read is as it should be, and the others."""

    def holds(some: list[Diagnostic]) -> bool:
        after = check(make(some, texts))[0]
        pairs = zip(before, after, strict=True)
        return all(same(one, other) for one, other in pairs if is_readable(one))

    if not chosen or holds(chosen):
        return chosen, []
    good: list[Diagnostic] = []
    wrong: list[Diagnostic] = []
    # Halves of halves: mostly one fix of many is to blame, and each try loads the projects.
    waiting = [chosen]
    while waiting:
        some = waiting.pop()
        if holds([*good, *some]):
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
