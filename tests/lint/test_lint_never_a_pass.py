"""What could not be read is never a pass, whatever the line says; and what reads our output may stop reading."""

import json
import os
import subprocess
import sys

import pytest

from composekit.cli.main import main
from composekit.load.locate import MAX_BYTES

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
GOOD = "name: demo\nservices:\n  web:\n    image: nginx:1.27\n"
UNREADABLE = {
    "not-yaml": {"compose.yaml": b"services: [\n"},
    "not-utf-8": {"compose.yaml": b"services:\n  web: {image: 'a\xff:1'}\n"},
    "empty": {"compose.yaml": b""},
    "no-mapping": {"compose.yaml": b"- services\n"},
    "no-folder-of-that-kind": {"compose.yaml/x": b""},
    "too-large": {"compose.yaml": GOOD.encode() + b"#" * MAX_BYTES},
    "too-deep": {"compose.yaml": b"x-a: " + b"[" * 300 + b"]" * 300 + b"\n"},
    "too-many-values": {"compose.yaml": b"x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + b"".join(
        b"x-%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9)
    )},
    "an-include-is-missing": {"compose.yaml": b"include: [gone.yaml]\n" + GOOD.encode()},
    "a-base-is-missing": {"compose.yaml": b"services:\n  web: {extends: {file: gone.yaml, service: web}}\n"},
    "an-env-file-is-missing": {"compose.yaml": GOOD.encode() + b"    env_file: gone.env\n"},
    "a-bad-dot-env": {"compose.yaml": GOOD.encode(), ".env": b"A='\n"},
    "a-wrong-key": {"compose.yaml": GOOD.encode() + b"    imag: x\n"},
    "a-wrong-value": {"compose.yaml": GOOD.encode() + b"    mem_limit: much\n"},
}  # fmt: skip
LINES = {
    "as-it-is": [],
    "errors-only": ["--severity", "error", "--fail-on", "error"],
    "everything-ignored": ["--ignore", "CK0,CK1,CK2,CK3,all"],
    "one-other-rule": ["--select", "CK402"],
    "a-file-that-is-named": ["compose.yaml"],
    "each": ["--each", "compose.yaml"],
    "two-processes": ["--each", "compose.yaml", "good.yaml"],
    "json": ["--format", "json"],
    "sarif-to-a-file": ["--format", "sarif=out.sarif"],
    "fix": ["--fix"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for name in ("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("files", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_never_a_pass(folder, capsys, files, line):
    for name, data in {"good.yaml": GOOD.encode(), **files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)

    assert main(["--parallel", "2", "lint", *line]) in (1, 2)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "bug in composekit" not in err


def test_a_comment_hides_no_mistake_that_stops_loading(folder):
    (folder / "compose.yaml").write_text(
        "# composekit: ignore[all, CK0, CK2] known\n" + GOOD + "    imag: x\n", encoding="utf-8"
    )

    assert main(["lint"]) == 1


def test_a_baseline_hides_no_mistake_that_stops_loading(folder):
    (folder / "compose.yaml").write_text(GOOD, encoding="utf-8")
    assert main(["lint", "--baseline", "known.json", "--update-baseline"]) == 0
    (folder / "compose.yaml").write_text(GOOD + "    imag: x\n", encoding="utf-8")

    assert main(["lint", "--baseline", "known.json", "--update-baseline"]) == 1
    assert main(["lint", "--baseline", "known.json"]) == 1


def test_one_project_of_many_that_cannot_be_read_fails_all(folder, capsys):
    for number in range(20):
        (folder / f"p{number}").mkdir()
        text = "services: [\n" if number == 13 else GOOD
        (folder / f"p{number}" / "compose.yaml").write_text(text, encoding="utf-8")

    assert main(["--parallel", "3", "lint", ".", "--format", "json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["findings"]
    assert one["file"] == "p13/compose.yaml"


@pytest.mark.integration
def test_a_reader_that_goes_away_is_no_error_and_no_pass(folder):
    services = "".join(f"  web{number}:\n    image: nginx\n" for number in range(2_000))
    (folder / "compose.yaml").write_text("name: demo\nservices:\n" + services, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "composekit", "lint"], cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": ROOT, "PWD": str(folder)}, timeout=120, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)

    assert done.stderr == "2000 warnings in 1 file\n"
    assert done.returncode == 1
