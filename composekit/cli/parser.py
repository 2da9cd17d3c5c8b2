"""click commands made from the option table; the only module that imports click.

Reached by every line the fast lane does not take, and so by help and by every usage error.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from composekit.cli.options import GLOBAL_OPTIONS, Argument, Row, options_of, swallows, with_dry_run
from composekit.cli.spelling import respell
from composekit.cli.table import COMMANDS, GROUPS
from composekit.errors import UsageError

if TYPE_CHECKING:
    from composekit.cli.manual import Page

Start = Callable[[str, dict[str, Any], dict[str, Any]], int]
RowsOf = Callable[[str], tuple[Row, ...]]

_WIDTH = 76  # of an example that has its comment beside it

_KINDS: dict[str, Any] = {"text": str, "int": int, "float": float, "many": str}


def run_with_click(words: list[str], start: Start, rows_of: RowsOf, program: str) -> int:
    """Read a line with click and start its command; usage errors become `UsageError` with click's own message."""
    group = _Group(start, rows_of)
    try:
        code = group.main(args=_respell_line(words, rows_of), prog_name=program, standalone_mode=False)
    except click.NoSuchOption as error:
        raise UsageError(f"there is no option '{error.option_name}'", hint=group.hint_for(error)) from None
    except click.UsageError as error:
        raise UsageError(_sentence(error.format_message()), hint=group.see_help()) from None
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise UsageError(_sentence(error.format_message())) from None
    return code if isinstance(code, int) else 0


class _Yes(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.5 only
    """A flag's value, in the words that Go's strconv.ParseBool takes."""

    name = "boolean"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, bool) or value == "auto":  # as nobody has said anything
            return value
        if value in ("true", "True", "TRUE", "t", "T", "1"):
            return True
        if value in ("false", "False", "FALSE", "f", "F", "0"):
            return False
        return self.fail(f"'{value}' is neither 'true' nor 'false'", param, ctx)


class _Command(click.Command):
    """A command whose help has a page of its own; that is read only when it is asked for."""

    def __init__(self, name: str, *, page: str, **settings: Any) -> None:
        super().__init__(name, **settings)
        self._page_name = page

    def _page(self) -> "Page | None":
        from composekit.cli.manual import PAGES

        return PAGES.get(self._page_name)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(ctx, formatter)
        page = self._page()
        if page is not None and page.text:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(page.text)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        page = self._page()
        if page is not None and page.examples:
            with formatter.section("Examples"):
                for line in page.examples:
                    command, _, comment = line.partition("  # ")
                    above = bool(comment) and len(line) > _WIDTH
                    for one in (f"# {comment}", command) if above else (line,):
                        formatter.write(f"{'':{formatter.current_indent}}{one}\n")
        if page is not None and page.codes:
            with formatter.section("Exit codes"):
                formatter.write_dl(list(page.codes))


