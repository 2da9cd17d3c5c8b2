"""Reading a command line with click: spellings, help and usage errors."""

import re
import shlex
from typing import Any

import pytest

from composekit.cli.main import _rows_of
from composekit.cli.options import Argument, Option, Row, with_dry_run
from composekit.cli.parser import run_with_click
from composekit.cli.spelling import respell
from composekit.cli.table import COMMANDS, GROUPS
from composekit.errors import UsageError

ROWS: tuple[Row, ...] = (
    Option(("-d", "--detach"), "Run in the background", "flag"),
    Option(("--orphans",), "Show orphans", "flag", default=True),
    Option(("-h", "--host"), "Where", "text"),
    Option(("-t", "--timeout"), "How long", "int"),
    Option(("--ratio",), "How much", "float"),
    Option(("--level",), "How bad", "choice", "low", ("low", "high")),
    Option(("-e", "--env"), "Variables", "many"),
    Argument("services"),
)

EXEC: tuple[Row, ...] = (
    Option(("-T", "--no-tty"), "No terminal", "flag"),
    Argument("service", many=False, required=True),
    Argument("command", rest=True),
)


def read(line: str, rows: tuple[Row, ...] = ROWS) -> tuple[str, dict[str, Any], dict[str, Any]]:
    seen = []

    def start(command: str, shared: dict[str, Any], values: dict[str, Any]) -> int:
        seen.append((command, shared, values))
        return 7

    assert run_with_click(shlex.split(line), start, lambda _: rows, "composekit") == 7
    return seen[0]


def values(line: str, rows: tuple[Row, ...] = ROWS) -> dict[str, Any]:
    """What was said on the line, without what was not."""
    unsaid = read("up", ROWS)[2] if rows is ROWS else {}
    return {name: value for name, value in read(line, rows)[2].items() if value != unsaid.get(name)}


def refused(line: str, rows: tuple[Row, ...] = ROWS) -> UsageError:
    with pytest.raises(UsageError) as caught:
        run_with_click(shlex.split(line), lambda *_: 0, lambda _: rows, "composekit")
    return caught.value


def printed(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_with_click(shlex.split(line), lambda *_: 9, _rows_of, "composekit") == 0
    return capsys.readouterr().out


def test_what_a_line_does_not_mention_has_its_default() -> None:
    assert read("up")[2] == {
        "detach": False,
        "orphans": True,
        "host": None,
        "timeout": None,
        "ratio": None,
        "level": "low",
        "env": (),
        "services": (),
        "dry_run_here": False,
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("up -d", {"detach": True}),
        ("up --detach", {"detach": True}),
        ("up --detach=true", {"detach": True}),
        ("up --detach=T -d=0", {}),
        ("up -d=1", {"detach": True}),
        ("up --orphans=false", {"orphans": False}),
        ("up --orphans=false --orphans", {}),
        ("up -dt5", {"detach": True, "timeout": 5}),
        ("up -dt 5", {"detach": True, "timeout": 5}),
        ("up -dt=5", {"detach": True, "timeout": 5}),
        ("up -t=-1", {"timeout": -1}),
        ("up -t -1", {"timeout": -1}),
        ("up --timeout=-1", {"timeout": -1}),
        ("up --ratio 0.5", {"ratio": 0.5}),
        ("up --level high", {"level": "high"}),
        ("up -e A=1 -eB=2 -e=C=3 --env=D --env -x", {"env": ("A=1", "B=2", "C=3", "D", "-x")}),
        ("up -h somewhere", {"host": "somewhere"}),
        ("up web -d db", {"detach": True, "services": ("web", "db")}),
        ("up -d -- -x", {"detach": True, "services": ("-x",)}),
        ("up -", {"services": ("-",)}),
        ("up --dry-run", {"dry_run_here": True}),
    ],
)
def test_options_are_read_as_docker_compose_reads_them(line: str, expected: dict[str, Any]) -> None:
    assert values(line) == expected


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("-f a -f b up", ("a", "b")),
        ("-fa up", ("a",)),
        ("-f=a up", ("a",)),
        ("--file=a --file b up", ("a", "b")),
        ("-f - up", ("-",)),
    ],
)
def test_global_options_stand_before_the_command(line: str, files: tuple[str, ...]) -> None:
    assert read(line)[1]["files"] == files


def test_a_global_flag_may_be_switched_off() -> None:
    assert read("--dry-run=false --compatibility up")[1]["dry_run"] is False
    assert read("--dry-run=false --compatibility up")[1]["compatibility"] is True


