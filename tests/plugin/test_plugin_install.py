"""`plugin install`, `status` and `uninstall`, and what was there before."""

import json
import os
from pathlib import Path

import pytest


def state(place):
    return json.loads(place("plugin", "status", "--format", "json").stdout)["state"]


def foreign(place, text="#!/bin/sh\necho other\n"):
    place.plugin.parent.mkdir(parents=True)
    place.plugin.write_text(text)
    place.plugin.chmod(0o755)


def test_install_puts_a_program_there_that_answers(place):
    assert state(place) == "absent"
    done = place("plugin", "install")

    assert done.returncode == 0, done.stderr
    assert state(place) == "installed"
    assert place("plugin", "status").returncode == 0
    assert os.access(place.plugin, os.X_OK)
    answer = place.run(place.plugin, "docker-cli-plugin-metadata", PYTHONPATH="")
    assert json.loads(answer.stdout)["Vendor"] == "composekit"
    assert place.run(place.plugin, "compose", "version", "--short", PYTHONPATH="").stdout.startswith("2.")


def test_the_program_takes_no_module_from_the_working_directory(place):
    place("plugin", "install")
    Path(place.folder, "json.py").write_text("raise SystemExit('taken')\n")

    assert place.run(place.plugin, "compose", "version").returncode == 0


def test_install_twice_and_uninstall_twice_do_no_harm(place):
    for _ in range(2):
        assert place("plugin", "install").returncode == 0
    assert [one.name for one in place.plugin.parent.iterdir()] == ["docker-compose"]
    assert place("plugin", "uninstall").returncode == 0
    assert list(place.plugin.parent.iterdir()) == []
    assert place("plugin", "uninstall").returncode == 0
    assert place("plugin", "status").returncode == 1


def test_a_foreign_plugin_is_not_replaced(place):
    foreign(place)
    done = place("plugin", "install")

    assert done.returncode == 1
    assert "is there already and is not composekit's" in done.stderr
    assert "--force" in done.stderr
    assert place.plugin.read_text() == "#!/bin/sh\necho other\n"
    assert state(place) == "foreign"
    assert place("plugin", "uninstall").returncode == 1
    assert place.plugin.exists()


def test_a_foreign_plugin_comes_back(place):
    foreign(place)
    assert place("plugin", "install", "--force").returncode == 0
    assert state(place) == "installed"
    # The docker CLI takes every file that begins with docker- for a plugin.
    assert [one.name for one in place.plugin.parent.iterdir() if one.name.startswith("docker-")] == ["docker-compose"]
    assert place("plugin", "uninstall").returncode == 0
    assert place.plugin.read_text() == "#!/bin/sh\necho other\n"
    assert os.access(place.plugin, os.X_OK)


def test_a_link_comes_back_as_a_link(place):
    place.plugin.parent.mkdir(parents=True)
    place.plugin.symlink_to("/nowhere/docker-compose")
    place("plugin", "install", "--force")
    assert not place.plugin.is_symlink()
    place("plugin", "uninstall")

    assert os.readlink(place.plugin) == "/nowhere/docker-compose"


def test_what_was_kept_first_is_not_lost_when_another_is_kept(place):
    foreign(place, "one")
    place("plugin", "install", "--force")
    place.plugin.unlink()
    place.plugin.write_text("two")
    place("plugin", "install", "--force")
    for text in ("two", "one"):
        place("plugin", "uninstall")
        assert place.plugin.read_text() == text
        place.plugin.unlink()
        place("plugin", "install")


def test_another_composekit_is_replaced_without_asking(place):
    place("plugin", "install")
    place.plugin.write_text(place.plugin.read_text().replace("exec ", "exec /old"))
    assert state(place) == "other"

    assert place("plugin", "install").returncode == 0
    assert state(place) == "installed"


def test_a_program_of_that_name_goes_into_a_folder(place):
    assert place("plugin", "install", "--bin", "bin").returncode == 0
    assert place.run("docker-compose", "version").stdout.startswith("Docker Compose version v2.")
    assert place("plugin", "uninstall", "--bin", "bin").returncode == 0
    assert not (place.folder / "bin" / "docker-compose").exists()


def test_a_dry_run_writes_nothing(place):
    assert place("--dry-run", "plugin", "install").returncode == 0
    assert not place.plugin.exists()


def test_without_docker_config_it_is_below_home(place):
    done = place("plugin", "install", DOCKER_CONFIG="")

    assert done.returncode == 0
    assert (place.home / ".docker/cli-plugins/docker-compose").exists()


def test_a_folder_that_cannot_be_made_is_said(place):
    (place.home / ".docker").write_text("a file")
    done = place("plugin", "install")

    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot write ")


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_directory_is_never_replaced(place, force):
    place.plugin.mkdir(parents=True)

    assert place("plugin", "install", *force).returncode == 1
    assert place.plugin.is_dir()
