"""Whole projects: equal to what the docker client sends, in all three forms, and read back."""

import json
import os

import pytest
from swarm_conversion import ENVIRONMENT, FIXTURES, ROOT, convert_file, path_of
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from composekit.report.text import render
from composekit.source.emit import write_yaml
from composekit.swarm.cli_line import to_script
from composekit.swarm.contents import write_contents
from composekit.swarm.engine_json import to_engine
from composekit.swarm.stack_yaml import to_stack


def tidy(value):
    """Leave out what means nothing: the client writes some empty members and not others."""
    if isinstance(value, dict):
        kept = {key: tidy(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, {}, [], "")}
    return [tidy(item) for item in value] if isinstance(value, list) else value


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def shown(snapshot):
    """Compare text with a snapshot in which the fixture's folder has a name of its own."""
    return snapshot.use_extension(TextFile)


def without_folder(text):
    return text.replace(ROOT, "/fixtures")


@pytest.mark.parametrize("case", FIXTURES)
def test_the_requests_are_those_of_the_docker_client(case):
    """requests.json is what docker stack deploy 28.2.2 sent; of `emulated` and `lossy`, for our stack file."""
    with open(os.path.join(ROOT, case, "requests.json"), encoding="utf-8") as file:
        recorded = json.loads(file.read().replace("@DIRECTORY@", os.path.join(ROOT, case)))
    assert tidy(convert_file(path_of(case)).bodies) == tidy(recorded)


@pytest.mark.parametrize("case", FIXTURES)
def test_a_stack_file_read_back_is_the_same_stack(case, tmp_path):
    made = convert_file(path_of(case))
    write_contents(made.plan, str(tmp_path))
    (tmp_path / "stack.yaml").write_text(write_yaml(to_stack(made.plan, folder=str(tmp_path))), encoding="utf-8")
    again = convert_file(str(tmp_path / "stack.yaml"), environment={})
    assert tidy(to_engine(again.plan)) == tidy(made.bodies)


@pytest.mark.parametrize("case", FIXTURES)
def test_the_stack_file(case, shown):
    assert without_folder(write_yaml(to_stack(convert_file(path_of(case)).plan, folder="/contents"))) == shown


@pytest.mark.parametrize("case", FIXTURES)
def test_the_request_bodies(case, shown):
    text = json.dumps(convert_file(path_of(case)).bodies, indent=2)
    assert without_folder(text) == shown


@pytest.mark.parametrize("case", FIXTURES)
def test_the_docker_commands(case, shown):
    assert without_folder(to_script(convert_file(path_of(case)).plan)) == shown


@pytest.mark.parametrize("case", FIXTURES)
def test_the_losses(case, shown):
    assert without_folder(render(convert_file(path_of(case)).report.sorted())) == shown


def test_secrets_of_the_environment_are_in_no_script_and_no_report():
    made = convert_file(path_of("emulated"))
    told = to_script(made.plan) + render(made.report.sorted()) + repr(made.plan)
    assert ENVIRONMENT["API_TOKEN"] not in told
