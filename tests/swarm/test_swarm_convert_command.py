"""`composekit convert`, from the command line to the exit code."""

import io
import json
import os

import pytest

from composekit.cli.main import main

PLAIN = "name: shop\nservices:\n  web:\n    image: nginx:1.27\n"
LOSSY = PLAIN + "    privileged: true\n"
CONTENT = PLAIN + "configs:\n  text:\n    content: hello\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("COMPOSE_FILE", raising=False)

    def write(text):
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_the_stack_has_the_projects_name_unless_another_is_given(project, capsys):
    project(PLAIN)
    assert main(["convert", "--format", "spec"]) == 0
    assert json.loads(capsys.readouterr().out)["services"][0]["Name"] == "shop_web"
    assert main(["convert", "--format", "spec", "--stack", "prod"]) == 0
    assert json.loads(capsys.readouterr().out)["services"][0]["Name"] == "prod_web"


def test_losses_go_to_standard_error_with_their_place(project, capsys):
    project(LOSSY)
    assert main(["convert"]) == 0
    told = capsys.readouterr()
    assert "compose.yaml:5:5: warning[CK728]" in told.err
    assert "privileged" not in told.out
    assert told.out.startswith('version: "3.13"\n')


def test_losses_as_json(project, capsys):
    project(LOSSY)
    assert main(["convert", "--report", "json"]) == 0
    (loss,) = json.loads(capsys.readouterr().err)["findings"]
    assert (loss["code"], loss["facts"]["level"], loss["line"]) == ("CK728", "ignored", 5)


def test_the_report_is_json_even_when_files_are_written(project, capsys, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(project(CONTENT)))
    assert main(["convert", "--report", "json"]) == 0
    assert json.loads(capsys.readouterr().err)["findings"][0]["code"] == "CK738"


def test_strict_prints_nothing_and_fails_when_something_is_lost(project, capsys):
    project(LOSSY)
    assert main(["convert", "--strict"]) == 1
    assert capsys.readouterr().out == ""
    project(CONTENT)
    assert main(["convert", "--strict", "--format", "spec"]) == 0


