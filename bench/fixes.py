"""Hold `composekit lint --fix` and `composekit fmt` against Docker Compose, on copies of real projects.

    python bench/fixes.py --root PROJECTS [--reference "docker compose"] LIST...

Each line of a LIST names the files of one project, relative to PROJECTS. What Docker Compose reads of each project must
be the same before and after: with all safe fixes made, and formatted. With unsafe fixes it may be something else, but
must still be read. A second run of each must change nothing. Prints what differs, and exits with 1 if something does.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = (sys.executable, "-m", "composekit")
STEPS = {
    "fix": ("lint", "--each", "--select", "all", "--settings", "none", "--fix", "--format", "json"),
    "fmt": ("fmt", "--each", "--settings", "none"),
    "fmt with everything": (
        *("fmt", "--each", "--settings", "none", "--quotes", "double", "--environment", "mapping"),
        *("--sort", "services", "--sort", "environment", "--sort", "ports"),
    ),
    "unsafe fixes": (
        *("lint", "--each", "--select", "all", "--settings", "none", "--fix", "--unsafe-fixes", "--format", "json"),
    ),
}
MAY_CHANGE = {
    "fmt with everything": "sorts services and ports, which Docker Compose prints in the order written",
    "unsafe fixes": "says so",
}
"""Steps after which a project may be read as something else, and why."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", nargs="+", help="files that name the files of projects")
    parser.add_argument("--root", default="", help="folder that the names count from (default: that of the list)")
    parser.add_argument("--reference", default="docker compose", help="command line of Docker Compose")
    parser.add_argument("--steps", default=",".join(STEPS), help="steps to take, with commas between")
    given = parser.parse_args()
    wrong = 0
    for name in given.lists:
        root = os.path.abspath(given.root or os.path.dirname(name))
        with open(name, encoding="utf-8") as file:
            projects = [words for line in file if (words := shlex.split(line, comments=True))]
        for step in given.steps.split(","):
            wrong += hold(root, projects, shlex.split(given.reference), step)
    return 1 if wrong else 0


def hold(root: str, projects: list[list[str]], reference: list[str], step: str) -> int:
    """Take a step on a copy of the projects; return how many are read otherwise, or change again."""
    with tempfile.TemporaryDirectory(prefix="composekit-bench-") as folder:
        copy = os.path.join(folder, "projects")
        shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        files = list(dict.fromkeys(file for project in projects for file in project))
        before = [read(copy, project, reference) for project in projects]
        texts = marks(copy)
        took = run(copy, step, files)
        once = marks(copy)
        took_again = run(copy, step, files)
        again = [file for file, mark in marks(copy).items() if once[file] != mark]
        after = [read(copy, project, reference) for project in projects]
    differs = [
        " ".join(project)
        for project, old, new in zip(projects, before, after, strict=True)
        if (new is None and old is not None) or (step not in MAY_CHANGE and old != new)
    ]
    changed = sum(once[file] != mark for file, mark in texts.items())
    print(f"{step}: {changed} files changed, {took:.1f} s and {took_again:.1f} s for nothing more to do")
    print(f"  {len(projects)} projects, {sum(one is not None for one in before)} of them read by {reference[0]}")
    for name in differs:
        print(f"  is read otherwise: {name}")
    for name in again:
        print(f"  changes again: {name}")
    return len(differs) + len(again)


def read(folder: str, files: list[str], reference: list[str]) -> object:
    """Return what the reference reads; `None` when it refuses the project."""
    named = [word for file in files for word in ("-f", file)]
    line = [*reference, *named, "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(line, cwd=folder, capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def run(folder: str, step: str, files: list[str]) -> float:
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(HERE), "NO_COLOR": "1"}
    began = time.perf_counter()
    done = subprocess.run([*OURS, *STEPS[step], *files], cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{step} exits with {done.returncode}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - began


def marks(folder: str) -> dict[str, str]:
    """Return what changes with the content of each file."""
    found = {}
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


if __name__ == "__main__":
    sys.exit(main())
