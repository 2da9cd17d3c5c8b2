"""The table of options: what a command line may say, without click.

`cli/parser.py` builds click commands from these rows, and `cli/lane.py` reads an ordinary line of a hot command from
the same rows without importing click. A command module exports `ARGUMENTS` (rows) and `run(ctx, **values) -> int`.
"""

from typing import Any, NamedTuple

from composekit.errors import ComposekitError

ANSI_CHOICES = ("never", "always", "auto")
PROGRESS_CHOICES = ("auto", "tty", "plain", "json", "quiet")


class Option(NamedTuple):
    """A named option. `kind`: text, int, float, flag, many (repeatable text), choice.

    The value reaches `run` under `dest`, made from the longest name; a flag is False, `many` an empty tuple, anything
    else `default` (None) when it is not given. A flag whose default is "auto" tells that nobody has chosen. `choices`
    of another kind than choice are what shells offer, and others are fine too.
    """

    names: tuple[str, ...]
    help: str
    kind: str = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    hidden: bool = False
    to: str | None = None

    @property
    def dest(self) -> str:
        return self.to or max(self.names, key=len).lstrip("-").replace("-", "_")

    @property
    def initial(self) -> Any:
        if self.kind == "flag":
            return self.default if self.default == "auto" else bool(self.default)
        return () if self.kind == "many" and self.default is None else self.default


class Argument(NamedTuple):
    """Positional words. `many` takes any number as a tuple; `rest` also takes everything that looks like an option."""

    name: str
    many: bool = True
    required: bool = False
    rest: bool = False
    metavar: str | None = None

    @property
    def initial(self) -> Any:
        return () if self.many else None


Row = Option | Argument

SERVICES = Argument("services", metavar="[SERVICE...]")

DRY_RUN = Option(("--dry-run",), "Execute command in dry run mode", "flag")

GLOBAL_OPTIONS: tuple[Option, ...] = (
    Option(("--all-resources",), "Include all resources, even those not used by services", "flag"),
    Option(
        ("--ansi",),
        "Control when to print ANSI control characters",
        "choice",
        choices=ANSI_CHOICES,
    ),
    Option(("--compatibility",), "Run in backward compatibility mode", "flag"),
    DRY_RUN,
    Option(("--env-file",), "Specify an alternate environment file", "many", metavar="FILE"),
    Option(
        ("-f", "--file"), "Compose configuration files ('-' reads standard input)", "many", metavar="FILE", to="files"
    ),
    Option(("--parallel",), "Control max parallelism, -1 for unlimited", "int"),
    Option(("--profile",), "Specify a profile to enable", "many", to="profiles", metavar="NAME"),
    Option(
        ("--progress",),
        f"Set type of progress output ({', '.join(PROGRESS_CHOICES)})",
        "choice",
        choices=(*PROGRESS_CHOICES, "none"),
        metavar="TYPE",
    ),
    Option(
        ("--project-directory",),
        "Specify an alternate working directory (default: the path of the first specified Compose file)",
        metavar="DIRECTORY",
    ),
    Option(("-p", "--project-name"), "Project name", metavar="NAME"),
    Option(("-v", "--version"), "Show the composekit version information", "flag", hidden=True),
    Option(("--drop-in",), "Answer as docker-compose would; set by `cli/dropin.py`", "flag", hidden=True),
    # What Docker Compose still accepts without showing it.
    Option(("--no-ansi",), "Do not print ANSI control characters", "flag", hidden=True),
    Option(("--verbose",), "Show more output", "flag", hidden=True),
    Option(("--workdir",), "Specify an alternate working directory", hidden=True, metavar="DIRECTORY"),
)


PULL_POLICIES = ("always", "never", "build", "missing", "if_not_present")


def check_pull(policy: str | None) -> None:
    """Raise `ComposekitError` for what Docker Compose has no policy of pulling by."""
    if policy is not None and policy not in PULL_POLICIES:
        raise ComposekitError(f'invalid --pull option "{policy}"')


def options_of(rows: tuple[Row, ...]) -> tuple[Option, ...]:
    return tuple(row for row in rows if isinstance(row, Option))


def swallows(rows: tuple[Row, ...]) -> bool:
    """Tell whether a command's first positional word ends its options (`exec web ls -l`)."""
    return any(isinstance(row, Argument) and row.rest for row in rows)


def with_dry_run(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return a command's rows with `--dry-run`, which may stand before the command or after it."""
    if any("--dry-run" in row.names for row in options_of(rows)):
        return rows
    return (*rows, DRY_RUN._replace(to="dry_run_here"))


def initial_values(rows: tuple[Row, ...]) -> dict[str, Any]:
    """Return what `run` gets for each row that the line does not mention."""
    return {row.dest if isinstance(row, Option) else row.name: row.initial for row in rows}
