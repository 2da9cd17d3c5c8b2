"""Hold `composekit config` against the reference Docker Compose over generated projects.

    COMPOSEKIT_REFERENCE=docker-compose python bench/fuzz_config.py --first 1 --count 1000

COMPOSEKIT_REFERENCE is the command line of Docker Compose 2.40 (`docker compose` or `docker-compose`). Every seed is a
project of tests/load/generate.py and one way of asking for it. Exit status 1 when anything differs; what does is shown
with its seed, and `--keep DIR` leaves the files of that project there. `--record FILE` writes what the reference says
of the projects instead, for tests/load/test_load_recorded.py.
"""

import argparse
import collections
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "tests", "load")]

from generate import ENV_FILES, ENVIRONMENT, Project, generate  # noqa: E402  # found through the path set above

from composekit.cli.commands import config  # noqa: E402
from composekit.cli.context import CommandContext  # noqa: E402
from composekit.cli.lane import read_line, split_line  # noqa: E402
from composekit.errors import ComposekitError  # noqa: E402

Result = tuple[int, str, str]
"""Exit status, standard output and standard error."""

WAYS = (
    ("--format", "json"),
    ("--format", "json"),
    ("--format", "json"),
    (),
    (),
    ("--no-normalize",),
    ("--no-interpolate",),
    ("--hash", "*"),
    ("--services",),
    ("--no-path-resolution",),
    ("--no-consistency",),
    ("--profiles",),
    ("--images",),
    ("--volumes",),
    ("--format", "json", "web"),
)
AGREE = {"same", "refused", "reference crashed"}
_UNORDERED = {"--services", "--profiles", "--volumes", "--images"}


def ours(words: Sequence[str], cwd: str) -> Result:
    """Return exit status, standard output and standard error of one command, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    shared, _, rest = split_line(list(words))
    values = read_line(rest, config.ARGUMENTS)
    stdin = io.TextIOWrapper(io.BytesIO(b""))
    context = CommandContext(shared, environ=ENVIRONMENT, cwd=cwd, stdin=stdin, out=out, err=err)
    try:
        code = config.run(context, **values)
    except ComposekitError as error:
        code = error.exit_code
        err.write(f"error: {error}\n")
    except Exception:  # noqa: BLE001  # a crash is what this script looks for
        code = 3
        err.write(traceback.format_exc())
    return code, out.getvalue(), err.getvalue()


def theirs(command: list[str], words: Sequence[str], cwd: str) -> Result:
    done = subprocess.run(
        [*command, *words],
        cwd=cwd,
        env={**ENVIRONMENT, "PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def verdict(way: Sequence[str], mine: Result, other: Result) -> tuple[str, list[str]]:
    """Return one word, and what to show."""
    last = [(text[2].strip().splitlines() or ["-"])[-1][:250] for text in (mine, other)]
    if mine[0] == 3:
        return "crashed", mine[2].splitlines()[-6:]
    if mine[0] and other[0]:
        return "refused", []
    if mine[0]:
        return "rejects", [line for line in mine[2].splitlines() if "error" in line][:3]
    if other[0]:
        # The reference's own crashes are no verdict.
        return ("reference crashed", []) if "\ngoroutine " in other[2] else ("accepts", last[1:])
    if mine[1] == other[1]:
        return "same", []
    if "json" in way:
        found = list(differences(json.loads(mine[1]), json.loads(other[1])))
        return ("differs", found) if found else ("same", [])
    one, two = mine[1].splitlines(), other[1].splitlines()
    if way and way[0] in _UNORDERED and sorted(one) == sorted(two):
        return "same", []
    shown = [f"ours {a!r} reference {b!r}" for a, b in zip(one, two, strict=False) if a != b]
    return "differs", shown or [f"{len(one)} lines, reference {len(two)}"]


def differences(mine: Any, other: Any, at: str = "") -> Iterator[str]:
    if type(mine) is not type(other):
        yield f"{at}: ours {json.dumps(mine)[:90]} reference {json.dumps(other)[:90]}"
    elif isinstance(mine, dict):
        for key in sorted(mine.keys() | other.keys()):
            if key not in mine or key not in other:
                yield f"{at}.{key}: " + (f"extra {mine[key]!r}"[:90] if key in mine else f"missing {other[key]!r}"[:90])
            else:
                yield from differences(mine[key], other[key], f"{at}.{key}")
    elif isinstance(mine, list) and len(mine) == len(other):
        for index, (one, two) in enumerate(zip(mine, other, strict=True)):
            yield from differences(one, two, f"{at}[{index}]")
    elif mine != other:
        yield f"{at}: ours {json.dumps(mine)[:90]} reference {json.dumps(other)[:90]}"


def write(project: Project, folder: str) -> None:
    for name, text in project.files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def record(options: argparse.Namespace, command: list[str]) -> int:
    """Write projects with the reference's data, `null` where it refuses them; a quarter of those is enough."""
    recorded = []
    with tempfile.TemporaryDirectory() as root:
        for seed in range(options.first, options.first + options.count):
            project, folder = generate(seed), os.path.join(root, "project")
            shutil.rmtree(folder, ignore_errors=True)
            write(project, folder)
            code, out, err = theirs(command, (*project.arguments, "config", "--format", "json"), folder)
            if "\ngoroutine " in err or (code and seed % 4):
                continue
            files = {name: text for name, text in project.files.items() if name not in ENV_FILES}
            data = None if code else json.loads(out.replace(root, ""))
            recorded.append({"seed": seed, "files": files, "words": project.arguments, "data": data})
    with open(options.record, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in recorded) + "\n]\n")
    print(f"{len(recorded)} projects recorded")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--keep", help="leave the projects that differ in this folder")
    parser.add_argument("--record", help="write what the reference says of the projects to this file")
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    command = shlex.split(os.environ.get("COMPOSEKIT_REFERENCE", "docker compose"))
    if options.record:
        return record(options, command)
    tally = collections.Counter()
    with tempfile.TemporaryDirectory() as root:
        for seed in range(options.first, options.first + options.count):
            project = generate(seed)
            way = WAYS[seed % len(WAYS)]
            folder = os.path.join(options.keep or root, f"case{seed}")
            write(project, folder)
            words = (*project.arguments, "config", *way)
            word, notes = verdict(way, ours(words, folder), theirs(command, words, folder))
            tally[word] += 1
            if word not in AGREE:
                print(f"{seed} {word} {' '.join(words)}", flush=True)
                for note in notes[: options.show]:
                    print(f"    {note}", flush=True)
            elif options.keep:
                shutil.rmtree(folder)
    print(f"{options.count} projects: " + ", ".join(f"{count} {word}" for word, count in tally.most_common()))
    return 0 if AGREE.issuperset(tally) else 1


if __name__ == "__main__":
    sys.exit(main())
