"""What a user may want otherwise than `docker stack deploy` has it: image names, jobs, names by content."""

import json

import pytest

from composekit.cli.main import main
from composekit.swarm.json_text import indented

BUILT = "name: Shop\nservices:\n  Web:\n    build: .\n  db:\n    build: ./db\n    image: postgres:17\n"
ONE_SHOTS = """\
name: shop
services:
  web:
    image: nginx
    depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: service_healthy}}
  migrate:
    image: migrate
    restart: on-failure
    deploy: {update_config: {order: start-first}}
  seed: {image: seed, restart: "no"}
  agent: {image: agent, restart: "no", deploy: {mode: global}}
  never: {image: never, deploy: {restart_policy: {condition: none}}}
  db: {image: postgres}
"""
CONTENTS = """\
name: shop
services:
  web:
    image: nginx
    configs: [settings, named]
    secrets: [token]
configs:
  settings: {content: "SETTINGS"}
  named: {name: my-own, content: text}
  elsewhere: {external: true}
secrets:
  token: {environment: TOKEN}
"""


@pytest.fixture
def convert(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    monkeypatch.setenv("TOKEN", "correct horse")

    def run(text, *words):
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
        code = main(["convert", "--format", "spec", "--stack", "demo", "--report", "json", *words])
        told = capsys.readouterr()
        losses = json.loads(told.err)["findings"] if told.err.startswith("{") else told.err
        return code, json.loads(told.out) if told.out else None, losses

    return run


def services_of(bodies):
    return {one["Name"]: one for one in bodies["services"]}


def images_of(bodies):
    return [one["TaskTemplate"]["ContainerSpec"]["Image"] for one in bodies["services"]]


def test_a_template_names_the_images_that_are_only_built(convert):
    code, bodies, losses = convert(
        BUILT.replace("Shop", "shop"), "--image-template", "{registry}/{project}-{service}:{tag}",
        "--registry", "r.example.com", "--tag", "7",
    )  # fmt: skip
    assert code == 0
    assert images_of(bodies) == ["r.example.com/shop-web:7", "postgres:17"]
    assert [(one["code"], one["facts"]["level"]) for one in losses] == [("CK742", "emulated"), ("CK711", "ignored")]


def test_a_registry_is_enough_for_a_template(convert):
    _, bodies, _ = convert(BUILT.replace("Shop", "shop"), "--registry", "r.example.com/team")
    assert images_of(bodies)[0] == "r.example.com/team/shop-web:latest"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--image-template", "{registry}/{service}"), "nothing is known for '{registry}'"),
        (("--image-template", "{color}-{service}"), "nothing is known for '{color}'"),
        (("--image-template", "{service"), "a brace without its other half"),
        (("--image-template", "app:{tag}", "--tag", "1"), "gives all services one image"),
        (("--tag", "1"), "says nothing without"),
    ],
)
def test_a_template_that_cannot_name_images_is_a_usage_error(convert, words, said):
    code, bodies, told = convert(BUILT.replace("Shop", "shop"), *words)
    assert (code, bodies) == (2, None)
    assert said in told


def test_jobs_are_made_on_request_only(convert):
    _, bodies, _ = convert(ONE_SHOTS)
    assert {next(iter(one["Mode"])) for one in bodies["services"]} == {"Replicated", "Global"}


def test_what_others_wait_for_to_complete_becomes_a_job(convert):
    _, bodies, losses = convert(ONE_SHOTS, "--jobs", "waited")
    services = services_of(bodies)
    assert [name for name, one in services.items() if "ReplicatedJob" in one["Mode"]] == ["demo_migrate"]
    job = services["demo_migrate"]
    assert "UpdateConfig" not in job
    assert job["TaskTemplate"]["RestartPolicy"]["Condition"] == "on-failure"
    (said,) = [one for one in losses if one["code"] == "CK741"]
    assert (said["line"], said["facts"]["level"], said["severity"]) == (6, "emulated", "info")


def test_all_that_run_once_become_jobs(convert):
    _, bodies, _ = convert(ONE_SHOTS, "--jobs", "all")
    modes = {name: next(iter(one["Mode"])) for name, one in services_of(bodies).items()}
    assert modes == {
        "demo_agent": "GlobalJob",
        "demo_db": "Replicated",
        "demo_migrate": "ReplicatedJob",
        "demo_never": "ReplicatedJob",
        "demo_seed": "ReplicatedJob",
        "demo_web": "Replicated",
    }
    assert services_of(bodies)["demo_seed"]["TaskTemplate"]["RestartPolicy"] == {"Condition": "none"}


def test_names_by_content_change_with_the_content_and_nothing_else(convert):
    _, first, _ = convert(CONTENTS, "--names", "content")
    _, again, _ = convert(CONTENTS, "--names", "content")
    _, other, _ = convert(CONTENTS.replace("SETTINGS", "OTHER"), "--names", "content")
    assert first == again
    before, after = ([one["Name"] for one in bodies["configs"]] for bodies in (first, other))
    assert [name.rpartition("-")[0] for name in before] == ["demo_settings", "my"]
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)
    assert first["secrets"] == other["secrets"]


def test_services_use_the_names_by_content_under_the_old_file_names(convert):
    _, bodies, _ = convert(CONTENTS, "--names", "content")
    container = bodies["services"][0]["TaskTemplate"]["ContainerSpec"]
    names = {one["ConfigName"]: one["File"]["Name"] for one in container["Configs"]}
    assert names == {bodies["configs"][0]["Name"]: "settings", "my-own": "named"}
    (secret,) = container["Secrets"]
    assert secret["SecretName"] == bodies["secrets"][0]["Name"]
    assert secret["SecretID"] == f"secrets-{secret['SecretName']}"
    assert secret["File"]["Name"] == "token"


def test_a_name_by_content_is_never_too_long(convert):
    key = "k" * 70
    _, bodies, _ = convert(CONTENTS.replace("settings", key), "--names", "content")
    assert max(len(one["Name"]) for one in bodies["configs"]) == 64


def test_losses_as_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    (tmp_path / "compose.yaml").write_text(
        "name: shop\nservices:\n  web: {image: nginx, privileged: true, restart: always, cpus: 1, pid: host}\n"
    )
    assert main(["convert", "--report", "markdown"]) == 0
    page = capsys.readouterr().err
    assert page.startswith("# What becomes of the project in the stack shop\n")
    titles = [line.partition(" (")[0] for line in page.splitlines() if line.startswith("## ")]
    assert titles == ["## Ignored", "## Emulated"]
    assert "| CK728 | compose.yaml:3:" in page


@pytest.mark.parametrize(
    "value",
    [{}, [], {"a": []}, {"a": {}, "b": [1, 2.5, True, False, None, 'ä"\n\u2028']}, {"x": [{"y": []}, [[]]]}, "text"],
)
def test_indented_json_is_that_of_the_standard_library(value):
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
