"""`build`, and when `up` builds: the real command line on real layers."""

import json
import os
import subprocess
import sys
import time

import pytest

from composekit.sandbox.probe import probe

pytestmark = pytest.mark.integration

COMPOSE = """
name: ckbuild
services:
  app:
    build:
      context: context
      args: {{WHO: compose}}
    {policy}
    command: ["sh", "-c", "cat /composekit-made; sleep 100"]
  other:
    image: busybox
    command: sleep 100
"""
DOCKERFILE = "FROM debian:12\nARG WHO=nobody\nRUN echo made for $WHO > /composekit-made\n"


@pytest.fixture
def composekit(tmp_path):
    """Run the command line in a project directory; nothing of the project is left."""
    if probe().kind == "none":
        pytest.skip("this machine has no private views")
    environ = {**os.environ, "COMPOSEKIT_HOME": str(tmp_path / "state"), "XDG_RUNTIME_DIR": str(tmp_path)}
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text(DOCKERFILE)

    def run(*words, policy="", **more):
        (tmp_path / "compose.yaml").write_text(COMPOSE.format(policy=policy))
        command = [sys.executable, "-m", "composekit", *words]
        return subprocess.run(
            command, cwd=tmp_path, env={**environ, **more}, capture_output=True, text=True, timeout=120, check=False
        )

    environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH", ""))))
    yield run
    run("down", "-v", "-t", "1")


def log_of(composekit, service):
    """Return what a service wrote, once it wrote anything: it may be slower than `up`, which has started it."""
    deadline = time.monotonic() + 60
    while not (text := composekit("logs", "--no-log-prefix", service).stdout):
        assert time.monotonic() < deadline
    return text


def test_build_shows_each_step_and_takes_it_from_the_cache_the_second_time(composekit):
    first, second = composekit("build"), composekit("build")

    assert (first.returncode, first.stdout) == (0, "")
    lines = first.stderr.splitlines()
    assert lines[:5] == [
        "#1 [app 1/2] FROM debian:12",
        "#1 CACHED",
        "",
        "#2 [app 2/2] RUN echo made for $WHO > /composekit-made",
        lines[4],
    ]
    assert lines[4].startswith("#2 DONE ")
    assert lines[-1] == " ckbuild-app  Built"
    assert "#2 CACHED\n" in second.stderr


def test_quiet_says_nothing_and_services_without_a_build_are_no_matter(composekit):
    done = composekit("build", "-q", "app", "other")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert composekit("build", "other").stderr == "No services to build\n"


@pytest.mark.needs_view("builds")
def test_up_builds_once_and_again_when_it_is_asked_to(composekit, tmp_path):
    first = composekit("up", "-d", "app")
    assert (first.returncode, "#2 DONE" in first.stderr) == (0, True)
    assert log_of(composekit, "app") == "made for compose\n"

    (tmp_path / "context" / "Dockerfile").write_text(DOCKERFILE.replace("made", "other", 1))
    assert "#1 " not in composekit("up", "-d", "app").stderr
    again = composekit("up", "-d", "--build", "app")

    assert "#2 DONE" in again.stderr
    assert "Container ckbuild-app-1  Recreated" in again.stderr


@pytest.mark.needs_view("builds")
def test_pull_policy_build_builds_each_time_and_no_build_never(composekit):
    assert composekit("up", "-d", "--no-build", "app").stderr == (
        "error: service 'app' has no image, and --no-build forbids to build it\n"
        "  hint: build it first: composekit build app\n"
    )
    composekit("up", "-d", "--quiet-build", "app", policy="pull_policy: build")

    assert "#2 CACHED" in composekit("up", "-d", "app", policy="pull_policy: build").stderr
    assert "#2 " not in composekit("up", "-d", "--no-build", "app", policy="pull_policy: build").stderr


@pytest.mark.needs_view("builds")
def test_arguments_of_the_line_win(composekit):
    composekit("build", "--build-arg", "WHO=line")
    composekit("up", "-d", "app")

    assert log_of(composekit, "app") == "made for line\n"


