"""doctor, build, pull, push and graph: about a project that need not run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = """
name: shop
services:
  web: {image: nginx, depends_on: [api]}
  api: {build: app}
  odd: {image: acme/own}
  bad: {build: {context: app, dockerfile: Nope}}
  tool: {build: app, command: no-such-tool --now}
  queue: {image: rabbitmq}
"""


@pytest.fixture
def composekit(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text('FROM busybox\nCMD ["httpd"]\n', encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name in ("httpd", "nginx"):
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    (tmp_path / "compose.yaml").write_text(COMPOSE, encoding="utf-8")

    def run(*words, cwd=tmp_path):
        environ = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
                   "COMPOSEKIT_HOME": str(tmp_path / "state")}  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "composekit", *words], capture_output=True, text=True, timeout=60, check=False,
            env=environ, cwd=cwd,
        )  # fmt: skip

    return run


def test_doctor_says_what_each_service_stands_for(composekit):
    done = composekit("doctor", "--format", "{{.Service}} {{.State}}")
    found = dict(line.split() for line in done.stdout.splitlines())

    assert done.returncode == 1
    assert {name: found[name] for name in ("web", "api", "odd", "bad", "tool")} == {
        "web": "ready", "api": "ready", "odd": "unknown", "bad": "broken", "tool": "missing",
    }  # fmt: skip


def test_doctor_is_content_when_nothing_is_missing(composekit):
    done = composekit("doctor", "web", "api")

    assert done.returncode == 0
    assert "this machine\n" in done.stdout
    assert "  ✔ api  shop-api  httpd\n" in done.stdout


def test_doctor_names_hints(composekit):
    done = composekit("doctor", "odd", "tool")

    assert "✘ odd   acme/own   composekit does not know which program 'acme/own' stands for" in done.stdout
    assert "✘ tool  shop-tool  'no-such-tool' is not on this machine" in done.stdout
    assert done.stdout.count("hint: ") == 2


def test_doctor_names_the_packages_of_missing_programs(composekit):
    one = json.loads(composekit("doctor", "--format", "json", "queue").stdout)["Services"][0]

    assert (one["State"], one["Package"]) in [("ready", ""), ("missing", "rabbitmq-server")]


def test_doctor_without_a_project_is_about_the_machine(composekit, tmp_path):
    empty = tmp_path / "state"
    empty.mkdir()
    (tmp_path / "compose.yaml").unlink()
    done = composekit("doctor", cwd=empty)

    assert done.returncode == 0
    assert "no Compose file here" in done.stdout
    assert set(json.loads(composekit("doctor", "--format", "json", cwd=empty).stdout)["Machine"]) == {
        "Addresses", "Builds", "Files", "Limits", "Names", "Ports", "PrivateViews", "Processes", "Resources", "Rights",
        "Secrets", "State", "System", "Users",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("build", "api"), 0, " shop-api  Built\n"),
        (("build", "bad"), 1, "there is no Dockerfile at"),
        (("build", "--with-dependencies", "web"), 0, " shop-api  Built\n"),
        (("build", "web"), 0, "No services to build\n"),
        (("build", "-q", "api"), 0, ""),
        (("pull", "web"), 0, " web  Here: nginx"),
        (("pull", "odd"), 1, " odd  Error: composekit does not know"),
        (("pull", "--ignore-pull-failures", "odd"), 0, " odd  Error: "),
        (("pull", "api"), 0, " api  Skipped\n"),
        (("pull", "--include-deps", "web"), 0, " api  Skipped\n"),
        (("pull", "--policy", "never"), 1, "invalid value for --policy"),
        (("push", "web"), 0, " web  Skipped\n"),
        (("push", "api"), 0, "there is none to push"),
        (("build", "nope"), 1, "no such service: nope"),
        (("graph", "nope"), 1, "no such service: nope"),
        (("graph", "-o", "no/such/place"), 1, "cannot write 'no/such/place': no such file or directory"),
    ],
)
def test_what_is_done_about_images_is_said(composekit, words, code, said):
    done = composekit(*words)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_graph_draws_what_is_asked_for_and_what_it_needs(composekit, tmp_path):
    assert composekit("graph", "web").stdout.count('["') == 2
    assert composekit("graph", "--no-deps", "web").stdout.count('["') == 1
    assert composekit("graph", "--format", "dot").stdout.startswith('digraph "shop" {')
    assert composekit("graph", "--format", "svg", "-o", "shop.svg").stdout == ""
    assert (tmp_path / "shop.svg").read_text(encoding="utf-8").startswith("<svg ")