def test_a_plan_with_errors_prints_nothing(project, capsys):
    project(PLAIN + "    deploy: {mode: everywhere}\n")
    assert main(["convert"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "CK795" in told.err


def test_an_image_that_the_docker_client_refuses_is_an_error(project, capsys):
    project(PLAIN.replace("nginx:1.27", '"nginx:"'))
    assert main(["convert"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "error[CK797]" in told.err


def test_output_goes_to_a_file_and_contents_beside_it(project, capsys):
    folder = project(CONTENT)
    assert main(["convert", "-o", "stack.yml"]) == 0
    assert capsys.readouterr().out == ""
    (name,) = os.listdir(folder / "stack.yml.files")
    assert (folder / "stack.yml.files" / name).read_text() == "hello"
    assert str(folder / "stack.yml.files" / name) in (folder / "stack.yml").read_text()


def test_contents_go_where_they_are_told_to(project, capsys):
    folder = project(CONTENT)
    assert main(["convert", "--files", "here"]) == 0
    told = capsys.readouterr()
    (name,) = os.listdir(folder / "here")
    assert str(folder / "here" / name) in told.out
    assert "wrote" in told.err


def test_contents_of_a_printed_stack_go_to_the_runtime_directory(project, capsys, monkeypatch):
    folder = project(CONTENT)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
    assert main(["convert"]) == 0
    assert str(folder / "run" / "composekit" / "stacks" / "shop") in capsys.readouterr().out


@pytest.mark.parametrize("name", ["a b", "-x", "x/y", "ä", "x_"])
def test_a_name_that_cannot_be_a_stacks_is_a_usage_error(project, capsys, name):
    project(PLAIN)
    assert main(["convert", f"--stack={name}"]) == 2
    assert "cannot be the name of a stack" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_said(project, capsys):
    project(PLAIN)
    assert main(["convert", "-o", "no/such/folder.yml"]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_a_project_that_does_not_load_is_reported_in_the_same_form(project, capsys):
    project("services:\n  web:\n    image: nginx\n    depends_on: [db]\n")
    assert main(["convert", "--report", "json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert [one["severity"] for one in json.loads(told.err)["findings"]] == ["error"]


def test_strict_is_about_losses_and_not_about_what_loading_says(project, capsys):
    project('version: "3.8"\n' + PLAIN)
    assert main(["convert", "--strict"]) == 0
    assert capsys.readouterr().out.startswith("version:")


ENV_FILE = "services:\n  web:\n    image: nginx:1.27\n    env_file: [web.env]\n    environment: {OWN: ours}\n"
QUOTED = '# a comment\nPLAIN=a\nQUOTED="b c" # said\nFILLED=${UNSET:-d}\nOWN=theirs\n'
BY_LINES = ["FILLED=${UNSET:-d}", "OWN=ours", "PLAIN=a", 'QUOTED="b c" # said']
AS_COMPOSE = ["FILLED=d", "OWN=ours", "PLAIN=a", "QUOTED=b c"]


def environment_of(text):
    return json.loads(text)["services"][0]["TaskTemplate"]["ContainerSpec"]["Env"]


def test_an_env_file_is_read_as_docker_does_where_docker_takes_the_project(project, capsys):
    folder = project(ENV_FILE)
    (folder / "web.env").write_text(QUOTED)
    assert main(["convert", "--format", "spec", "--report", "json"]) == 0
    told = capsys.readouterr()
    assert environment_of(told.out) == BY_LINES
    losses = json.loads(told.err)["findings"]
    assert [(one["code"], one["facts"]["key"], one["facts"]["level"], one["line"]) for one in losses] == [
        ("CK743", "QUOTED", "changed", 3),
        ("CK743", "FILLED", "changed", 4),
    ]
    assert "b c" not in told.err


@pytest.mark.parametrize(
    "text",
    [
        "name: shop\n" + ENV_FILE,
        ENV_FILE + "    profiles: []\n",
        ENV_FILE + "    depends_on: {web2: {condition: service_started}}\n  web2: {image: x}\n",
        ENV_FILE.replace("[web.env]", "[{path: web.env}]"),
        'version: "2"\n' + ENV_FILE,
    ],
)
def test_an_env_file_is_read_as_compose_does_where_docker_refuses_the_project(project, capsys, text):
    folder = project(text)
    (folder / "web.env").write_text(QUOTED)
    assert main(["convert", "--format", "spec"]) == 0
    told = capsys.readouterr()
    assert environment_of(told.out) == AS_COMPOSE
    assert "CK743" not in told.err


def test_an_env_file_beside_dot_env_is_read_as_compose_does(project, capsys):
    folder = project(ENV_FILE)
    (folder / "web.env").write_text(QUOTED)
    (folder / ".env").write_text("UNSET=e\n")
    assert main(["convert", "--format", "spec"]) == 0
    assert environment_of(capsys.readouterr().out) == [AS_COMPOSE[0].replace("=d", "=e"), *AS_COMPOSE[1:]]


def test_a_project_from_a_pipe_is_read_once(project, capsys, monkeypatch):
    folder = project("")
    (folder / "web.env").write_text(QUOTED)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(ENV_FILE.encode())))
    assert main(["-f", "-", "convert", "--format", "spec"]) == 0
    assert environment_of(capsys.readouterr().out) == AS_COMPOSE


def test_a_working_directory_that_no_shell_names_stays_empty(project, capsys, monkeypatch):
    folder = project(PLAIN + "    environment: {HERE: '$PWD'}\n")
    assert main(["convert", "--format", "spec"]) == 0
    assert environment_of(capsys.readouterr().out) == [f"HERE={folder}"]
    monkeypatch.delenv("PWD")
    assert main(["convert", "--format", "spec"]) == 0
    assert environment_of(capsys.readouterr().out) == ["HERE="]
