"""Run real projects with composekit and write down what came of it: docs/compatibility.md.

usage: run.py FOLDER [--only TEXT]... [--skip-known] [--seconds N] [--results FILE] [--page FILE]

Every folder below FOLDER that has a Compose file is a project. Each is copied, brought up with `up -d --wait` in a
state folder of its own, watched and asked over its published ports, and brought down with `down -v`, after which
nothing may be left. FOLDER best holds git checkouts, as the page names where they come from. What is measured is kept
in a file of results, by project and by who ran it (root or not), so that projects can be run again one by one; the page
is made of all results. Needs git; `nice` it on a machine that others use.
"""

import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from page import write_page  # noqa: E402  # beside this file
from probing import answers  # noqa: E402

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_EXAMPLE = re.compile(r"(\.?env[\w.]*?)[.-](?:example|sample|dist)|(?:example|sample)(\.env)")
OVERRIDES = Path(__file__).with_name("overrides")
BUILD_SECONDS = 1200
STAYS_SECONDS = 5


def main() -> int:
    """Run what was asked for; exit code 1 when a project that ran before does not any more."""
    given = _arguments()
    results = json.loads(given.results.read_text()) if given.results.exists() else {}
    worse = []
    for folder in projects(given.folder):
        about = describe(folder, given.folder)
        key, who = about["project"], "root" if os.geteuid() == 0 else "user"
        before = results.get(key, {}).get(who)
        if (given.only and not any(text in key for text in given.only)) or (given.skip_known and before):
            continue
        print(f"{key} ...", flush=True)
        found = attempt(folder, Path(about.pop("top")), about, given.seconds)
        results.setdefault(key, {})[who] = found
        print(f"    {found['result']}: {found['detail']} ({found['seconds']} s)", flush=True)
        if before and before["result"] == "runs" and found["result"] != "runs":
            worse.append(key)
        given.results.write_text(json.dumps(results, indent=1, sort_keys=True))
    if given.page is not None:
        given.page.write_text(write_page(results))
    return 1 if worse else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder with projects in it")
    parser.add_argument("--only", action="append", default=[], help="only projects whose path has this text")
    parser.add_argument("--skip-known", action="store_true", help="only projects that have no result yet")
    parser.add_argument("--seconds", type=int, default=180, help="how long services may take until they are healthy")
    parser.add_argument("--results", type=Path, default=Path("compatibility.json"), help="the file of results")
    parser.add_argument("--page", type=Path, help="write the page of all results to this file")
    return parser.parse_args()


def projects(folder: Path) -> list[Path]:
    """Return the folders below one that have a Compose file, sorted."""
    found = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".") and name != "node_modules"]
        if set(NAMES).intersection(names):
            found.append(Path(place))
    return sorted(found)


