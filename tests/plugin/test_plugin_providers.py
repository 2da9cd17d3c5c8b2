"""Services with `provider:` in our own `up` and `down`: the program is asked as Docker Compose asks it."""

import json

import pytest

pytestmark = pytest.mark.integration

PROVIDER = """#!/usr/bin/env python3
import json, os, sys

def tell(kind, message):
    print(json.dumps({"type": kind, "message": message}), flush=True)

with open(os.environ["ASKED"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[2] == "metadata":
    METADATA
    sys.exit(0)
if "up" in sys.argv:
    tell("info", "preparing")
    tell("debug", "not shown")
    UP
    tell("setenv", "URL=cloud://" + os.environ["REGION"] + "/db=1")
"""
COMPOSE = """
name: ckprovided
services:
  app:
    image: alpine
    command: ["sh", "-c", "echo url=$$CLOUD_DB_URL; exec sleep 1000"]
    depends_on: [cloud_db]
  other:
    image: alpine
    command: ["sh", "-c", "echo url=$$CLOUD_DB_URL; exec sleep 1000"]
  cloud_db:
    provider:
      type: testcloud
      options: {type: mysql, sizes: [1, 2], secret: hidden}
"""


@pytest.fixture
def cloud(place):
    """Write the provider and the project; returns what the provider was asked."""
    asked = place.folder / "asked"
    place.environ |= {"ASKED": str(asked), "REGION": "north"}
    (place.folder / "compose.yaml").write_text(COMPOSE)

    def write(*, metadata="sys.exit(1)", up=""):
        program = place.folder / "bin" / "testcloud"
        program.write_text(PROVIDER.replace("METADATA", metadata).replace("UP", up))
        program.chmod(0o755)

    def read():
        return [json.loads(line) for line in asked.read_text().splitlines()] if asked.exists() else []

    write()
    read.write = write
    return read


def up(place, *words):
    return place("-f", place.folder / "compose.yaml", "--progress", "plain", "up", "-d", *words)


def down(place, *words):
    return place("-f", place.folder / "compose.yaml", "--progress", "plain", "down", "-t", "1", *words)


def test_up_asks_the_provider_and_hands_its_variables_to_dependents_and_down_tells_it(place, cloud):
    done = up(place, "--wait")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith(" cloud_db")] == [
        " cloud_db  Creating",
        " cloud_db  preparing",
        " cloud_db  Created",
    ]
    logs = {name: place("-p", "ckprovided", "logs", "--no-log-prefix", name).stdout for name in ("app", "other")}
    assert logs == {"app": "url=cloud://north/db=1\n", "other": "url=\n"}
    assert "cloud_db" not in place("-p", "ckprovided", "ps", "-a", "--services").stdout

    gone = down(place)
    assert (gone.returncode, place.projects()) == (0, [])
    assert gone.stderr.splitlines()[-3:] == [
        " cloud_db  Removing",
        " cloud_db  Removed",
        " Network ckprovided_default  Removed",
    ]
    told = [words for words in cloud() if words[1] != "metadata"]
    options = ["--type=mysql", "--sizes=1", "--sizes=2", "--secret=hidden"]
    assert told == [
        ["compose", "--project-name=ckprovided", "up", *options, "cloud_db"],
        ["compose", "--project-name=ckprovided", "down", *options, "cloud_db"],
    ]


def test_only_options_that_a_provider_knows_are_passed_on_and_required_ones_are_asked_for(place, cloud):
    parameters = [{"name": "type", "required": True}]
    cloud.write(metadata=f"print(json.dumps({{'description': 'x', 'up': {{'parameters': {parameters}}}}}))")
    assert up(place, "cloud_db").returncode == 0
    assert cloud()[-1] == ["compose", "--project-name=ckprovided", "up", "--type=mysql", "cloud_db"]
    assert place.projects() == []

    parameters = [{"name": "zone", "required": True}]
    cloud.write(metadata=f"print(json.dumps({{'description': 'x', 'up': {{'parameters': {parameters}}}}}))")
    done = up(place)
    assert done.returncode == 1
    assert "error: required parameter 'zone' is missing from provider 'testcloud' definition" in done.stderr


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("tell('error', 'no money'); sys.exit(0)", "error: service 'cloud_db': no money"),
        ("sys.exit(3)", "error: failed to create service provider: exit status 3"),
        ("tell('setenv', 'URL')", "error: invalid response from plugin: URL"),
        ("tell('dance', 'x')", "error: invalid response from plugin: dance"),
        ("print('hello')", "error: provider 'testcloud' answers 'hello', which is no JSON message"),
    ],
)
def test_a_provider_that_fails_keeps_everything_from_starting(place, cloud, step, message):
    cloud.write(up=step)
    done = up(place)

    assert (done.returncode, place.projects()) == (1, [])
    assert message in done.stderr.splitlines()


def test_a_provider_that_is_not_there_is_named(place, cloud):
    (place.folder / "bin" / "testcloud").unlink()
    done = up(place)

    assert (done.returncode, cloud()) == (1, [])
    assert "error: service 'cloud_db': the provider 'testcloud' is not on this machine" in done.stderr


def test_composekit_is_a_provider_of_its_own_projects_too(place):
    (place.folder / "compose.yaml").write_text(
        "name: ckprovided\nservices:\n  box:\n    provider:\n      type: composekit\n"
        "      options: {image: alpine, command: sleep 1000}\n"
    )
    assert up(place).returncode == 0
    assert place.projects() == ["ckprovided-box"]
    assert down(place).returncode == 0
    assert place.projects() == []


def test_other_commands_ask_the_provider_when_docker_compose_does(place, cloud):
    def ask(*words):
        """Return the exit code, what was printed, and what the provider was asked but for its options."""
        before = len(cloud())
        done = place("-f", place.folder / "compose.yaml", "--progress", "plain", *words)
        actions = [one[2] for one in cloud()[before:] if one[1] != "metadata"]
        return done.returncode, done.stdout, actions

    try:
        assert ask("create") == (0, "", ["up"])
        assert ask("run", "--rm", "-T", "app", "sh", "-c", "echo $CLOUD_DB_URL") == (0, "cloud://north/db=1\n", ["up"])
        assert ask("run", "--rm", "-T", "--no-deps", "app", "true")[::2] == (0, [])
        assert ask("run", "--rm", "-T", "other", "true")[::2] == (0, [])
        assert ask("run", "--rm", "-T", "cloud_db", "true")[::2] == (1, [])
        assert ask("scale", "app=2") == (0, "", ["up"])
        assert ask("scale", "other=1") == (0, "", [])
        assert ask("up", "-d", "--scale", "cloud_db=2") == (0, "", ["up"])
        assert ask("up", "-d", "--no-deps", "app") == (0, "", [])
        assert ask("--dry-run", "up", "-d") == (0, "", [])
        for command in ("stop", "start", "restart", "kill", "pause", "top"):
            assert ask(command, "cloud_db") == (0, "", []), command
        assert ask("ps", "-q", "cloud_db") == (0, "", [])
        assert ask("exec", "-T", "cloud_db", "ls")[::2] == (1, [])
        assert ask("stop", "-t", "0", "app") == (0, "", [])
        assert ask("start", "app") == (0, "", [])
        assert ask("-p", "ckprovided", "down", "-t", "0")[::2] == (0, ["down"])
    finally:
        down(place)
