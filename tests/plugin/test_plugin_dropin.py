"""composekit under the name docker-compose, and the words that the docker CLI hands to its plugin."""

import json
import sys
from pathlib import Path

import pytest

from composekit.cli.dropin import compose_words, metadata


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("up -d", "up -d"),
        ("-f x.yaml up", "-f x.yaml up"),
        ("--profile a --file x.yaml ps", "--profile a --file x.yaml ps"),
        ("compose up -d", "up -d"),
        ("compose", ""),
        ("--context other -D compose -f x.yaml up", "-f x.yaml up"),
        ("--context=other --log-level debug --tlsverify compose ps", "ps"),
        ("-H unix:///x compose exec web docker compose up", "exec web docker compose up"),
        ("help compose", "help"),
        ("help compose up", "help up"),
        ("exec compose ls", "exec compose ls"),
        ("--context compose", "--context compose"),
        ("-D", "-D"),
    ],
)
def test_the_words_of_the_docker_cli_are_left_out(line, words):
    assert compose_words(line.split()) == words.split()


def test_the_metadata_are_what_the_docker_cli_takes():
    found = metadata()

    assert found["SchemaVersion"] == "0.1.0"
    assert found["Vendor"]
    assert found["Version"].startswith("v2.")


@pytest.fixture
def program(place):
    """composekit as pip installs it, reached by a link called docker-compose."""
    real = place.folder / "bin" / "composekit"
    real.write_text(f"#!{sys.executable}\nimport sys\nfrom composekit.cli.main import main\nsys.exit(main())\n")
    real.chmod(0o755)
    link = place.folder / "bin" / "docker-compose"
    link.symlink_to(real)
    return link


def test_by_the_name_docker_compose_it_answers_as_docker_compose(place, program):
    assert place.run("docker-compose", "version").stdout.startswith("Docker Compose version v2.40.3+composekit.")
    assert place.run("docker-compose", "version", "--short").stdout.startswith("2.40.3+composekit.")
    assert json.loads(place.run("docker-compose", "version", "-f", "json").stdout)["version"].startswith("v2.40.3+")
    assert place.run("docker-compose", "--version").stdout.startswith("Docker Compose version v2.40.3+")
    assert json.loads(place.run("docker-compose", "docker-cli-plugin-metadata").stdout) == metadata()


def test_by_its_own_name_it_is_composekit(place, program):
    assert place.run("composekit", "version").stdout.startswith("composekit version ")
    assert place.run("composekit", "docker-cli-plugin-metadata").returncode == 2


def test_exit_codes_and_output_pass_through(place, program):
    Path(place.folder, "compose.yaml").write_text("services: {web: {image: nginx}}\n")

    assert place.run("docker-compose", "config", "--services").stdout == "web\n"
    assert place.run("docker-compose", "compose", "config", "--services").stdout == "web\n"
    assert place.run("docker-compose", "nonsense").returncode == 2
    assert place.run("docker-compose", "-f", "nope.yaml", "config").returncode == 1


def test_the_help_is_that_of_the_command(place, program):
    assert place.run("docker-compose", "help", "compose", "up").stdout == place("help", "up").stdout
    assert "--drop-in" not in place("--help").stdout