def test_words_after_a_service_belong_to_the_program_that_is_run_in_it() -> None:
    found = values("up -T web ls -l --color=auto -T", EXEC)

    assert (found["no_tty"], found["service"], found["command"]) == (True, "web", ("ls", "-l", "--color=auto", "-T"))


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("up --bogus", "there is no option '--bogus'", "see 'composekit up --help'"),
        ("up -dx", "there is no option '-x'", "see 'composekit up --help'"),
        ("--bogus up", "there is no option '--bogus'", "see 'composekit --help'"),
        ("up --detatch", "there is no option '--detatch'", "did you mean '--detach'?"),
        ("up -f x", "there is no option '-f'", "it stands before the command: composekit -f ... up"),
        ("up -t", r"option '-t' requires an argument", "see 'composekit up --help'"),
        ("-f", r"option '-f' requires an argument", "see 'composekit --help'"),
        ("up -t soon", r"invalid value for '-t' / '--timeout': 'soon' is not a valid integer", None),
        ("up -d=maybe", r"invalid value for '-d' / '--detach': 'maybe' is neither 'true' nor 'false'", None),
        ("up --level mid", r"invalid value for '--level': 'mid' is not one of 'low', 'high'", None),
        ("--ansi x up", r"invalid value for '--ansi': 'x' is not one of 'never', 'always', 'auto'", None),
        ("--progress x up", r"invalid value for '--progress': 'x' is not one of 'auto', .*", None),
        ("confg", "'confg' is not a composekit command", "did you mean 'config'?"),
        ("help dwon", "'dwon' is not a composekit command", "did you mean 'down'?"),
        ("frobnicate", "'frobnicate' is not a composekit command", "see 'composekit --help' for the commands"),
    ],
)
def test_a_wrong_line_is_one_sentence_with_a_hint_and_exit_code_2(line: str, message: str, hint: str | None) -> None:
    error = refused(line)

    assert re.fullmatch(message, str(error)), str(error)
    assert hint is None or error.hint == hint
    assert error.exit_code == 2


def test_a_missing_argument_is_named() -> None:
    assert re.match(r"missing argument '(SERVICE|service)'", str(refused("up", EXEC)))


@pytest.mark.parametrize("line", ["", "--help", "-h", "help", "--ansi never"])
def test_a_line_without_a_command_prints_the_commands(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(line, capsys)

    assert out.startswith("Usage: composekit [OPTIONS] COMMAND [ARGS]...\n")
    texts = {name: text for name, (_, text) in COMMANDS.items() if " " not in name}
    for name, text in {**texts, **GROUPS}.items():
        assert re.search(rf"^  {name} +{re.escape(text.split()[0])}", out, re.MULTILINE), name


def test_help_of_commands_imports_none_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    def rows_of(command: str) -> tuple[Row, ...]:
        raise AssertionError(f"asked for the options of {command}")

    assert run_with_click(["--help"], lambda *_: 9, rows_of, "composekit") == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["-v", "--version", "--version=true"])
def test_the_version_flag_is_the_version_command(flag: str) -> None:
    command, _, given = read(flag)

    assert (command, given) == ("version", {"format": "pretty", "short": False})


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_of_a_command_is_aligned_and_fits_a_screen(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(f"{command} --help", capsys)

    assert printed(f"help {command}", capsys) == out
    assert out.startswith(f"Usage: composekit {command} [OPTIONS]")
    assert [line for line in out.splitlines() if len(line) > 80] == []
    options = out[out.index("Options:") :].partition("\n\n")[0].splitlines()[1:]
    texts = {len(found[1]) for line in options if (found := re.match(r"(  -(?:[^ ]| [^ ])+ {2,}| {6,})[^ ]", line))}
    assert len(texts) == 1, options


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_visible_option_has_its_line_in_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(f"{command} --help", capsys)

    for row in with_dry_run(_rows_of(command)):
        if isinstance(row, Option):
            shown = re.search(rf"^  .*{re.escape(max(row.names, key=len))}\b", out, re.MULTILINE) is not None
            assert shown is not row.hidden, row


def test_a_commands_own_h_is_not_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert values("up -h somewhere") == {"host": "somewhere"}
    run_with_click(["up", "--help"], lambda *_: 9, lambda _: ROWS, "composekit")
    help_line = next(line for line in capsys.readouterr().out.splitlines() if "Show this message" in line)
    assert help_line.split()[0] == "--help"


def test_respelling_leaves_alone_what_is_not_in_the_table() -> None:
    options = tuple(row for row in ROWS if isinstance(row, Option))

    assert respell(["--bogus", "-q", "-dz9", "web"], options, mixed=True) == (
        ["--bogus", "-q", "-d", "true", "-z9", "web"],
        [],
    )
    assert respell(["-d", "web", "-d"], options, mixed=False) == (["-d", "true"], ["web", "-d"])
    assert respell(["-d", "--", "-d"], options, mixed=True) == (["-d", "true"], ["--", "-d"])
