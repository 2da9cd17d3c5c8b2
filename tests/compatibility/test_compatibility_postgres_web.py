"""The project of fixtures/postgres-web as its file stands: a database, its password, its tables, and a page of them."""

import json
import shutil
import urllib.request
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not glob("/usr/lib/postgresql/*/bin/postgres"), reason="needs PostgreSQL"),
    pytest.mark.skipif(shutil.which("psql") is None, reason="needs psql"),
]


@pytest.fixture
def file(runner):
    # A copy: the checkout may be where only root can read.
    shutil.copytree(ROOT / "fixtures" / "postgres-web", runner.folder / "project")
    return runner.folder / "project" / "compose.yaml"


def test_a_database_and_a_page_run_unedited_and_leave_nothing(runner, file):
    up = runner("-f", file, "up", "-d", "--wait", "--wait-timeout", 120, PORT="0")
    assert up.returncode == 0, up.stdout + up.stderr

    asked = runner("-f", file, "exec", "db", "psql", "-U", "app", "-c", "select 1")
    assert (asked.returncode, asked.stdout.split()) == (0, ["?column?", "----------", "1", "(1", "row)"]), asked.stderr

    port = runner("-f", file, "port", "web", 8000).stdout.strip().rpartition(":")[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/books", timeout=30) as answer:
        assert [book["year"] for book in json.load(answer)] == [1975, 1977, 1985]

    down = runner("-f", file, "down", "-v", "--rmi", "all")
    assert (down.returncode, runner.left()) == (0, []), down.stderr


@pytest.mark.parametrize("runner", ["me"], indirect=True)
def test_the_password_counts_and_data_outlive_down(runner, file):
    assert runner("-f", file, "up", "-d", "--wait", "db").returncode == 0
    wrong = runner("-f", file, "exec", "db", "psql", "-h", "db", "-U", "app", "-c", "select 1", PGPASSWORD="wrong")
    assert wrong.returncode == 2, "a client without the password gets in"
    runner("-f", file, "exec", "db", "psql", "-U", "app", "-c", "INSERT INTO books (title, year) VALUES ('x', 2000)")
    assert runner("-f", file, "down").returncode == 0

    again = runner("-f", file, "up", "-d", "--wait", "db")
    assert again.returncode == 0, again.stdout + again.stderr
    counted = runner("-f", file, "exec", "db", "psql", "-At", "-U", "app", "-c", "select count(*) from books")
    assert counted.stdout.strip() == "4", counted.stderr
