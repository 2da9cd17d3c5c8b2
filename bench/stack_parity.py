"""Hold `composekit stack deploy` and the script of `convert --format cli` against `docker stack deploy`, on an engine.

    export DOCKER_HOST=unix:///run/docker.sock
    python bench/stack_parity.py stack.yaml other/stack.yaml
    python bench/stack_parity.py @entries.txt

Each entry (of a list one a line, several files of one stack side by side) is deployed by each of the three in turn,
with every image renamed to --image, and removed again. What the manager then says of its services, networks, secrets
and configs has to be the same. The node is drained meanwhile: nothing is started. External objects are made where the
engine misses them. Verdicts: same, differs, refused (the docker client does not take the files), failed (ours does).
Exit status 0 when nothing differs or fails. Use an engine of your own; its stack "parity" is removed.
"""

import argparse
import collections
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STACK = "parity"
MARK = f"com.docker.stack.namespace={STACK}"
_IMAGE = re.compile(r"^(\s+(?:- )?image:)[ \t]+\S.*$", re.MULTILINE)
_MISSING = re.compile(r"(network|secret|config) (?:not found: )?\"?([\w.-]+)\"?(?: is declared as external)?")

NUMBERED = ("SecretID", "ConfigID", "com.docker.network.driver.overlay.vxlanid_list")

