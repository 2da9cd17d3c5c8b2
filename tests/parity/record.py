"""Holds the commands of a running project against a reference program on a real engine, and records its answers.

    python tests/parity/record.py --reference "docker compose" --engine unix:///var/run/docker.sock
    python tests/parity/record.py --reference ... --engine ... --write

The engine needs the image busybox. The same file goes through both programs, command by command; exit codes, columns,
JSON keys and steady output are compared. With --write the reference's answers become tests/parity/answers.json, which
the plain suite holds composekit against where no engine is.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ANSWERS = HERE / "answers.json"
PROJECT = HERE / "compose.yaml"

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ps",),
    ("logs",),
    ("stop",),
    ("up", "-d"),
    ("ps",),
    ("ps", "-a"),
    ("ps", "--format", "json"),
    ("ps", "-a", "--format", "json"),
    ("ps", "--services"),
    ("ps", "-a", "--services", "--status", "exited"),
    ("ps", "--format", "{{.Name}} {{.State}} {{.ExitCode}}"),
    ("ps", "-a", "--filter", "status=exited", "--format", "{{.Name}}"),
    ("ps", "--filter", "nonsense=1"),
    ("ps", "nonsense"),
    ("logs", "--no-log-prefix", "talk"),
    ("logs", "talk"),
    ("logs", "--tail", "1", "--no-log-prefix", "talk"),
    ("logs", "nonsense"),
    ("top", "web"),
    ("port", "web", "80"),
    ("images",),
    ("images", "--format", "json"),
    ("ls", "--format", "json"),
    ("volumes",),
    ("volumes", "--format", "json"),
    ("stats", "--no-stream"),
    ("stats", "--no-stream", "--format", "json"),
    ("exec", "-T", "web", "sh", "-c", "exit 7"),
    ("exec", "-T", "web", "/nothing"),
    ("exec", "-T", "talk", "true"),
    ("exec", "-T", "nonsense", "true"),
    ("run", "--rm", "-T", "web", "sh", "-c", "echo ran; exit 9"),
    ("pause", "web"),
    ("ps", "--format", "{{.Name}} {{.State}}"),
    ("unpause", "web"),
    ("restart", "-t", "0", "web"),
    ("kill", "-s", "HUP", "web"),
    ("kill", "nonsense"),
    ("stop", "-t", "0", "web"),
    ("start", "web"),
    ("wait", "talk"),
    ("scale", "web=2"),
    ("ps", "--format", "{{.Name}}"),
    ("up", "-d", "--scale", "web=1"),
    ("up", "--wait", "-d", "web"),
    ("up", "--exit-code-from", "talk", "talk"),
    ("up", "-d", "nonsense"),
    ("up", "-d", "--attach", "web"),
    ("up", "--no-recreate", "--force-recreate"),
    ("rm", "-f", "-s", "web"),
    ("rm", "-f", "nonsense"),
    ("down", "-t", "0", "-v"),
    ("down",),
    ("ps", "-q"),
)


def ask(program: list[str], environ: dict[str, str], folder: str) -> list[dict[str, Any]]:
    """Return the answer to each command, in order: exit code, and what stays the same from run to run."""
    answers = []
    for words in COMMANDS:
        done = subprocess.run(
            [*program, "-p", "parity", "-f", str(PROJECT), *words], env={**os.environ, **environ}, cwd=folder,
            check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        if words == ("up", "-d"):
            time.sleep(1)  # until the service that talks has ended
        answers.append({"command": list(words), "exit": done.returncode, **_steady(words, done.stdout)})
    return answers


def _steady(words: tuple[str, ...], out: str) -> dict[str, Any]:
    """Return of an output what depends neither on the machine nor on the moment."""
    lines = out.splitlines()
    if "json" in words:
        values = json.loads(out) if out.startswith("[") else [json.loads(line) for line in lines]
        return {"keys": sorted({key for value in values for key in value}), "objects": len(values)}
    if words[0] in ("ps", "images", "volumes", "stats") and not {"--format", "--services", "-q"} & set(words):
        return {"columns": re.split(r"\s{2,}", lines[0].strip()) if lines else [], "rows": max(len(lines) - 1, 0)}
    if words[0] in ("top", "up", "port") or "/nothing" in words:
        return {}
    return {"lines": sorted(lines)}


def differences(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    """Return a line for each command that is answered otherwise."""
    return [
        f"{' '.join(other['command'])}: {key}: {mine.get(key)!r}, the reference: {other[key]!r}"
        for mine, other in zip(ours, theirs, strict=True)
        for key in other
        if mine.get(key) != other[key]
    ]


def ask_composekit(folder: str) -> list[dict[str, Any]]:
    """Return our own answers, from a state folder of its own."""
    sockets = os.path.join(folder, "run")
    os.makedirs(sockets, exist_ok=True)
    environ = {"COMPOSEKIT_HOME": f"{folder}/state", "XDG_RUNTIME_DIR": sockets, "PYTHONPATH": str(HERE.parents[1])}
    return ask([sys.executable, "-m", "composekit"], environ, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, metavar="PROGRAM")
    parser.add_argument("--engine", metavar="ADDRESS", help="DOCKER_HOST for the reference")
    parser.add_argument("--write", action="store_true", help="record the reference's answers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-parity-") as folder:
        engine = {"DOCKER_HOST": options.engine} if options.engine else {}
        theirs = ask(shlex.split(options.reference), engine, folder)
        if options.write:
            text = ",\n".join(json.dumps(answer) for answer in theirs)
            ANSWERS.write_text(f"[\n{text}\n]\n", encoding="utf-8")
        found = differences(ask_composekit(folder), theirs)
    for line in found:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(COMMANDS)} commands, {len(found)} differences\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
