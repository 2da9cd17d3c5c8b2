"""From the shell to the exit code."""

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from composekit.cli import main as cli
from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError, Interrupted, LoadFailed, SupervisorError, UsageError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | int], int]:
    """Run a command line whose command returns this code, or raises this."""

    def call(outcome: BaseException | int) -> int:
        def run(ctx: CommandContext) -> int:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        module = ModuleType("composekit.cli.commands.try")
        vars(module).update(ARGUMENTS=(), run=run)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(cli.COMMANDS, "try", (module.__name__, "Try"))
        return cli.main(["try"])

    return call


def run(*words: str, cwd: Path, **changes: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "composekit", *words],
        cwd=cwd, env=environment, text=True, capture_output=not changes, timeout=60, check=False, **changes,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tmp_path.joinpath("compose.yaml").write_text("services: {web: {image: nginx}}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ComposekitError("no such thing"), 1, "error: no such thing\n"),
        (ComposekitError("no such thing", exit_code=17), 17, "error: no such thing\n"),
        (ComposekitError("no 'a\nb\x1b[2J'"), 1, "error: no 'a\\nb\\x1b[2J'\n"),
        (ComposekitError("x" * 5000), 1, f"error: {'x' * 500}...{'x' * 500}\n"),
        (UsageError("wrong", hint="write right"), 2, "error: wrong\n  hint: write right\n"),
        (LoadFailed(), 1, ""),
        (SupervisorError("it vanished"), 4, "error: it vanished\n"),
        (Interrupted("stopped"), 130, "error: stopped\n"),
        (KeyboardInterrupt(), 130, "\n"),  # the line after the terminal's own ^C
    ],
)
def test_each_error_has_its_exit_code(
    command: Callable[[BaseException | int], int],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    assert command(error) == code
    assert capsys.readouterr().err == said


def test_a_commands_code_is_the_programs(command: Callable[[BaseException | int], int]) -> None:
    assert command(5) == 5


def test_an_unexpected_error_is_our_bug_and_leaves_a_report(
    command: Callable[[BaseException | int], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert command(ZeroDivisionError("by zero")) == 3

    err = capsys.readouterr().err
    (report,) = tmp_path.iterdir()
    assert err == (
        "error: this is a bug in composekit: ZeroDivisionError: by zero\n"
        f"  hint: please report it with the file {report}\n"
    )
    assert "Traceback" in report.read_text(encoding="utf-8")
    assert "Traceback" not in err


def test_a_report_that_cannot_be_kept_is_printed(
    command: Callable[[BaseException | int], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    assert command(ZeroDivisionError("by zero")) == 3
    assert "Traceback" in capsys.readouterr().err


def test_python_m_runs_the_program(project: Path) -> None:
    done = run("config", "--services", cwd=project)

    assert (done.returncode, done.stdout, done.stderr) == (0, "web\n", "")


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as out:
        done = run("config", cwd=project, stdout=out, stderr=subprocess.PIPE)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [("config",), ("--help",), ("--version",)])
def test_a_full_disk_is_said_in_one_line(project: Path, words: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as out:
        done = run(*words, cwd=project, stdout=out, stderr=subprocess.PIPE)

    assert (done.returncode, done.stderr) == (1, f"error: cannot write: {os.strerror(errno.ENOSPC).lower()}\n")


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_closed_standard_stream_is_no_error(project: Path, closed: int) -> None:
    done = run("config", cwd=project, preexec_fn=lambda: os.close(closed))

    assert done.returncode == 0


def test_a_directory_that_was_removed_is_said(project: Path) -> None:
    (project / "gone").mkdir()
    done = run("config", cwd=project / "gone", preexec_fn=(project / "gone").rmdir, stderr=subprocess.PIPE)

    assert done.returncode == 1
    assert done.stderr.endswith("error: the current directory does not exist any more\n  hint: change to another one\n")


def test_a_missing_file_is_one_screen_without_a_traceback(project: Path) -> None:
    done = run("-f", "missing.yaml", "config", cwd=project)

    assert done.returncode == 1
    assert "missing.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def context(shared: dict[str, object], environ: dict[str, str], *, tty: bool = False) -> CommandContext:
    stream = io.StringIO()
    stream.isatty = lambda: tty  # type: ignore[method-assign]
    return CommandContext(shared, environ=environ, cwd="/", stdin=stream, out=stream, err=stream)


@pytest.mark.parametrize(
    ("shared", "environ", "ansi"),
    [
        ({}, {}, "auto"),
        ({"ansi": "always"}, {"COMPOSE_ANSI": "never"}, "always"),
        ({}, {"COMPOSE_ANSI": "never"}, "never"),
        ({}, {"COMPOSE_ANSI": "sometimes"}, "auto"),
        ({}, {"NO_COLOR": "1"}, "never"),
        ({}, {"NO_COLOR": ""}, "auto"),
        ({"no_ansi": True}, {}, "never"),
    ],
)
def test_colours_are_decided_by_the_line_then_the_environment(
    shared: dict[str, object], environ: dict[str, str], ansi: str
) -> None:
    assert context(shared, environ).ansi == ansi


def test_colours_are_for_terminals_that_know_them() -> None:
    assert context({}, {}, tty=True).color_out
    assert not context({}, {"TERM": "dumb"}, tty=True).color_out
    assert not context({}, {}, tty=False).color_out
    assert context({"ansi": "always"}, {}, tty=False).color_err


@pytest.mark.parametrize(
    ("shared", "environ", "progress"),
    [
        ({}, {}, "auto"),
        ({"progress": "json"}, {"COMPOSE_PROGRESS": "plain"}, "json"),
        ({}, {"COMPOSE_PROGRESS": "plain"}, "plain"),
        ({"progress": "none"}, {}, "quiet"),
        ({}, {"TERM": "dumb"}, "plain"),
        ({"progress": "tty"}, {"TERM": "dumb"}, "tty"),
    ],
)
def test_progress_is_decided_by_the_line_then_the_environment(
    shared: dict[str, object], environ: dict[str, str], progress: str
) -> None:
    assert context(shared, environ).progress == progress


@pytest.mark.parametrize(
    ("shared", "environ", "message"),
    [
        ({}, {"COMPOSE_PROGRESS": "loud"}, "there is no progress output called 'loud'"),
        ({"progress": "tty", "ansi": "never"}, {}, "--progress tty cannot be used while ANSI .* are disabled"),
        ({"progress": "plain", "ansi": "always"}, {}, "--progress plain cannot be used while ANSI .* are forced"),
    ],
)
def test_progress_that_cannot_be_is_a_usage_error(
    shared: dict[str, object], environ: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        context(shared, environ)


def test_the_working_directory_keeps_the_name_it_was_entered_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "real")

    monkeypatch.setenv("PWD", str(tmp_path / "link"))
    assert cli.process_context({}).cwd == str(tmp_path / "link")
    monkeypatch.setenv("PWD", str(tmp_path))
    assert cli.process_context({}).cwd == str(tmp_path / "real")