def describe(folder: Path, top: Path) -> dict[str, str]:
    """Return a project's name, and where it comes from: the checkout it is in, or else the folder below `top`."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    checkout = git("rev-parse", "--show-toplevel")
    inside = folder.resolve()
    whole = Path(checkout) if checkout and Path(checkout).is_relative_to(top.resolve()) else None
    whole = whole or top.resolve() / inside.relative_to(top.resolve()).parts[0]
    source = git("remote", "get-url", "origin") if checkout == str(whole) else ""
    return {
        "project": str(inside.relative_to(top.resolve())),
        "path": str(inside.relative_to(whole)),
        "source": source.removesuffix(".git"),
        "commit": git("rev-parse", "--short=10", "HEAD") if source else "",
        "top": str(whole),
    }


def attempt(folder: Path, whole: Path, about: dict[str, str], seconds: int) -> dict[str, Any]:
    """Run one project in a copy of the checkout it is in; return what was measured."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-compat-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        place = Path(name)
        copied = place / whole.name
        shutil.copytree(whole, copied, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        home = copied / folder.resolve().relative_to(whole)
        needed, words = prepare(home, about["project"])
        try:
            found = _Attempt(place / "state", home, words).run(seconds)
        finally:
            _end_what_is_left(place)
    return {**about, "needed": needed, **found}


def prepare(folder: Path, project: str) -> tuple[list[str], list[str]]:
    """Return what a project needs beside its own files, and the words that make composekit use it."""
    needed = []
    for name in sorted(os.listdir(folder)):
        match = _EXAMPLE.fullmatch(name)
        meant = "." + (match[1] or match[2]).lstrip(".") if match else ""
        if meant and not (folder / meant).exists():
            shutil.copy(folder / name, folder / meant)
            needed.append(f"`{meant}`, a copy of its `{name}`")
    file = next(name for name in NAMES if (folder / name).exists())
    words = ["-f", str(folder / file)]
    extra = [name for name in ("compose.override.yaml", "compose.override.yml", "docker-compose.override.yml",
                               "docker-compose.override.yaml") if (folder / name).exists()]  # fmt: skip
    words += [word for name in extra[:1] for word in ("-f", str(folder / name))]
    override = OVERRIDES / f"{project.replace('/', '__')}.yaml"
    if override.exists():
        check_override(override)
        needed.append(f"[override](../tests/compatibility/overrides/{override.name})")
        words += ["-f", str(override)]
    return needed, words


def check_override(path: Path) -> None:
    """Refuse an override that says anything but `x-composekit`."""
    from ruamel.yaml import YAML

    services = YAML(typ="safe", pure=True).load(path)["services"]
    for name, service in services.items():
        if set(service) != {"x-composekit"}:
            raise SystemExit(f"{path}: service '{name}' says more than x-composekit")


class _Attempt:
    """One project: up, looked at, down."""

    def __init__(self, state: Path, folder: Path, words: list[str]) -> None:
        self.state = state
        self.folder = folder
        self.words = words
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "PYTHON"))},
            "COMPOSEKIT_HOME": str(state),
            "PATH": _public_path(os.environ["PATH"]),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def composekit(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "composekit", "--progress", "plain", *self.words, *words]
        try:
            return subprocess.run(
                command, env=self.environ, cwd=self.folder, capture_output=True, text=True, errors="replace",
                timeout=seconds, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            said = late.stderr.decode(errors="replace") if late.stderr else ""
            return subprocess.CompletedProcess(command, 124, "", f"{said}\nerror: not done after {seconds:.0f} s")

    def run(self, seconds: int) -> dict[str, Any]:
        services = sorted(self.composekit("config", "--services").stdout.split())
        began = time.monotonic()
        up = self.composekit("up", "-d", "--wait", "--wait-timeout", str(seconds), seconds=BUILD_SECONDS + seconds)
        took = round(time.monotonic() - began, 1)
        first = self.replicas()
        said = answers(first) if first else {}
        time.sleep(STAYS_SECONDS)
        problem = trouble(services, first, self.replicas(), said, up)
        logs = "" if not problem else self.composekit("logs", "--tail", "30").stdout[-6000:]
        down = self.composekit("down", "-v", "--rmi", "all", seconds=600)  # a large image takes a while to remove
        left = self.left()
        if not problem and (down.returncode or left):
            problem = f"down left something: {', '.join(left) or down.stderr.strip()[-200:]}"
        healthy = sorted({one["Service"] for one in first if one["Health"] == "healthy"})
        return {
            "services": services,
            "healthy": healthy,
            "result": "does not run" if problem else "runs",
            "detail": problem or ", ".join(f"{port}: {answer}" for port, answer in sorted(said.items())) or "stays up",
            "answers": said,
            "seconds": took,
            "ports_from": _first_port_for_everybody(),
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "composekit": _own_commit(),
            "log": (up.stderr[-4000:] + logs) if problem else "",
        }

    def replicas(self) -> list[dict[str, Any]]:
        done = self.composekit("ps", "-a", "--format", "json")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def left(self) -> list[str]:
        """Return the projects and volumes, mounts and processes that are still there."""
        kinds = [str(path) for kind in ("projects", "volumes") for path in (self.state / kind).glob("*")]
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            kinds += [line.split()[1] for line in file if str(self.state) in line]
        return kinds + [f"process {pid}" for pid in _processes(self.state)]


def trouble(
    services: list[str], first: list[dict[str, Any]], later: list[dict[str, Any]], said: dict[str, str],
    up: subprocess.CompletedProcess[str],
) -> str:  # fmt: skip
    """Return why a project does not count as one that runs; nothing when all its services do, or ended with 0."""
    if not first:
        lines = [line for line in up.stderr.splitlines() if "error" in line]
        return lines[0].strip() if lines else (up.stderr.strip().splitlines() or ["it does not load"])[-1]
    for one in (*first, *later):
        ended = one["State"] == "exited" and one["ExitCode"] == 0
        if not ended and (one["State"] != "running" or one["Health"] not in {"", "healthy"}):
            state = one["State"] if one["State"] != "exited" else f"exited with {one['ExitCode']}"
            return f"{one['Service']} is {one['Health'] or state}"
    if not any(one["State"] == "running" for one in first):
        return "nothing runs any more"
    if absent := set(services) - {one["Service"] for one in first}:
        return f"{', '.join(sorted(absent))} did not start"
    # Of several ports, some are for what does not run just now, such as a debugger.
    mute = {port: answer for port, answer in said.items() if answer == "closed" or answer.startswith("HTTP 5")}
    speaking = {port.split()[0] for port in said if port not in mute}
    return ", ".join(f"port {port}: {answer}" for port, answer in mute.items() if port.split()[0] not in speaking)


def _own_commit() -> str:
    words = ["git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def _first_port_for_everybody() -> int:
    """Return the first port that an ordinary user may listen at."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except OSError:
        return 1024


def _public_path(path: str) -> str:
    """Return the folders of a PATH that every user can look into: services may have users of their own."""
    return ":".join(folder for folder in path.split(":") if _is_public(Path(folder)))


def _is_public(folder: Path) -> bool:
    try:
        return all(one.stat().st_mode & 0o001 for one in (folder.resolve(), *folder.resolve().parents))
    except OSError:
        return False


def _processes(folder: Path) -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            continue
        if f"COMPOSEKIT_HOME={folder}".encode() in content.split(b"\0"):
            found.append(int(path.split("/")[2]))
    return found


def _end_what_is_left(folder: Path) -> None:
    for pid in _processes(folder / "state"):
        os.kill(pid, 9)


if __name__ == "__main__":
    sys.exit(main())
