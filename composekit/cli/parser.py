"""click commands made from the option table; the only module that imports click.

Reached by every line the fast lane does not take, and so by help and by every usage error.
"""

from collections.abc import Callable
from typing import Any

import click

from composekit.cli.options import DRY_RUN, GLOBAL_OPTIONS, Argument, Option, Row
from composekit.cli.table import COMMANDS
from composekit.errors import UsageError

Start = Callable[[str, dict[str, Any], dict[str, Any]], int]

_KINDS: dict[str, Any] = {"text": str, "int": int, "float": float, "many": str}


class _Group(click.Group):
    """Imports a command's module only when that command is asked for, and never for the list of commands."""

    def __init__(self, start: Start, rows_of: Callable[[str], tuple[Row, ...]]) -> None:
        super().__init__(
            "composekit",
            params=[_to_click(row) for row in GLOBAL_OPTIONS],
            help="Lint Compose files, run them on this machine without Docker, and convert them to Docker Swarm.",
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
            epilog="Run 'composekit COMMAND --help' for more information on a command.",
            no_args_is_help=False,
            invoke_without_command=True,
        )
        self._start = start
        self._rows_of = rows_of

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return [*COMMANDS, "help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "help":
            return self._help_command()
        if cmd_name not in COMMANDS:
            return None
        shared = {key: value for key, value in ctx.params.items() if key != "help"}
        return _command(cmd_name, self._rows_of(cmd_name), lambda values: self._start(cmd_name, shared, values))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and name != "help":
            raise UsageError(f"'{name}' is not a composekit command", hint=_nearest(name))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        with formatter.section("Commands"):
            rows = [(name, text) for name, (_, text) in COMMANDS.items()]
            formatter.write_dl(sorted([*rows, ("help", "Show the help of a command")]))

    def invoke(self, ctx: click.Context) -> Any:
        if not ctx._protected_args and not ctx.args:  # noqa: SLF001  # click has no public name for it
            click.echo(ctx.get_help())
            return 0
        return super().invoke(ctx)

    def _help_command(self) -> click.Command:
        def show(ctx: click.Context, name: str | None) -> int:
            parent = ctx.parent or ctx
            if name is None:
                click.echo(parent.get_help())
                return 0
            found = self.get_command(parent, name)
            if found is None:
                raise UsageError(f"'{name}' is not a composekit command", hint=_nearest(name))
            with click.Context(found, info_name=name, parent=parent) as inner:
                click.echo(found.get_help(inner))
            return 0

        return click.Command(
            "help",
            params=[click.Argument(["name"], required=False, metavar="[COMMAND]")],
            callback=click.pass_context(show),
            help="Show the help of a command.",
        )


def run_with_click(words: list[str], start: Start, rows_of: Callable[[str], tuple[Row, ...]], program: str) -> int:
    """Read a line with click and start its command; usage errors become `UsageError` with click's own message."""
    group = _Group(start, rows_of)
    try:
        code = group.main(args=words, prog_name=program, standalone_mode=False)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else program
        raise UsageError(_sentence(error.format_message()), hint=f"see '{command} --help'") from None
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise UsageError(_sentence(error.format_message())) from None
    return code if isinstance(code, int) else 0


def _command(name: str, rows: tuple[Row, ...], start: Callable[[dict[str, Any]], int]) -> click.Command:
    swallows = any(isinstance(row, Argument) and row.rest for row in rows)
    if DRY_RUN not in rows:
        rows = (*rows, DRY_RUN._replace(to="dry_run_here"))
    return click.Command(
        name,
        params=[_to_click(row) for row in rows],
        callback=lambda **values: start(values),
        help=COMMANDS[name][1] + ".",
        context_settings={"allow_interspersed_args": not swallows},
    )


def _to_click(row: Row) -> click.Parameter:
    if isinstance(row, Argument):
        return click.Argument(
            [row.name], nargs=-1 if row.many else 1, required=row.required, metavar=row.metavar, type=str
        )
    common: dict[str, Any] = {"help": row.help, "hidden": row.hidden}
    declarations = [*row.names, row.dest]
    if row.kind == "flag":
        return click.Option(declarations, is_flag=True, default=bool(row.default), **common)
    if row.kind == "choice":
        return click.Option(declarations, type=click.Choice(row.choices), default=row.default, **common)
    return click.Option(
        declarations,
        type=_KINDS[row.kind],
        multiple=row.kind == "many",
        default=row.default,
        metavar=row.metavar,
        **common,
    )


def _nearest(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, [*COMMANDS, "help"], n=1)
    return f"did you mean '{close[0]}'?" if close else "see 'composekit --help' for the commands"


def _sentence(message: str) -> str:
    """Return click's message in the form of ours: lower-case start, no full stop, one line."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]
