"""Projects to hand on: relative paths, and no credentials."""

import pytest

from composekit.load.fields import ROOT
from composekit.load.pipeline import load
from composekit.load.portable import redact, relative_paths
from composekit.load.request import LoadRequest
from composekit.source.node import to_python


@pytest.fixture
def service(tmp_path):
    project = tmp_path / "project"
    project.mkdir()

    def make(text, change):
        (project / "compose.yaml").write_text("services:\n  web:\n" + text)
        loaded = load(LoadRequest(str(project), {"HOME": "/home/me"}, files=("compose.yaml",)))
        assert loaded.tree is not None, list(loaded.report)
        return to_python(change(loaded.tree, loaded.directory))["services"]["web"]

    return make


def _relative(tree, directory):
    return relative_paths(tree, directory, ROOT)


def test_paths_below_and_beside_the_project_become_relative(service):
    web = service(
        """\
    build: {context: ., additional_contexts: {shared: ../shared, base: docker-image://alpine}}
    volumes: [./data:/data, ../common:/common:ro, named:/var/lib, /var/run/app.sock:/app.sock]
    label_file: []
volumes: {named: }
""",
        _relative,
    )

    assert web["build"]["context"] == "."
    assert web["build"]["additional_contexts"] == {"shared": "../shared", "base": "docker-image://alpine"}
    assert [mount["source"] for mount in web["volumes"]] == ["./data", "../common", "named", "/var/run/app.sock"]


def test_loading_the_relative_project_again_gives_the_same_project(tmp_path, service):
    from composekit.load.render import render_yaml

    service("    image: x\n    volumes: [./data:/data]\n    build: ./app\n", _relative)
    first = load(LoadRequest(str(tmp_path / "project"), {}, files=("compose.yaml",)))
    text = render_yaml(_relative(first.tree, first.directory))
    (tmp_path / "project" / "again.yaml").write_text(text)

    assert load(LoadRequest(str(tmp_path / "project"), {}, files=("again.yaml",))).tree == first.tree


def _redact(tree, _directory):
    return redact(tree, ROOT)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("environment: {DB_PASSWORD: hunter2}", {"environment": {"DB_PASSWORD": "***"}}),
        ("environment: {DB_PASSWORD_FILE: /run/secrets/db}", {"environment": {"DB_PASSWORD_FILE": "/run/secrets/db"}}),
        ("environment: {API_KEY: }", {"environment": {"API_KEY": None}}),
        ("environment: {KEYBOARD: de}", {"environment": {"KEYBOARD": "de"}}),
        ("environment: {URL: 'redis://u:pw@h/0'}", {"environment": {"URL": "redis://u:***@h/0"}}),
        ("command: redis-server --requirepass pw", {"command": ["redis-server", "--requirepass", "pw"]}),
        ("command: run --db-password pw --name x", {"command": ["run", "--db-password", "***", "--name", "x"]}),
        ("command: [run, --token=pw]", {"command": ["run", "--token=***"]}),
        ("labels: {app.secret: s, app.name: n}", {"labels": {"app.secret": "***", "app.name": "n"}}),
    ],
)
def test_credentials_become_stars_and_the_rest_stays(service, written, shown):
    web = service(f"    image: x\n    {written}\n", _redact)

    assert {key: web[key] for key in shown} == shown