@pytest.mark.needs_view("builds")
def test_a_failing_step_is_shown_with_its_output_and_place(composekit, tmp_path):
    (tmp_path / "context" / "Dockerfile").write_text("FROM debian\nRUN echo before; exit 4\nCMD x\n")

    done = composekit("up", "-d")

    assert done.returncode == 1
    assert done.stderr.endswith(
        "------\n > [app 2/2] RUN echo before; exit 4:\nbefore\n------\ncontext/Dockerfile:2\n"
        "--------------------\n   1 |     FROM debian\n   2 | >>> RUN echo before; exit 4\n   3 |     CMD x\n"
        '--------------------\nerror: failed to solve: process "/bin/sh -c echo before; exit 4" did not complete '
        "successfully: exit code: 4\n"
    )
    assert composekit("ps", "-q").stdout == ""


def test_a_mistake_in_a_dockerfile_is_shown_at_its_column(composekit, tmp_path):
    (tmp_path / "context" / "Dockerfile").write_text("FROM debian\nCOPY nothing.txt /x\n")

    done = composekit("build")

    assert done.returncode == 1
    assert done.stderr.startswith(
        "context/Dockerfile:2:6: error[CK905] service 'app': 'nothing.txt' is not in the build context\n"
        "   2 | COPY nothing.txt /x\n     |      ^^^^^^^^^^^\n"
    )


def test_check_and_print_build_nothing(composekit, tmp_path):
    assert composekit("build", "--check").stdout == "Check complete, no warnings found.\n"
    printed = json.loads(composekit("build", "--print", "--build-arg", "A=b").stdout)

    assert printed == {
        "group": {"default": {"targets": ["app"]}},
        "target": {
            "app": {
                "context": str(tmp_path / "context"),
                "dockerfile": "Dockerfile",
                "args": {"WHO": "compose", "A": "b"},
                "tags": ["ckbuild-app"],
                "output": ["type=docker"],
            }
        },
    }
    assert not (tmp_path / "state" / "images").exists()


@pytest.mark.needs_view("builds")
def test_what_a_service_writes_does_not_reach_its_image(composekit):
    composekit("up", "-d", "app")
    composekit("exec", "app", "sh", "-c", "echo changed > /composekit-made")
    composekit("down")
    composekit("up", "-d", "app")

    assert log_of(composekit, "app") == "made for compose\n"
    assert not os.path.exists("/composekit-made")


@pytest.mark.needs_view("builds")
def test_down_removes_built_images_when_it_is_asked_to(composekit, tmp_path):
    composekit("up", "-d", "app")
    assert " Image " not in composekit("down").stderr
    assert "#1 " not in composekit("up", "-d", "app").stderr

    assert " Image ckbuild-app  Removed\n" in composekit("down", "--rmi", "local").stderr
    assert [name for name in os.listdir(tmp_path / "state" / "layers") if not name.startswith(".")] == []
    assert "#2 DONE" in composekit("up", "-d", "app").stderr


@pytest.mark.needs_view("builds")
def test_run_builds_what_is_missing_and_again_on_demand(composekit, tmp_path):
    words = ("--rm", "app", "cat", "/composekit-made")
    first = composekit("run", *words)
    dockerfile = tmp_path / "context" / "Dockerfile"
    dockerfile.write_text(DOCKERFILE.replace("made for", "renewed for"))
    second, third = composekit("run", *words), composekit("run", "--build", "--quiet-build", *words)

    assert (first.stdout, "ckbuild-app  Built" in first.stderr) == ("made for compose\n", True)
    assert (second.stdout, "Built" in second.stderr) == ("made for compose\n", False)
    assert (third.stdout, "Built" in third.stderr) == ("renewed for compose\n", False)


@pytest.mark.needs_view("builds")
def test_create_builds_what_is_missing(composekit):
    made = composekit("create", "app")

    assert (made.returncode, "ckbuild-app  Built" in made.stderr) == (0, True)
