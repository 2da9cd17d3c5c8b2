"""Lint one project from its request: load, examine, keep what is wanted. A job says everything, so it can be sent away.

`lint_text` is for editors: it lints a text that is not saved, as a part of the project that its file belongs to.
"""

import os
from functools import cache
from typing import NamedTuple

from composekit.lint.catalog import rules
from composekit.lint.engine import examine
from composekit.lint.plugins import plugin_rules
from composekit.lint.projects import projects_of
from composekit.lint.rule import Rule
from composekit.lint.settings import Settings
from composekit.lint.suppress import Ruling, is_final
from composekit.load.pipeline import Loaded, load
from composekit.load.request import LoadRequest
from composekit.source.diagnostic import Diagnostic


class Job(NamedTuple):
    """One project to lint. `today` (YYYY-MM-DD) decides which suppressions have ended."""

    request: LoadRequest
    settings: Settings
    plugins: bool = False
    today: str = ""


def known_rules(*, plugins: bool = False) -> list[Rule]:
    """Return our rules and, when the settings ask for them, those of installed packages."""
    return list(_known(plugins))


@cache
def _known(plugins: bool) -> tuple[Rule, ...]:  # noqa: FBT001  # a cache wants positional arguments
    ours = rules()
    return (*ours, *plugin_rules(ours)) if plugins else tuple(ours)


def run(job: Job, texts: dict[str, str] | None = None) -> tuple[Loaded, Ruling]:
    """Load and examine a project; `texts` stand for files on disk."""
    loaded = open_project(job, texts)
    return loaded, judge(job, loaded)


def open_project(job: Job, texts: dict[str, str] | None = None) -> Loaded:
    """Load a project; `texts` stand for files on disk."""
    request = job.request if not texts else job.request._replace(texts={**job.request.texts, **texts})
    return load(request)


def judge(job: Job, loaded: Loaded) -> Ruling:
    """Examine the project of a job that is loaded already."""
    return examine(loaded, job.settings, today=job.today, catalog=_known(job.plugins))


class Rerun:
    """A job that is run again and again while texts change; nothing is done twice for the same texts."""

    __slots__ = ("_findings", "_job", "_loaded", "_texts")

    def __init__(self, job: Job) -> None:
        self._job = job
        self._loaded: Loaded | None = None
        self._texts: dict[str, str | None] = {}
        self._findings: list[Diagnostic] | None = None

    def load(self, texts: dict[str, str]) -> Loaded:
        """Load the project with these texts in place of files."""
        if self._loaded is None or any(texts.get(file) != text for file, text in self._texts.items()):
            self._findings = None
            self._loaded = open_project(self._job, texts)
            documents = (*self._loaded.documents, *self._loaded.others)
            files = {str(one.span.source.path) for one in documents}
            # Without a document, every text may be the one that matters.
            self._texts = {file: texts.get(file) for file in files} if self._loaded.tree is not None else {"": ""}
        return self._loaded

    def findings(self) -> list[Diagnostic]:
        """Return what is found in the project that was loaded last."""
        if self._findings is None:
            assert self._loaded is not None
            self._findings = judge(self._job, self._loaded).findings
        return self._findings


def lint_text(
    text: str,
    file: str,
    *,
    settings: Settings | None = None,
    environment: dict[str, str] | None = None,
    cwd: str = "",
    plugins: bool = False,
    today: str = "",
) -> Ruling:
    """Return what is to be said about a text that would be saved as `file`, in the project of that file.

    The file need not exist. Findings in other files of the project are left out, but for those that stop it from being
    read. `file` is absolute, or counts from `cwd`.
    """
    file = os.path.normpath(os.path.join(cwd, file))
    project = projects_of([file])[0]
    request = LoadRequest(
        cwd=cwd or os.path.dirname(file),
        environment=environment or {},
        files=project,
        all_resources=True,
        texts={file: text},
    )
    _, ruling = run(Job(request, settings or Settings(), plugins, today))
    return Ruling(
        [one for one in ruling.findings if one.span is None or one.span.source.path == file or is_final(one)],
        [one for one in ruling.suppressed if one.diagnostic.span and one.diagnostic.span.source.path == file],
    )
