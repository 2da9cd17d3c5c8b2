"""composekit as the provider of a service of Docker Compose."""

import json

import pytest

from composekit.cli.provider import compose_file, metadata, project_name, read_words, variables
from composekit.errors import UsageError


def messages(done):
    return [(one["type"], one["message"]) for one in map(json.loads, done.stdout.splitlines())]


def test_options_are_read_as_docker_compose_writes_them():
    values, service = read_words(["--image=redis:7", "--ports=6379", "--ports=1:2", "--command=a b=c", "cache"])

    assert service == "cache"
    assert values == {"image": ["redis:7"], "ports": ["6379", "1:2"], "command": ["a b=c"]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--imag=x", "a"], "provider 'composekit' has no option 'imag'"),
        (["--image", "x", "a"], "provider 'composekit' has no option 'image'"),
        (["--image=x"], "one service is to be named"),
        (["a", "b"], "one service is to be named"),
        (["--image=x", "--image=y", "a"], "option 'image' takes one value"),
    ],
)
def test_a_line_that_is_wrong_is_refused(words, message):
    with pytest.raises(UsageError, match=message):
        read_words(words)


def test_the_options_describe_a_service():
    text = compose_file(
        {
            "image": ["postgres"],
            "environment": ["PASSWORD=a$b"],
            "volumes": ["data:/x", "./here:/y", "/anonymous"],
            "healthcheck": ["true"],
            "host": ["h"],
        },
        "db",
    )

    assert json.loads(text) == {
        "services": {
            "db": {
                "image": "postgres",
                "environment": ["PASSWORD=a$$b"],
                "volumes": ["data:/x", "./here:/y", "/anonymous"],
                "healthcheck": {"test": "true", "interval": "2s", "retries": 30},
            }
        },
        "volumes": {"data": {}},
    }


def test_a_service_that_is_nothing_is_refused():
    with pytest.raises(UsageError, match="not told what 'db' is"):
        compose_file({"command": ["x"]}, "db")


def test_dependent_services_learn_where_it_is():
    published = [
        {"TargetPort": 80, "PublishedPort": 4001},
        {"TargetPort": 80, "PublishedPort": 4001},
        {"TargetPort": 81, "PublishedPort": 0},
        {"TargetPort": 443, "PublishedPort": 4002},
    ]

    assert variables({"host": ["10.0.0.1"], "scheme": ["http"]}, published) == {
        "HOST": "10.0.0.1",
        "PORT": "4001",
        "URL": "http://10.0.0.1:4001",
        "PORT_80": "4001",
        "PORT_443": "4002",
    }
    assert variables({}, []) == {"HOST": "host.docker.internal"}


def test_project_names_are_valid_and_differ():
    assert project_name("shop", "db") == "shop-db"
    odd = {project_name("shop", name) for name in ("Db", "dB", "d.b", "db")}
    assert len(odd) == 4
    assert all(name.startswith("shop-db") for name in odd)


def test_metadata_name_every_option(place):
    done = place("compose", "metadata")

    assert json.loads(done.stdout) == metadata()
    assert {row["name"] for row in metadata()["up"]["parameters"]} >= {"image", "file", "ports"}
    assert not any(row["required"] for row in metadata()["up"]["parameters"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--project-name", "x", "up", "--imag=y", "a"), "has no option 'imag'"),
        (("up", "--image=alpine", "a"), "a project is to be named"),
        (("--project-name=x", "up", "--image=nobody-knows-this", "a"), "nobody-knows-this"),
        (("--project-name=x", "up", "--image=alpine", "--timeout=soon", "a"), "a number of seconds, not 'soon'"),
        (("--project-name=x", "up", "--file=nope.yaml", "a"), "nope.yaml"),
    ],
)
def test_mistakes_are_messages_of_the_protocol(place, words, message):
    done = place("compose", *words)
    type_, text = messages(done)[-1]

    assert (done.returncode, type_, done.stderr) == (1, "error", "")
    assert message in text
    assert place.projects() == []


def test_what_is_no_lifecycle_is_a_usage_error(place):
    assert place("compose", "--project-name=x", "sideways", "a").returncode == 2


@pytest.mark.integration
def test_up_tells_where_the_service_is_and_the_same_again(place):
    words = ("--image=python:3", "--ports=8000", "--scheme=http", "--healthcheck=true")
    command = "--command=sh -c 'exec python3 -m http.server 8000 --bind $(hostname)'"
    first = place("compose", "--project-name=shop", "up", *words, command, "api")
    second = place("compose", "--project-name=shop", "up", *words, command, "api", COMPOSE_FILE="not-mine.yaml")

    assert (first.returncode, first.stderr) == (0, "")
    told = dict(text.split("=", 1) for type_, text in messages(first) if type_ == "setenv")
    assert told["URL"] == f"http://host.docker.internal:{told['PORT']}"
    assert told["PORT_8000"] == told["PORT"]
    assert told == dict(text.split("=", 1) for type_, text in messages(second) if type_ == "setenv")
    assert place.projects() == ["shop-api"]
    for _ in range(2):
        down = place("compose", "--project-name=shop", "down", "api")
        assert (down.returncode, down.stderr) == (0, "")
        assert {type_ for type_, _ in messages(down)} == {"info"}
    assert place.projects() == []


@pytest.mark.integration
def test_a_service_of_a_file_brings_what_it_depends_on(place):
    folder = place.project()
    up = place("compose", "--project-name=shop", "up", f"--file={folder}/compose.yaml", "--service=box", "tools")

    assert up.returncode == 0, up.stdout
    assert sorted(place("-p", "shop-tools", "ps", "--services").stdout.split()) == ["box", "web"]
    assert place("compose", "--project-name=shop", "down", "tools").returncode == 0
    assert place.projects() == []


@pytest.mark.integration
def test_a_service_that_does_not_become_healthy_is_an_error(place):
    words = ("--image=alpine", "--command=sleep 1000", "--healthcheck=exit 1", "--timeout=1")
    up = place("compose", "--project-name=shop", "up", *words, "db")

    assert up.returncode == 1
    assert messages(up)[-1] == ("error", "application not healthy after 1s")
