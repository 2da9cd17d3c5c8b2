"""A project from YAML text, and what it is translated to on a machine made up for the test."""

import textwrap
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from composekit.load.pipeline import load
from composekit.load.request import LoadRequest
from composekit.model.bind import bind_project
from composekit.model.project import Project
from composekit.runtime.machine import Machine
from composekit.runtime.names import replica_addresses
from composekit.runtime.replicas import wanted_replicas
from composekit.runtime.translate import Surroundings, translate
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home

PROGRAMS = {"python3": "/usr/bin/python3", "redis-server": "/usr/bin/redis-server", "node": "/usr/bin/node"}


@pytest.fixture
def project(tmp_path) -> Callable[..., Project]:
    """Load YAML text as the project `shop` in a temporary directory; `files` are written beside it first."""

    def make(text: str, files: dict[str, str] | None = None, **environment: str) -> Project:
        for name, content in (files or {}).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (tmp_path / "compose.yaml").write_text(textwrap.dedent(text))
        loaded = load(LoadRequest(cwd=str(tmp_path), environment=environment, project_name="shop"))
        assert loaded.tree is not None
        assert not loaded.report.has_errors, list(loaded.report)
        return bind_project(
            loaded.tree,
            directory=loaded.directory,
            environment=dict(loaded.environment),
            files=tuple(loaded.files),
        )

    return make


def _by_name(replica) -> str:
    return replica.name


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(
        root=str(tmp_path / "state"),
        python="/opt/python",
        path="/usr/bin:/bin",
        uid=1000,
        gid=1000,
        home="/home/user",
        view="none",
        which=PROGRAMS.get,
        expand=lambda _pattern: [],
    )


@pytest.fixture
def translated(project, machine, tmp_path):
    """Translate YAML text; returns specs by name, the report, and the whole translation."""

    def make(text: str, files: dict[str, str] | None = None, view: str = "none", scale=None, only=None, **environment):
        import dataclasses

        made = project(text, files, **environment)
        report = Report()
        replicas = wanted_replicas(made, report, scale)
        own = {one.name: f"127.64.0.{at}" for at, one in enumerate(sorted(replicas, key=_by_name), 1)}
        here = dataclasses.replace(machine, view=view)
        home = Home(here.root, made.name, str(tmp_path / "run"))
        around = Surroundings(home, here, replica_addresses(made, replicas, own), {}, "token")
        result = translate(made, replicas, around, report, only=only)
        specs = {spec.name.removeprefix("shop-"): spec for spec in result.specs}
        codes = [one.code for one in report]
        return SimpleNamespace(specs=specs, report=report, codes=codes, result=result, project=made, home=home)

    return make
