"""`composekit lint` and `composekit explain`, from the command line to the exit code."""

import json

import pytest

from composekit.cli.main import main
from composekit.data import data_file

GOOD = "name: demo\nservices:\n  web:\n    image: nginx:1.27\n"
WARNED = "name: demo\nservices:\n  web:\n    image: nginx\n"
WRONG = """\
name: demo
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
  admin:
    image: adminer:4
    ports: ["8080:8080"]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Write files into an empty directory and stand in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for name in ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_good_project_passes(project, capsys):
    project(compose=GOOD)

    assert main(["lint"]) == 0
    assert capsys.readouterr() == ("", "no findings\n")


def test_findings_go_to_standard_output_and_the_summary_to_standard_error(project, capsys):
    project(compose=WRONG)

    assert main(["lint"]) == 1
    out, err = capsys.readouterr()
    assert "compose.yaml:8:14: error[CK402] host port 8080 is published by both 'web' and 'admin'" in out
    assert err == "1 error in 1 file\n"


def test_files_may_be_named(project, capsys):
    project(compose=WRONG, other=GOOD)

    assert main(["lint", "other.yaml"]) == 0
    assert main(["lint", "other.yaml", "compose.yaml"]) == 1
    assert main(["-f", "other.yaml", "lint"]) == 0
    assert main(["-f", "other.yaml", "lint", "compose.yaml"]) == 1


def test_a_finding_names_the_file_as_it_was_given(project, capsys):
    project(compose=WARNED)

    main(["lint", "compose.yaml"])

    assert capsys.readouterr().out.startswith("compose.yaml:4:12: warning[CK504]")


@pytest.mark.parametrize(
    ("options", "code"),
    [([], 1), (["--fail-on", "info"], 1), (["--fail-on", "warning"], 1), (["--fail-on", "error"], 0)],
)
def test_the_exit_code_depends_on_the_worst_finding(project, options, code):
    project(compose=WARNED)

    assert main(["lint", *options]) == code


def test_findings_below_the_severity_are_not_shown_and_do_not_fail(project, capsys):
    project(compose=WARNED)

    assert main(["lint", "--severity", "error", "--fail-on", "info"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "options", [["--ignore", "CK5"], ["--select", "correctness"], ["--ignore", "image-tag-floating"]]
)
def test_rules_can_be_switched(project, options):
    project(compose=WARNED)

    assert main(["lint", *options]) == 0


def test_json_follows_its_schema_and_names_the_rule(project, capsys):
    import jsonschema

    project(compose=WARNED)

    assert main(["lint", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    with open(data_file("schemas", "lint-report.json"), encoding="utf-8") as file:
        jsonschema.validate(json.loads(out), json.load(file))
    (one,) = json.loads(out)["findings"]
    assert (one["code"], one["rule"], one["line"], one["column"]) == ("CK504", "image-tag-floating", 4, 12)
    assert err == ""


def test_a_file_with_errors_is_never_a_pass(project, capsys):
    project(compose="name: demo\nservices:\n  web:\n    imag: nginx:1.27\n")

    assert main(["lint", "--ignore", "all", "--select", "CK502"]) == 1
    assert "error[CK2" in capsys.readouterr().out


def test_a_file_that_is_not_yaml_is_never_a_pass(project, capsys):
    project(compose="services: [\n")

    assert main(["lint", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["summary"]["errors"] >= 1


def test_a_missing_file_is_never_a_pass(project, capsys):
    project()

    assert main(["lint", "missing.yaml"]) == 1
    assert "missing.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", [["lint", "--select", "CK499"], ["lint", "--format", "morse"], ["lint", "--fail-on", "x"]]
)
def test_wrong_usage_exits_with_2(project, capsys, line):
    project(compose=GOOD)

    assert main(line) == 2


def test_services_of_every_profile_are_linted(project, capsys):
    project(compose=GOOD + "  tool:\n    image: nginx\n    profiles: [tools]\n")

    assert main(["lint"]) == 1
    assert "CK504" in capsys.readouterr().out


def test_a_volume_of_an_inactive_profile_is_used(project):
    project(
        compose=GOOD
        + "  tool:\n    image: nginx:1.27\n    profiles: [tools]\n    volumes: ['data:/data']\nvolumes:\n  data:\n"
    )

    assert main(["lint"]) == 0


def test_the_profiles_that_are_asked_for_must_fit_together(project, capsys):
    taken = "    container_name: taken\n"
    project(compose=GOOD + taken + "  tool:\n    image: nginx:1.27\n    profiles: [tools]\n" + taken)

    assert main(["lint"]) == 0
    assert main(["--profile", "tools", "lint"]) == 1
    assert "error[CK3" in capsys.readouterr().out


def test_alternatives_of_different_profiles_may_share_a_container_name(project):
    project(
        compose=GOOD
        + "  cpu: {image: 'x:1', profiles: [cpu], container_name: one}\n"
        + "  gpu: {image: 'x:2', profiles: [gpu], container_name: one}\n"
    )

    assert main(["lint"]) == 0


def test_credentials_of_an_env_file_are_not_in_the_compose_file(project, tmp_path):
    project(compose=GOOD + "    env_file: secret.env\n")
    (tmp_path / "secret.env").write_text("DB_PASSWORD=hunter2\n", encoding="utf-8")

    assert main(["lint"]) == 0


def test_colours_are_a_choice(project, capsys):
    project(compose=WARNED)

    main(["--ansi", "always", "lint"])
    assert "\x1b[1;33mwarning[CK504]" in capsys.readouterr().out
    main(["lint"])
    assert "\x1b" not in capsys.readouterr().out


def test_the_rules_can_be_listed(capsys):
    assert main(["lint", "--list-rules", "--select", "CK50"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["CK501", "CK502"]

    assert main(["lint", "--list-rules", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "service-healthy-without-check"


@pytest.mark.parametrize("name", ["CK402", "ck402", "host-port-twice"])
def test_a_rule_is_explained_by_id_or_name(capsys, name):
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("CK402 host-port-twice: Host port published twice\nerror, correctness, ")


def test_an_unknown_rule_is_a_usage_error_with_a_suggestion(capsys):
    assert main(["explain", "host-port-twic"]) == 2
    assert "did you mean 'host-port-twice'?" in capsys.readouterr().err


@pytest.mark.parametrize("line", [["explain"], ["explain", "--all", "CK402"]])
def test_explain_wants_names_or_all(line):
    assert main(line) == 2
