"""`composekit lint --fix`: which projects have to be fixed together, and what must still be read afterwards.

Projects that read one file are fixed together, whether they name it, include it or extend a service in it. What people
may read together besides, layers of one base, is loaded too, so that no fix breaks it.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from composekit.lint.baseline import compare
from composekit.lint.fixer import fix, is_readable
from composekit.lint.once import place_of
from composekit.lint.projects import Files, over_base, sharing, stacked
from composekit.lint.rule import Project
from composekit.lint.session import Job, Rerun
from composekit.load.opened import OpenedFiles
from composekit.source.diagnostic import Diagnostic


class FixedFiles(NamedTuple):
    """The texts that changed and what they were, by file; how many fixes were made, and how many were left out."""

    texts: dict[str, str]
    before: dict[str, str]
    made: int
    refused: int

    @property
    def changed(self) -> dict[str, str]:
        return {file: text for file, text in self.texts.items() if self.before.get(file) != text}


def fix_projects(jobs: Sequence[Job], known: dict[str, int], baseline: str, *, unsafe: bool) -> FixedFiles:
    """Return the texts that the files of projects get; what `known`, from the file `baseline`, has is left alone."""
    texts: dict[str, str] = {}
    before: dict[str, str] = {}
    made = refused = 0
    opened = OpenedFiles("")
    stacks = [over_base(_named(job), opened) for job in jobs]
    read = (tuple(dict.fromkeys((*_files_read(job), *stack))) for job, stack in zip(jobs, stacks, strict=True))
    for numbers in sharing(read):
        mine = [jobs[number] for number in numbers]
        group = _Group(mine, [stacks[number] for number in numbers], known, baseline, before)
        fixed = fix(group.check, texts, unsafe=unsafe)
        texts, made, refused = fixed.texts, made + fixed.made, refused + fixed.refused
    return FixedFiles(texts, before, made, refused)


def _files_read(job: Job) -> Files:
    """Return the files of a project, with those that it includes and extends."""
    loaded = Rerun(job).load({})
    found = (str(one.span.source.path) for one in (*loaded.documents, *loaded.others))
    return tuple(dict.fromkeys((*_named(job), *found)))


def _named(job: Job) -> Files:
    """Return the absolute paths of the files that a project is made of."""
    return tuple(os.path.normpath(os.path.join(job.request.cwd, file)) for file in job.request.files)


class _Group:
    """Projects that are fixed together; `stacks` are how the files of each may be read besides.

    What `known` has is left alone; `before` gets the texts of the files that have something to fix.
    """

    def __init__(
        self, jobs: list[Job], stacks: list[Files], known: dict[str, int], baseline: str, before: dict[str, str]
    ) -> None:
        self._projects = [Rerun(job) for job in jobs]
        listed = {_named(job) for job in jobs}
        self._besides = [_as(jobs[0], files) for files in dict.fromkeys(stacks) if files not in listed]
        for whole, pairs in stacked(stacks):
            all_layers = _as(jobs[0], whole)
            # What breaks two layers breaks all of them, unless they do not go together anyway.
            if is_readable(all_layers.load({})):
                self._besides.append(all_layers)
            else:
                self._besides += [_as(jobs[0], files) for files in pairs]
        self._known = known
        self._baseline = baseline
        self._before = before

    def check(self, texts: dict[str, str]) -> Any:
        """Load all with these texts; return them, and what finds their findings."""
        loaded: list[Project] = [one.load(texts) for one in (*self._projects, *self._besides)]
        return loaded, self._find

    def _find(self) -> list[Diagnostic]:
        found = told_once(one for project in self._projects for one in project.findings())
        for one in found:
            for edit in one.fix.edits if one.fix is not None else ():
                self._before.setdefault(str(edit.span.source.path), edit.span.source.text)
        return compare(found, self._known, self._baseline).findings


def _as(job: Job, files: Files) -> Rerun:
    """Return a job for other files of the same run."""
    return Rerun(job._replace(request=job.request._replace(files=files)))


def told_once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings without those that another project has told of the same file."""
    seen: dict[tuple[Any, ...], Diagnostic] = {}
    for one in found:
        seen.setdefault(place_of(one), one)
    return list(seen.values())
