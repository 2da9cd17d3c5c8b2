"""From the shell to the exit code: reads the line, starts the command, and turns errors into exit codes.

Exit codes: 0 fine, 1 findings or the operation failed, 2 usage, 3 our bug, 4 the supervisor failed, 130 interrupted;
where Docker Compose has its own code for a command, that one.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from composekit.cli.context import process_context
from composekit.cli.lane import HOT, read_line, split_line
from composekit.cli.options import Row
from composekit.cli.table import COMMANDS
from composekit.errors import ComposekitError, LoadFailed

OUR_BUG = 3
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return the exit code; the entry point of the `composekit` program."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except LoadFailed as error:
        return error.exit_code
    except ComposekitError as error:
        return _show_error(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _broken_pipe()
    except Exception as error:  # noqa: BLE001  # the one boundary: anything unexpected is our bug and must say so
        return _show_bug(error)
    return code


def _dispatch(words: list[str]) -> int:
    parts = split_line(words)
    if parts is not None and parts[1] in HOT:
        shared, command, rest = parts
        values = read_line(rest, _rows_of(command))
        if values is not None:
            return _start(command, shared, values)
    from composekit.cli.parser import run_with_click

    return run_with_click(words, _start, _rows_of, program="composekit")


def _rows_of(command: str) -> tuple[Row, ...]:
    rows: tuple[Row, ...] = importlib.import_module(COMMANDS[command][0]).ARGUMENTS
    return rows


def _start(command: str, shared: dict[str, Any], values: dict[str, Any]) -> int:
    if values.pop("dry_run_here", False):
        shared = {**shared, "dry_run": True}
    module = importlib.import_module(COMMANDS[command][0])
    code: int = module.run(process_context(shared), **values)
    return code


def _show_error(error: ComposekitError) -> int:
    sys.stderr.write(f"error: {error}\n")
    if error.hint:
        sys.stderr.write(f"  hint: {error.hint}\n")
    return error.exit_code


def _broken_pipe() -> int:
    """The reader has gone (`composekit logs | head`): keep Python from complaining when it closes the stream."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show_bug(error: Exception) -> int:
    import platform
    import tempfile
    import traceback

    from composekit import __version__

    with tempfile.NamedTemporaryFile(
        "w", prefix="composekit-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"composekit {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        log.write(f"arguments: {sys.argv[1:]!r}\n\n")
        log.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"error: this is a bug in composekit: {type(error).__name__}: {error}\n")
    sys.stderr.write(f"  hint: please report it with the file {log.name}\n")
    return OUR_BUG
