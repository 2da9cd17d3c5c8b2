"""Which project an early supervisor is likely to be for."""

import io

import pytest

from composekit.cli.context import CommandContext
from composekit.cli.early import _guess


def guess(directory, shared=None, environ=None):
    stream = io.StringIO()
    return _guess(
        CommandContext(shared or {}, environ=environ or {}, cwd=str(directory), stdin=stream, out=stream, err=stream)
    )


def test_a_name_that_is_given_is_taken(tmp_path):
    assert guess(tmp_path, {"project_name": "given"}, {"COMPOSE_PROJECT_NAME": "other"}) == "given"
    assert guess(tmp_path, environ={"COMPOSE_PROJECT_NAME": "other"}) == "other"


@pytest.mark.parametrize("line", ["name: from-file", 'name: "from-file"', "# first\nname:   'from-file'"])
def test_the_name_in_the_file_is_found(tmp_path, line):
    (tmp_path / "compose.yaml").write_text(f"{line}\nservices: {{}}\n")
    assert guess(tmp_path) == "from-file"


def test_without_a_name_the_directory_counts(tmp_path):
    directory = tmp_path / "_My App"
    directory.mkdir()
    (directory / "docker-compose.yml").write_text("services:\n  a:\n    name: x\n")
    assert guess(directory) == "myapp"
    assert guess(tmp_path, {"files": ("_My App/docker-compose.yml",)}) == "myapp"
    assert guess(tmp_path, environ={"COMPOSE_FILE": "_My App/docker-compose.yml"}) == "myapp"


def test_without_a_file_there_is_no_guess(tmp_path):
    assert guess(tmp_path) == ""
