"""What a command loads, in a fresh interpreter. Modules are counted, never seconds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from code_tree import ROOT, modules

LOADING = ("errors", "data", "graph", "source", "values", "schema", "load")

OF_THE_COMMAND_LINE = ("main", "lane", "options", "table", "context", "commands")

# fmt: off
HEAVY = (
    "argparse", "asyncio", "click", "concurrent", "ctypes", "dataclasses", "email", "http", "importlib.metadata",
    "importlib.resources", "inspect", "jsonschema", "lark", "logging", "multiprocessing", "pathlib", "platform",
    "rpds", "sqlite3", "ssl", "subprocess", "tempfile", "traceback", "unittest", "urllib", "uuid", "xml",
)
# fmt: on

PROGRAM = """
import json, sys
before = set(sys.modules)
from composekit.cli.main import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(set(sys.modules) - before)]), file=sys.stderr)
"""


def loaded_by(*words: str, cwd: Path) -> set[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COMPOSEKIT_HOME": str(cwd / "state")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    # Nothing in it is unusual, and so nothing may be loaded for it but the fast lanes.
    tmp_path.joinpath("compose.yaml").write_text(
        """
services:
  web:
    image: nginx:1.27
    ports: ["8080:80", "127.0.0.1:8443:443/tcp"]
    environment: {LEVEL: "${LEVEL:-info}"}
    volumes: ["./site:/usr/share/nginx/html:ro", "cache:/var/cache/nginx"]
    depends_on: [db]
    deploy: {resources: {limits: {memory: 128M}}}
  db:
    image: postgres:17.2
    healthcheck: {test: ["CMD", "pg_isready"], interval: 5s}
volumes: {cache: }
""",
        encoding="utf-8",
    )
    return tmp_path


def ours(names: set[str], parts: tuple[str, ...]) -> list[str]:
    """Our modules among the names that belong to none of the parts and are not needed to read the line."""
    allowed = {f"composekit.{part}" for part in parts} | {f"composekit.cli.{part}" for part in OF_THE_COMMAND_LINE}
    allowed |= {"composekit", "composekit.cli"}
    mine = [name for name in names if name.partition(".")[0] == "composekit"]
    return sorted(
        one
        for one in mine
        if one not in allowed
        and not any(one.startswith(f"{part}.") for part in allowed - {"composekit", "composekit.cli"})
    )


def heavy(names: set[str], *, but: tuple[str, ...] = ()) -> list[str]:
    return sorted(
        one for one in names if one not in but and any(one == bad or one.startswith(f"{bad}.") for bad in HEAVY)
    )


@pytest.mark.parametrize(
    "words", [("config", "-q"), ("config",), ("config", "--format", "json"), ("config", "--services")]
)
def test_config_loads_only_what_reads_a_project(project: Path, words: tuple[str, ...]) -> None:
    names = loaded_by(*words, cwd=project)

    assert heavy(names) == []
    assert ours(names, LOADING) == []
    assert [one for one in names if one.startswith("composekit.cli.commands.")] == ["composekit.cli.commands.config"]
    assert "composekit.schema.explain" not in names


def test_lint_loads_its_rules_and_no_more_than_reads_a_project(project: Path) -> None:
    names = loaded_by("lint", cwd=project)

    assert heavy(names) == []
    assert ours(names, (*LOADING, "lint", "report", "cli.findings", "cli.linting")) == []


@pytest.mark.parametrize("form", ["spec", "stack", "cli"])
def test_convert_loads_no_engine_and_no_rules(project: Path, form: str) -> None:
    names = loaded_by("convert", "--format", form, cwd=project)

    assert heavy(names) == []
    assert ours(names, (*LOADING, "model", "swarm", "report", "cli.planning")) == []
    assert [one for one in names if one in ("composekit.swarm.engine", "composekit.swarm.deploy")] == []


def test_ps_loads_no_rules_and_no_supervisor(project: Path) -> None:
    names = loaded_by("ps", cwd=project)

    assert heavy(names) == []
    assert not names & {"hashlib", "socket", "threading", "ruamel.yaml.main", "composekit.cli.progress"}
    assert [one for one in names if one.startswith(("composekit.lint", "composekit.swarm", "composekit.sandbox"))] == []
    assert "composekit.supervise.daemon" not in names


def test_version_loads_hardly_anything(project: Path) -> None:
    assert ours(loaded_by("version", cwd=project), ("errors",)) == []


def test_help_loads_no_command(project: Path) -> None:
    names = loaded_by("--help", cwd=project)

    assert [one for one in names if one.startswith("composekit.cli.commands")] == []


def test_importing_a_module_does_nothing() -> None:
    # An audit hook sees files being opened for writing, processes, sockets and changes of directory.
    program = """
import importlib, sys
BAD = "subprocess.Popen os.fork os.exec os.chdir os.mkdir os.putenv os.remove os.kill socket.connect".split()
done = []
def hook(event, args):
    if event in BAD:
        done.append(f"{event} {args}")
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        done.append(f"open {args[:2]}")
sys.addaudithook(hook)
for name in sys.argv[1:]:
    importlib.import_module(name)
print("\\n".join(done))
"""
    names = [name for name in modules() if not name.endswith(".__main__")]
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, *names], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd="/",
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
