"""From the shell to the exit code: reads the line, starts the command, and turns errors into exit codes.

Exit codes: 0 fine, 1 findings or the operation failed, 2 usage, 3 our bug, 4 the supervisor failed, 130 interrupted;
where Docker Compose has its own code for a command, that one.
"""

import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from composekit.cli.context import CommandContext, process_context
from composekit.cli.lane import HOT, read_line, split_line
from composekit.cli.options import Row
from composekit.cli.table import COMMANDS
from composekit.errors import ComposekitError, LoadFailed

OUR_BUG = 3
INTERRUPTED = 130

_LONGEST = 1000  # characters of a message

# What these leave behind for Python to tidy up is nothing but memory, and it takes as long as a tenth of them.
_OVER_AT_ONCE = frozenset({"config", "convert", "down", "lint", "logs", "ps", "up"})
_RARELY = 100_000  # objects between two searches for rings; most commands make fewer

# A disk that is full is no bug of ours, wherever it is met.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return the exit code; the entry point of the `composekit` program."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        gc.set_threshold(_RARELY)
    _open_closed_streams()
    if argv is None and os.path.basename(sys.argv[0]) == "docker-compose":
        from composekit.cli import dropin

        return dropin.main(words)
    contexts: list[CommandContext] = []  # of the command; what it keeps is not taken apart before the program ends
    try:
        code = _dispatch(words, contexts)
        sys.stdout.flush()
    except LoadFailed as error:
        return error.exit_code
    except ComposekitError as error:
        return _show_error(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        return _show_full(error) if error.errno in _FULL else _show_bug(error)
    except Exception as error:  # noqa: BLE001  # the one boundary: anything unexpected is our bug and must say so
        return _show_bug(error)
    if argv is None:
        _leave(words, code)
    return code


def _leave(words: list[str], code: int) -> None:
    """End the program here and now, if its command allows that."""
    parts = split_line(words)
    if parts is None or parts[1] not in _OVER_AT_ONCE:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python says so in its own way
    os._exit(code)


def _dispatch(words: list[str], contexts: list[CommandContext]) -> int:
    def start(command: str, shared: dict[str, Any], values: dict[str, Any]) -> int:
        if values.pop("dry_run_here", False):
            shared = {**shared, "dry_run": True}
        module = importlib.import_module(COMMANDS[command][0])
        contexts.append(process_context(shared))
        code: int = module.run(contexts[-1], **values)
        return code

    parts = split_line(words)
    if parts is not None and parts[1] in HOT:
        shared, command, rest = parts
        values = read_line(rest, _rows_of(command))
        if values is not None:
            return start(command, shared, values)
    from composekit.cli.parser import run_with_click

    return run_with_click(words, start, _rows_of, program="composekit")


def _rows_of(command: str) -> tuple[Row, ...]:
    rows: tuple[Row, ...] = importlib.import_module(COMMANDS[command][0]).ARGUMENTS
    return rows


def _show_error(error: ComposekitError) -> int:
    sys.stderr.write(f"error: {_one_line(str(error))}\n")
    if error.hint:
        sys.stderr.write(f"  hint: {error.hint}\n")
    return error.exit_code


def _one_line(text: str) -> str:
    """Return a message as a terminal can show it: what the user typed may hold line ends, escapes, or very much."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 2 :]}"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _show_full(error: OSError) -> int:
    _drop_output()
    sys.stderr.write(f"error: cannot write: {(error.strerror or str(error)).lower()}\n")
    return ComposekitError.exit_code


def _open_closed_streams() -> None:
    """Put the null device where a standard stream was closed (`composekit up >&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # open until the very end


def _drop_output() -> None:
    """Let what is still to be written go nowhere, so that Python does not complain when it closes the stream.

    For a reader that has gone (`composekit logs | head`), and a disk that is full.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_bug(error: Exception) -> int:
    import platform
    import traceback

    from composekit import __version__

    report = (
        f"composekit {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {sys.argv[1:]!r}\n\n{''.join(traceback.format_exception(error))}"
    )
    sys.stderr.write(f"error: this is a bug in composekit: {type(error).__name__}: {error}\n")
    try:
        sys.stderr.write(f"  hint: please report it with the file {_keep_report(report)}\n")
    except OSError:
        sys.stderr.write(f"  hint: please report it with this\n{report}")
    return OUR_BUG


def _keep_report(report: str) -> str:
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", prefix="composekit-bug-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as log:
        log.write(report)
    return log.name
