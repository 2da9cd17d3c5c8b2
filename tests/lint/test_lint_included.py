"""Rules that read files as they are written see those that a project includes or extends, too."""

import os

import pytest

from composekit.lint.engine import examine, lint
from composekit.lint.formatter import Style, changes
from composekit.lint.settings import Settings
from composekit.load.pipeline import load as load_project
from composekit.load.request import LoadRequest

TWICE = "services:\n  api:\n    image: a:1\n    environment: [A=1, A=2]\n"


@pytest.fixture
def load(tmp_path):
    """Write files, and load the project of compose.yaml."""

    def run(texts):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return load_project(LoadRequest(str(tmp_path), {}, ("compose.yaml",), all_resources=True))

    return run


def found(loaded, *codes):
    return [(os.path.basename(one.span.source.name), one.code) for one in lint(loaded, Settings(select=codes))]


def test_an_included_file_is_seen(load):
    texts = {"compose.yaml": "include: [api/compose.yaml]\nservices: {}\n", "api/compose.yaml": TWICE}

    assert found(load(texts), "CK416") == [("compose.yaml", "CK416")]
    assert lint(load(texts), Settings(select=("CK416",)))[0].span.source.path.endswith("api/compose.yaml")


def test_an_extended_file_is_seen(load):
    web = "services:\n  web:\n    extends: {file: base.yaml, service: api}\n"

    assert found(load({"compose.yaml": web, "base.yaml": TWICE}), "CK416") == [("base.yaml", "CK416")]


def test_only_the_projects_own_files_are_formatted(load):
    api = "services:\n  api:\n    ports:\n      - 80:80\n    image: a:1\n"
    loaded = load({"compose.yaml": "include: [api.yaml]\nservices: {}\n", "api.yaml": api})

    assert found(loaded, "CK806") == [("api.yaml", "CK806")]
    assert changes(loaded, Style()) == []


def test_the_project_of_the_first_file_is_named_by_its_own_files(load):
    texts = {"compose.yaml": "include: [api.yaml]\nservices: {}\n", "api.yaml": "name: api\n" + TWICE}

    assert found(load(texts), "CK810") == [("compose.yaml", "CK810")]


@pytest.mark.parametrize(("env", "codes"), [("TOKEN_ON=1\n", ["CK439"]), ("TOKEN_ONE=1\n", [])])
def test_an_included_project_has_variables_of_its_own(load, env, codes):
    texts = {
        "compose.yaml": "include: [{path: api/compose.yaml, env_file: api/own.env}]\nservices: {}\n",
        "api/own.env": env,
        "api/compose.yaml": "services:\n  api: {image: 'a:1', environment: ['T=${TOKEN_ONE}']}\n",
    }

    assert [code for _, code in found(load(texts), "CK439")] == codes


def test_a_bare_variable_of_an_included_file_is_not_one_of_an_env_file(load):
    texts = {
        "compose.yaml": "include: [api.yaml]\nservices:\n  web: {image: 'w:1', environment: ['A=${TOKEN}']}\n",
        "api.yaml": "services:\n  api: {image: 'a:1', environment: [TOKEN]}\n",
    }

    assert found(load(texts), "CK413") == []


def test_a_comment_in_an_included_file_counts(load):
    text = TWICE.replace("[A=1, A=2]", "[A=1, A=2]  # composekit: ignore[CK416] both are read")
    ruling = examine(
        load({"compose.yaml": "include: [api.yaml]\nservices: {}\n", "api.yaml": text}), Settings(select=("CK416",))
    )

    assert [one.code for one in ruling.findings] == []
    assert [one.reason for one in ruling.suppressed] == ["both are read"]