class _Group(click.Group):
    """Imports a command's module only when that command is asked for, and never for the list of commands."""

    def __init__(self, start: Start, rows_of: RowsOf) -> None:
        super().__init__(
            "composekit",
            params=[_to_click(row) for row in GLOBAL_OPTIONS],
            callback=click.pass_context(self._without_command),
            help="Lint Compose files, run them on this machine without Docker, and convert them to Docker Swarm.",
            context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
            epilog="Run 'composekit COMMAND --help' for more information on a command.",
            subcommand_metavar="COMMAND [ARGS]...",
            no_args_is_help=False,
            invoke_without_command=True,
        )
        self._start = start
        self._rows_of = rows_of
        self._read = "composekit"

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted([*_names_below(""), "help"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "help":
            return self._help_command()
        if cmd_name in GROUPS:
            self._read = f"composekit {cmd_name}"
            return _Subgroup(cmd_name, self)
        return self.find(ctx, cmd_name)

    def find(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command that has a name in the table, words of a group included."""
        if name not in COMMANDS:
            return None
        self._read = f"composekit {name}"
        shared = ctx.find_root().params
        return _command(name, self._rows_of(name), lambda values: self._start(name, shared, values))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        _check_known(args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        texts = _names_below("") | {"help": "Show the help of a command"}
        with formatter.section("Commands"):
            formatter.write_dl([(name, texts[name]) for name in self.list_commands(ctx)])

    def hint_for(self, error: click.NoSuchOption) -> str:
        """Return what was meant instead: a global option, one of nearly that name, or whatever the help lists."""
        name = error.option_name
        if any(name in row.names for row in GLOBAL_OPTIONS):
            return f"it stands before the command: composekit {name} ... {self._read.rpartition(' ')[2]}"
        return _nearest(name, error.possibilities or ()) or self.see_help()

    def see_help(self) -> str:
        """Return the hint that leads to the help of what was being read."""
        return f"see '{self._read} --help'"

    def _without_command(self, ctx: click.Context, **shared: Any) -> int:
        """Called by click on every line; a line with no command asks for the version, or else for help."""
        if ctx.invoked_subcommand is None:
            if shared["version"]:
                return self._start("version", shared, {"format": "pretty", "short": False})
            click.echo(ctx.get_help())
        return 0

    def _help_command(self) -> click.Command:
        def show(ctx: click.Context, names: tuple[str, ...]) -> int:
            parent: click.Context = ctx.parent or ctx
            group: click.Group = self
            found: click.Command = self
            for at, name in enumerate(names):
                _check_known(" ".join(names[: at + 1]))
                found = group.get_command(parent, name) or found
                parent = click.Context(found, info_name=name, parent=parent, **found.context_settings)
                group = found if isinstance(found, click.Group) else group
            click.echo(found.get_help(parent))
            return 0

        return click.Command(
            "help",
            params=[click.Argument(["names"], nargs=-1, metavar="[COMMAND]")],
            callback=click.pass_context(show),
            help="Show the help of a command.",
        )


class _Subgroup(click.Group):
    """The commands of a group, such as those of `stack`."""

    def __init__(self, name: str, root: _Group) -> None:
        super().__init__(
            name,
            help=GROUPS[name] + ".",
            context_settings={"help_option_names": ["-h", "--help"]},
            epilog=f"Run 'composekit {name} COMMAND --help' for more information on a command.",
            subcommand_metavar="COMMAND [ARGS]...",
            no_args_is_help=False,
            invoke_without_command=True,
            callback=click.pass_context(self._without_command),
        )
        self._root = root
        self._prefix = f"{name} "

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted(_names_below(self._prefix))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._root.find(ctx, self._prefix + cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        _check_known(self._prefix + args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_names_below(self._prefix).items()))

    def _without_command(self, ctx: click.Context) -> int:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())
        return 0


def _names_below(prefix: str) -> dict[str, str]:
    """Return the next words after a prefix of names in the table, with their help texts."""
    names = {}
    for name, (_, text) in COMMANDS.items():
        if name.startswith(prefix):
            word, more, _ = name[len(prefix) :].partition(" ")
            names[word] = GROUPS[word] if more else text
    return names


def _respell_line(words: list[str], rows_of: RowsOf) -> list[str]:
    shared, rest = respell(words, GLOBAL_OPTIONS, mixed=False)
    length = 2 if rest and rest[0] in GROUPS else 1
    name = " ".join(rest[:length])
    if name not in COMMANDS:
        return [*shared, *rest]
    rows = with_dry_run(rows_of(name))
    own, left = respell(rest[length:], options_of(rows), mixed=not swallows(rows))
    return [*shared, *rest[:length], *own, *left]


def _command(name: str, rows: tuple[Row, ...], start: Callable[[dict[str, Any]], int]) -> click.Command:
    return _Command(
        name.rpartition(" ")[2],
        page=name,
        params=[_to_click(row) for row in with_dry_run(rows)],
        callback=lambda **values: start(values),
        help=COMMANDS[name][1] + ".",
        context_settings={"allow_interspersed_args": not swallows(rows)},
    )


def _to_click(row: Row) -> click.Parameter:
    if isinstance(row, Argument):
        return click.Argument(
            [row.name], nargs=-1 if row.many else 1, required=row.required, metavar=row.metavar, type=str
        )
    declarations = [*row.names, row.dest]
    common: dict[str, Any] = {"help": row.help, "hidden": row.hidden, "default": row.default}
    if row.kind == "flag":
        # Not a flag for click: `respell` always gives it a value. The empty metavar keeps that out of the help.
        return click.Option(declarations, type=_Yes(), metavar="", **{**common, "default": row.initial})
    if row.kind == "choice":
        names = row.metavar or "|".join(row.choices)
        return click.Option(declarations, type=click.Choice(row.choices), metavar=names, **common)
    many = row.kind == "many"
    return click.Option(declarations, type=_KINDS[row.kind], multiple=many, metavar=row.metavar, **common)


def _check_known(name: str) -> None:
    """Raise `UsageError` for what is no command, with the one that may have been meant."""
    if name in COMMANDS or name in GROUPS or name == "help":
        return
    group = name.rpartition(" ")[0]
    see = f"composekit {group}" if group in GROUPS else "composekit"
    hint = _nearest(name, [*COMMANDS, *GROUPS, "help"]) or f"see '{see} --help' for the commands"
    raise UsageError(f"'{name}' is not a composekit command", hint=hint)


def _nearest(name: str, known: Sequence[str]) -> str | None:
    import difflib

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f"did you mean '{close[0]}'?" if close else None


def _sentence(message: str) -> str:
    """Return click's message in the form of ours: lower-case start, no full stop, one line."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]
