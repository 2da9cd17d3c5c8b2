"""The public Python API: load and validate Compose projects, with every diagnostic at its place.

    from composekit import load, validate

    result = load(["compose.yaml"], env={"TAG": "1.2"}, profiles=["debug"])
    for diagnostic in result.diagnostics:
        print(diagnostic.span, diagnostic.message)
    if result.project is not None:
        print(result.project.services["web"].image)

Names here are stable. What they return is typed in `composekit.model` and `composekit.source.diagnostic`.
"""

import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from composekit.load.pipeline import load as load_request
from composekit.load.request import LoadRequest
from composekit.model.bind import bind_project
from composekit.model.project import Project
from composekit.source.diagnostic import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A load's outcome. `project` is `None` where a diagnostic is an error; diagnostics are in file order."""

    project: Project | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Tell whether the project could be loaded; warnings do not count."""
        return self.project is not None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR)


def load(
    files: Iterable[str | os.PathLike[str]] = (),
    *,
    env: Mapping[str, str] | None = None,
    profiles: Iterable[str] = (),
    services: Iterable[str] = (),
    env_files: Iterable[str | os.PathLike[str]] = (),
    project_name: str = "",
    project_directory: str | os.PathLike[str] = "",
    directory: str | os.PathLike[str] | None = None,
) -> LoadResult:
    """Load a project as `composekit config` does; nothing is printed and no mistake of the user's raises.

    `files` are merged in order; without any, the usual names are looked for in `directory` (default: the current one)
    and above. `env` replaces the process environment, which is used when it is not given. Relative paths count from
    `directory`.
    """
    request = LoadRequest(
        cwd=os.path.abspath(os.fspath(directory)) if directory is not None else os.getcwd(),
        environment=dict(os.environ if env is None else env),
        files=tuple(os.fspath(file) for file in files),
        profiles=tuple(profiles),
        services=tuple(services),
        env_files=tuple(os.fspath(file) for file in env_files),
        project_name=project_name,
        project_directory=os.fspath(project_directory),
    )
    return _load(request)


def validate(
    text: str,
    *,
    env: Mapping[str, str] | None = None,
    directory: str | os.PathLike[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a Compose file given as text; `()` when it is fine.

    Relative paths, env files and includes count from `directory` (default: the current one). Diagnostics call the text
    "<stdin>".
    """
    request = LoadRequest(
        cwd=os.path.abspath(os.fspath(directory)) if directory is not None else os.getcwd(),
        environment=dict(os.environ if env is None else env),
        files=("-",),
        stdin=io.TextIOWrapper(io.BytesIO(text.encode("utf-8", "surrogatepass")), encoding="utf-8"),
    )
    return _load(request).diagnostics


def _load(request: LoadRequest) -> LoadResult:
    loaded = load_request(request)
    diagnostics = tuple(loaded.report.sorted())
    if loaded.tree is None or loaded.report.has_errors:
        return LoadResult(None, diagnostics)
    project = bind_project(
        loaded.tree,
        directory=loaded.directory,
        environment=loaded.environment,
        files=tuple(loaded.files),
    )
    return LoadResult(project, diagnostics)
