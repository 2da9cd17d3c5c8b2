"""The values of secrets: in the bodies that store them, in the files that the stack file names, and nowhere else."""

import base64
import json
import os

import pytest

from composekit.cli.main import main
from composekit.model.bind import bind_project
from composekit.source.diagnostic import Report

CANARY = "c4nary-under-glass"
SECRETS = """\
name: shop
services:
  web:
    image: nginx:1.27
    privileged: true
    secrets: [from_file, from_variable]
secrets:
  from_file: {file: ./token}
  from_variable: {environment: TOKEN}
"""
TOO_LARGE = "x" * (500 * 1024)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in a project with secrets; returns exit code, output and what is said."""
    for name in ("COMPOSE_FILE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", CANARY)
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def start(line, text=SECRETS, token=CANARY):
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "token").write_text(token, encoding="utf-8")
        code = main(line.split())
        told = capsys.readouterr()
        return code, told.out, told.err

    return start


@pytest.mark.parametrize("names", ["plain", "content"])
@pytest.mark.parametrize("shown", ["text", "json", "markdown"])
@pytest.mark.parametrize("form", ["stack", "cli"])
def test_no_stack_file_script_or_report_has_a_secret(run, form, shown, names):
    code, out, err = run(f"convert --files here --format {form} --report {shown} --names {names}")
    assert code == 0
    assert "from_file" in out
    assert "CK728" in err
    assert CANARY not in out + err


def test_the_bodies_have_it_as_data_of_the_secret_only(run):
    code, out, err = run("convert --format spec")
    made = json.loads(out)
    stored = {one["Name"]: base64.b64decode(one.pop("Data")).decode() for one in made["secrets"]}
    assert (code, stored) == (0, {"shop_from_file": CANARY, "shop_from_variable": CANARY})
    assert CANARY not in json.dumps(made) + err


def test_a_file_for_the_stack_file_is_for_its_user_only(run, tmp_path):
    assert run("convert --files here")[0] == 0
    (name,) = os.listdir(tmp_path / "here")
    path = tmp_path / "here" / name
    assert (path.read_text(), path.stat().st_mode & 0o777) == (CANARY, 0o600)
    assert (tmp_path / "here").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("line", "text", "token"),
    [
        ("convert --strict", SECRETS, CANARY),
        ("convert", SECRETS, CANARY + TOO_LARGE),
        ("convert", SECRETS.replace("nginx:1.27", "'nginx:'"), CANARY),
        ("convert -o no/such/folder/file", SECRETS, CANARY),
        ("convert --format cli", SECRETS.replace("./token", "./token/below"), CANARY),
        ("convert", SECRETS.replace("image: nginx:1.27", "image: [nginx]"), CANARY),
        ("convert --stack bad/name", SECRETS, CANARY),
        ("lint --target swarm", SECRETS, CANARY),
        ("lint --target swarm --format json", SECRETS, CANARY),
        ("config", SECRETS, CANARY),
        ("config --explain secrets.from_variable", SECRETS, CANARY),
        ("stack config shop", SECRETS, CANARY),
        ("stack plan shop -H tcp://127.0.0.1:1", SECRETS, CANARY),
        ("stack deploy shop -H tcp://127.0.0.1:1", SECRETS, CANARY),
        ("stack deploy --dry-run shop -H tcp://127.0.0.1:1", SECRETS, CANARY),
    ],
)
def test_neither_mistakes_nor_other_commands_tell_one(run, line, text, token):
    _, out, err = run(line, text, token)
    assert out + err
    assert CANARY not in out + err


def test_a_plan_in_a_traceback_does_not_show_one(tmp_path):
    from composekit.load.pipeline import load
    from composekit.load.request import LoadRequest
    from composekit.swarm.convert import to_plan

    (tmp_path / "compose.yaml").write_text(SECRETS, encoding="utf-8")
    (tmp_path / "token").write_text(CANARY, encoding="utf-8")
    loaded = load(LoadRequest(cwd=str(tmp_path), environment={"TOKEN": CANARY}, all_resources=True))
    project = bind_project(loaded.tree, directory=loaded.directory, environment={"TOKEN": CANARY}, files=())
    plan = to_plan(project, stack="demo", report=Report())
    assert [one.data for one in plan.secrets] == [CANARY.encode(), CANARY.encode()]
    assert CANARY not in repr(plan)
