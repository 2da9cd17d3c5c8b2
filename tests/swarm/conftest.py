"""Loads what the swarm tests write down, and turns it into a plan or into request bodies."""

import os
import textwrap

import pytest

from composekit.load.pipeline import load
from composekit.load.request import LoadRequest
from composekit.model.bind import bind_project
from composekit.source.diagnostic import Report
from composekit.swarm.convert import to_plan
from composekit.swarm.engine_json import to_engine

ENVIRONMENT = {"HOME": "/home/user", "BANNER": "welcome to $HOME\n", "API_TOKEN": "t0ken"}


class Converted:
    """A converted project: its plan, the request bodies, and what was reported."""

    def __init__(self, loaded, stack):
        assert not loaded.report.has_errors, [str(one) for one in loaded.report]
        project = bind_project(
            loaded.tree,
            directory=loaded.directory,
            environment=loaded.environment,
            files=tuple(loaded.files),
        )
        self.report = Report()
        self.plan = to_plan(project, stack=stack, report=self.report)
        self.bodies = to_engine(self.plan)

    @property
    def codes(self):
        return [one.code for one in self.report.sorted()]

    def only(self, code):
        found = [one for one in self.report if one.code == code]
        assert len(found) == 1, self.codes
        return found[0]

    def body(self, kind, name):
        return next(one for one in self.bodies[kind] if one["Name"] == name)


def convert_file(path, *, environment=None, stack="demo"):
    request = LoadRequest(
        cwd=os.path.dirname(path),
        environment=dict(ENVIRONMENT if environment is None else environment),
        files=(os.path.basename(path),),
        profiles=("web",),
        all_resources=True,
    )
    return Converted(load(request), stack)


@pytest.fixture
def convert(tmp_path):
    """Convert one Compose file, in a project named `shop`, to the stack `demo`."""

    def run(text, *, environment=None, files=None):
        for name, content in (files or {}).items():
            (tmp_path / name).write_bytes(content)
        (tmp_path / "compose.yaml").write_text("name: shop\n" + textwrap.dedent(text), encoding="utf-8")
        return convert_file(str(tmp_path / "compose.yaml"), environment=environment)

    return run


@pytest.fixture
def service(convert):
    """Convert a file with the one service `web`, given by its attributes, and return its request body."""

    def run(attributes):
        lines = textwrap.indent(textwrap.dedent(attributes), "    ")
        return convert(f"services:\n  web:\n    image: nginx\n{lines}").body("services", "demo_web")

    return run


@pytest.fixture
def container(service):
    """The same, but only what runs in each task."""

    def run(attributes):
        return service(attributes)["TaskTemplate"]["ContainerSpec"]

    return run