# What `docker service create` says in words and `docker stack deploy` leaves to the engine; both mean the same.
SAID = {
    "DNSConfig": {},
    "Init": False,
    "Isolation": "default",
    "StopGracePeriod": 10_000_000_000,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", help="the composekit to hold (default: this checkout's)")
    parser.add_argument("--image", default="busybox:latest")
    parser.add_argument("--show", type=int, default=5, metavar="N")
    parser.add_argument("entries", nargs="+", metavar="FILE|@LIST")
    options = parser.parse_args()
    ours = options.ours.split() if options.ours else [sys.executable, "-m", "composekit"]
    engine = Engine(ours)
    tally: collections.Counter[str] = collections.Counter()
    with engine.drained():
        for entry in read_entries(options.entries):
            with tempfile.TemporaryDirectory() as folder:
                verdict, notes = compare(engine, entry, folder, options.image)
            tally[verdict] += 1
            print(f"{verdict:8} {' '.join(entry)}", flush=True)
            for note in notes[: options.show]:
                print(f"         {note}")
    print(", ".join(f"{count} {verdict}" for verdict, count in tally.most_common()))
    return 1 if tally["differs"] or tally["failed"] else 0


def read_entries(words: list[str]) -> list[list[str]]:
    entries = []
    for word in words:
        if not word.startswith("@"):
            entries.append([os.path.abspath(word)])
            continue
        base = os.path.dirname(os.path.abspath(word[1:]))
        with open(word[1:], encoding="utf-8") as file:
            entries += [[os.path.join(base, one) for one in line.split()] for line in file if line.strip()]
    return entries


class Engine:
    """The manager that DOCKER_HOST names, by the docker client; `ours` is our command."""

    def __init__(self, ours: list[str]) -> None:
        self.ours = ours
        self.environ = {**os.environ, "PYTHONPATH": ROOT}

    def run(self, words: list[str], folder: str | None = None, text: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            words, cwd=folder, env=self.environ, input=text, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def docker(self, *words: str) -> str:
        code, out, err = self.run(["docker", *words])
        if code:
            sys.exit(f"docker {' '.join(words)}: {err.strip()}")
        return out

    def drained(self) -> "Drained":
        return Drained(self)

    def remove(self) -> None:
        """Remove the stack and wait until the engine has forgotten it: networks go after their tasks."""
        for kind in ("service", "config", "secret", "network"):
            names = self.docker(kind, "ls", "-q", "--filter", f"label={MARK}").split()
            for _ in range(100):
                if not names or not self.run(["docker", kind, "rm", *names])[0]:
                    break
                time.sleep(0.2)  # the engine tells nobody when a network is free
                names = self.docker(kind, "ls", "-q", "--filter", f"label={MARK}").split()

    def facts(self) -> dict[str, object]:
        """Return what the manager says of the stack, without ids."""
        listed = self.docker("network", "ls", "--no-trunc", "--format", "json").splitlines()
        names = {one["ID"]: one["Name"] for one in map(json.loads, listed)}
        facts: dict[str, object] = {}
        for one in self._inspect("service"):
            facts[f"service {one['Spec']['Name']}"] = tidy(one["Spec"], names)
        for one in self._inspect("network"):
            kept = ("Driver", "Internal", "Attachable", "Labels", "Options")
            facts[f"network {one['Name']}"] = tidy({key: one[key] for key in kept}, names)
        for kind in ("secret", "config"):
            for one in self._inspect(kind):
                facts[f"{kind} {one['Spec']['Name']}"] = tidy(one["Spec"], names)
        return facts

    def _inspect(self, kind: str) -> list[dict]:
        ids = self.docker(kind, "ls", "-q", "--filter", f"label={MARK}").split()
        return json.loads(self.docker(kind, "inspect", *ids)) if ids else []


class Drained:
    """No task starts while this is entered."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

        self.node = engine.docker("info", "--format", "{{.Swarm.NodeID}}").strip()

    def __enter__(self) -> None:
        self.engine.docker("node", "update", "--availability", "drain", self.node)

    def __exit__(self, *_: object) -> None:
        self.engine.docker("node", "update", "--availability", "active", self.node)


def compare(engine: Engine, entry: list[str], folder: str, image: str) -> tuple[str, list[str]]:
    place = os.path.join(folder, "project")
    shutil.copytree(os.path.dirname(entry[0]), place, symlinks=True, ignore_dangling_symlinks=True)
    names = [os.path.relpath(one, os.path.dirname(entry[0])) for one in entry]
    for name in names:
        rename_images(os.path.join(place, name), image)
    flags = [word for name in names for word in ("-c", name)]
    engine.remove()
    try:
        why = deploy(
            engine, ["docker", "stack", "deploy", "--detach=true", "--resolve-image=never", *flags, STACK], place
        )
        if why:
            return "refused", [why]
        theirs = engine.facts()
        engine.remove()
        line = ["stack", "deploy", "--names=plain", "--jobs=none", "--resolve-image=never", "--detach", *flags, STACK]
        code, _, err = engine.run([*engine.ours, *line], place)
        if code:
            return "failed", [err.strip()[-300:]]
        notes = [f"stack deploy: {one}" for one in differences(without_releases(engine.facts()), theirs)]
        engine.remove()
        notes += [f"script: {one}" for one in compare_script(engine, names, place, theirs)]
    finally:
        engine.remove()
    return ("differs", notes) if notes else ("same", [])


def compare_script(engine: Engine, names: list[str], place: str, theirs: dict[str, object]) -> list[str]:
    """Run the commands of `convert --format cli`, and return what is different then."""
    flags = [word for name in names for word in ("-f", name)]
    code, script, err = engine.run([*engine.ours, *flags, "convert", "--stack", STACK, "--format", "cli"], place)
    if code:
        return [err.strip()[-300:]]
    code, _, err = engine.run(["sh", "-s"], place, script)
    if code:
        return [err.strip()[-300:]]
    return differences(plain(engine.facts()), plain(theirs))


def deploy(engine: Engine, words: list[str], folder: str) -> str:
    """Return why the docker client does not take the files, empty when it does; makes external objects on its way."""
    err = ""
    for _ in range(20):
        code, _, err = engine.run(words, folder)
        if not code:
            return ""
        missing = _MISSING.search(err)
        if missing is None or not make_external(engine, missing[1], missing[2]):
            break
        engine.remove()
    return err.strip()[-300:]


def make_external(engine: Engine, kind: str, name: str) -> bool:
    if kind == "network":
        return not engine.run(["docker", "network", "create", "--driver", "overlay", name])[0]
    return not engine.run(["docker", kind, "create", name, "-"], text="external")[0]


def rename_images(path: str, image: str) -> None:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(_IMAGE.sub(rf"\1 {image}", text))


def tidy(value: object, names: dict[str, str]) -> object:
    """Return a value without empty members and what the engine numbers, networks by name and in their order."""
    if isinstance(value, dict):
        made = {key: tidy(one, names) for key, one in value.items() if key not in NUMBERED}
        for kind, key in (("Networks", "Target"), ("Secrets", "SecretName"), ("Configs", "ConfigName")):
            if isinstance(made.get(kind), list):
                made[kind].sort(key=lambda one, key=key: (one[key], json.dumps(one, sort_keys=True)))
        if isinstance(made.get("CredentialSpec"), dict) and made["CredentialSpec"].get("Config"):
            made["CredentialSpec"]["Config"] = "an id"
        return {key: one for key, one in made.items() if one not in (None, {}, [], "")}
    if isinstance(value, list):
        return [tidy(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def without_releases(facts: dict[str, object]) -> dict[str, object]:
    """Return the facts without the configs in which ours keeps its releases."""
    return {name: one for name, one in facts.items() if "io.composekit.release" not in json.dumps(one)}


def plain(value: object) -> object:
    """Return a value without what `docker service create` cannot say or only says aloud, health checks as it has them.

    The script tells in comments what it cannot say.
    """
    if isinstance(value, dict):
        if not value.get("LogDriver", {}).get("Name"):
            value = {key: one for key, one in value.items() if key not in ("LogDriver", "OpenStdin")}
        if value.get("Test", [""])[0] == "CMD":
            value = {**value, "Test": ["CMD-SHELL", shlex.join(value["Test"][1:])]}
        made = {key: plain(one) for key, one in value.items()}
        return {key: one for key, one in made.items() if one not in ({}, []) and SAID.get(key, one is None) != one}
    return [plain(one) for one in value] if isinstance(value, list) else value


def differences(ours: object, theirs: object, at: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = []
        for key in sorted(ours.keys() | theirs.keys()):
            found += differences(ours.get(key), theirs.get(key), f"{at}.{key}" if at else key)
        return found
    return [] if ours == theirs else [f"{at}: ours {json.dumps(ours)[:120]}, docker's {json.dumps(theirs)[:120]}"]


if __name__ == "__main__":
    sys.exit(main())
