"""The script that runs real projects: what it finds, what it prepares, and the page that it writes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import page  # noqa: E402  # beside this file
import run  # noqa: E402


def result(project, **more):
    about = {"project": project, "path": project, "source": "https://github.com/o/r", "commit": "abc"}
    facts = {
        "services": ["db", "web"],
        "healthy": ["db"],
        "result": "runs",
        "detail": "web 80: HTTP 200",
        "seconds": 3.4,
    }
    return {**about, **facts, "needed": [], "answers": {"web 80": "HTTP 200"}, "log": "", **more}


def test_the_page_has_a_row_for_each_project_that_runs_and_the_reason_for_each_that_does_not():
    failed = {"result": "does not run", "detail": "error: '/var/tmp/ck-compat-x/r/a' | no"}
    written = page.write_page(
        {"a": {"root": result("a"), "user": result("a", **failed)}, "b": {"root": result("b", **failed)}}
    )

    assert "\n## 1 that run\n" in written
    link = "[o/r/a](https://github.com/o/r/tree/abc/a)"
    assert f"| {link} | db (healthy), web | nothing | ✓ | 'r/a' \\| no | 3 | web 80: HTTP 200 |\n" in written
    assert "| [o/r/b](https://github.com/o/r/tree/abc/b) | 2 | 'r/a' \\| no |\n" in written


def test_projects_are_folders_with_a_compose_file(tmp_path):
    for name in ("a/compose.yaml", "a/b/docker-compose.yml", "a/.git/compose.yaml", "c/other.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    assert [str(one.relative_to(tmp_path)) for one in run.projects(tmp_path)] == ["a", "a/b"]


def test_a_projects_source_is_the_checkout_it_is_in(tmp_path):
    (tmp_path / "repo" / "deep").mkdir(parents=True)
    git = ["git", "-C", str(tmp_path / "repo"), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (
        ["init", "-q"],
        ["remote", "add", "origin", "https://example.org/o/r.git"],
        ["commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run([*git, *words], check=True)
    about = run.describe(tmp_path / "repo" / "deep", tmp_path)

    assert (about["project"], about["path"], about["source"]) == ("repo/deep", "deep", "https://example.org/o/r")
    assert len(about["commit"]) == 10


def test_env_files_are_made_of_their_examples(tmp_path):
    for name in (".env.example", ".env.dev-sample", "compose.yaml"):
        (tmp_path / name).write_text("A=1\n")
    needed, words = run.prepare(tmp_path, "x")

    assert needed == ["`.env.dev`, a copy of its `.env.dev-sample`", "`.env`, a copy of its `.env.example`"]
    assert words == ["-f", str(tmp_path / "compose.yaml")]


@pytest.mark.parametrize("override", sorted((HERE / "overrides").glob("*.yaml")), ids=lambda path: path.name)
def test_overrides_say_nothing_but_x_composekit(override):
    run.check_override(override)


@pytest.mark.parametrize(
    ("state", "said", "reason"),
    [
        ({}, {}, ""),
        ({"State": "exited", "ExitCode": 1}, {}, "web is exited with 1"),
        ({"State": "exited"}, {}, "nothing runs any more"),
        ({"State": "restarting"}, {}, "web is restarting"),
        ({"Health": "unhealthy"}, {}, "web is unhealthy"),
        ({}, {"web 80": "closed"}, "port web 80: closed"),
        ({}, {"web 80": "HTTP 503"}, "port web 80: HTTP 503"),
        ({}, {"web 80": "HTTP 404"}, ""),
        ({}, {"web 80": "HTTP 200", "web 9229": "closed"}, ""),
        ({}, {"web 80": "closed", "db 5432": "accepts"}, "port web 80: closed"),
    ],
)
def test_what_counts_as_running(state, said, reason):
    replicas = [{"Service": "web", "State": "running", "ExitCode": 0, "Health": "", **state}]
    up = subprocess.CompletedProcess([], 0, "", "")

    assert run.trouble(["web"], replicas, replicas, said, up) == reason


def test_a_project_that_does_not_load_has_its_first_mistake_as_the_reason():
    up = subprocess.CompletedProcess([], 1, "", "compose.yaml:1:1: info[CK904] x\ncompose.yaml:2:1: error[CK902] y\n")

    assert run.trouble([], [], [], {}, up) == "compose.yaml:2:1: error[CK902] y"


def test_the_page_in_docs_is_one_of_its_writing_and_has_twenty_projects():
    text = (ROOT / "docs" / "compatibility.md").read_text()
    rows = re.findall(r"^\| \[.*✓.*\|$", text, re.MULTILINE)

    assert text.startswith(page.write_page({}).partition("\n## ")[0].partition("Measured")[0])
    assert f"\n## {len(rows)} that run\n" in text
    assert len(rows) >= 20
