"""Converts Compose files for the swarm tests."""

import os

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


ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "swarm"))
FIXTURES = ("attributes", "emulated", "lossy", "shop")


def path_of(case):
    return os.path.join(ROOT, case, "compose.yaml")
