"""The same commands on the same project, for Docker Compose on a real engine and for composekit: what scripts rely on.

    python tests/parity/parity.py --record docker compose   asks Docker Compose, on $DOCKER_HOST's engine, and keeps it
    python tests/parity/parity.py --check composekit        tells where a program answers otherwise than what was kept
    python tests/parity/parity.py --both docker compose     asks both now, composekit in a state folder of its own

The engine needs the image busybox. Of each step: the exit code, and as it says the columns of a table, the keys of
JSON, or what was printed. No step depends on how fast a machine is: what takes its time is waited for by asking again.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from more_steps import FILES
from steps import BEHIND, KEYS, LINES, SHAPE, STEPS, TABLE, TEXT, UNTIL, Step

Answer = dict[str, object]

RECORDED = Path(__file__).parent / "recorded.json"
PROJECT = Path(__file__).parent / "project.yaml"
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0
_ENVIRONMENT = re.compile(r"(?:[A-Z_]+=\S* )*")


class Asker:
    """Asks a program every step, in a directory of its own."""

    def __init__(self, program: list[str], environ: dict[str, str], folder: str) -> None:
        self.program = program
        self.environ = environ
        self.folder = folder
        for name, text in {"compose.yaml": PROJECT.read_text(encoding="utf-8"), **FILES}.items():
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_text(text, encoding="utf-8")

    def all(self) -> list[Answer]:
        try:
            return [self.answer(step) for step in STEPS]
        finally:
            self.run("--profile * down -v --remove-orphans -t 0")

    def run(self, line: str) -> "subprocess.CompletedProcess[str]":
        given = _ENVIRONMENT.match(line)
        assert given is not None
        environ = {**self.environ, **dict(word.split("=", 1) for word in given[0].split())}
        return subprocess.run(
            [*self.program, *words_of(line[given.end() :])], cwd=self.folder, env=environ, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip

    def answer(self, step: Step) -> Answer:
        if step.kind == UNTIL:
            return self._until(step)
        if step.kind == BEHIND:
            return self._behind(step)
        done = self.run(step.line)
        found: Answer = {"line": step.line, "code": done.returncode}
        if step.kind == TABLE:
            found["columns"] = re.split(r"\s{2,}", done.stdout.split("\n", 1)[0].strip())
        elif step.kind in (KEYS, SHAPE):
            found["keys"] = _keys(done.stdout)
        elif step.kind == TEXT:
            found["text"] = steady(done.stdout)
        elif step.kind == LINES:
            found["lines"] = sorted(steady(done.stdout).splitlines())
        if step.kind == SHAPE:
            del found["code"]
        return found

    def _until(self, step: Step) -> Answer:
        """Ask again until the text is there: what a service does takes its time."""
        deadline = time.monotonic() + SECONDS
        while step.text not in (done := self.run(step.line)).stdout and time.monotonic() < deadline:
            time.sleep(0.1)
        return {"line": step.line, "code": done.returncode, "found": step.text in done.stdout}

    def _behind(self, step: Step) -> Answer:
        """Ask in the background; once it has said its first line, or as long as it says nothing, give the order."""
        for seconds in (0.5, 2, 8):
            self.run("up -d --force-recreate -t 0 gate")
            with subprocess.Popen(
                [*self.program, *words_of(step.line)], cwd=self.folder, env=self.environ, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            ) as asking:  # fmt: skip
                assert asking.stdout is not None
                if step.text:
                    lines = asking.stdout.readline()
                else:
                    lines = ""
                    time.sleep(seconds)
                self.run("exec -T gate touch /tmp/go")
                try:
                    lines += asking.communicate(timeout=SECONDS)[0]
                except subprocess.TimeoutExpired:
                    asking.kill()
            if step.text or asking.returncode != 1:  # it came too late to find the service running
                break
        return {
            "line": step.line,
            "code": asking.returncode,
            "lines": sorted({line for line in steady(lines).splitlines() if line}),
        }


def words_of(line: str) -> list[str]:
    """Return a step's words; an underscore is a space inside of one, and after `table|` a bar is a tab."""
    words = [word.replace("_", " ") for word in line.split(" ")]
    return ["table " + word.removeprefix("table|").replace("|", "\\t") if "table|" in word else word for word in words]


def steady(text: str) -> str:
    """Return a text without what is another one in every run, and what only a terminal understands."""
    text = re.sub(r"\n?\x1b\[K", "", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<id>", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "<short id>", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "<time>", text)
    return re.sub(r"(?<=:)\d{4,5}\b", "<port>", text)


def _keys(text: str) -> list[str]:
    value = json.loads(text if text.startswith("{\n") else text.splitlines()[0])
    return sorted(value[0] if isinstance(value, list) else value)


def ask(program: list[str], environ: dict[str, str]) -> list[Answer]:
    """Return what a program answers to every step."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        return Asker(program, environ, folder).all()


def ask_composekit() -> list[Answer]:
    """Return what this checkout answers, from a state folder of its own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "COMPOSEKIT_HOME": f"{folder}/state",
            "XDG_RUNTIME_DIR": folder,
            "PYTHONPATH": str(ROOT),
        }
        return ask([sys.executable, "-m", "composekit"], environ)


def differences(expected: list[Answer], found: list[Answer]) -> list[str]:
    """Return a line for each fact of each command that is another one."""
    return [
        f"{one['line']}: {key} is {other.get(key)!r}, not {one[key]!r}"
        for one, other in zip(expected, found, strict=True)
        for key in one
        if one[key] != other.get(key)
    ]


def recorded() -> list[Answer]:
    """Return what Docker Compose answered."""
    return list(json.loads(RECORDED.read_text(encoding="utf-8")))


def main(words: list[str]) -> int:
    if len(words) < 2 or words[0] not in ("--record", "--check", "--both"):
        sys.stderr.write(__doc__ or "")
        return 2
    found = ask(words[1:], dict(os.environ))
    if words[0] == "--record":
        text = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
        RECORDED.write_text(f"[\n{text}\n]\n", encoding="utf-8")
        sys.stdout.write(f"{len(found)} commands recorded\n")
        return 0
    lines = differences(recorded(), found) if words[0] == "--check" else differences(found, ask_composekit())
    sys.stdout.write("\n".join([*lines, f"{len(found)} commands, {len(lines)} differences\n"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
