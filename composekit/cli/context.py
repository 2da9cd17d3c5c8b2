"""What a command gets: the global options, the streams, the environment, and ways to load and to show diagnostics."""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from composekit.cli.options import ANSI_CHOICES, PROGRESS_CHOICES
from composekit.errors import ComposekitError, UsageError

if TYPE_CHECKING:
    from composekit.load.pipeline import Loaded, Step
    from composekit.load.request import LoadRequest
    from composekit.source.diagnostic import Diagnostic


_SHOWN_AT_ONCE = 50
"""Diagnostics printed for one load; nobody reads the thousandth."""


class CommandContext:
    """The shell around one command. `shared` are the global options by their `dest`."""

    def __init__(
        self,
        shared: dict[str, Any],
        *,
        environ: Mapping[str, str],
        cwd: str,
        stdin: IO[str],
        out: IO[str],
        err: IO[str],
    ) -> None:
        self.shared = shared
        self.environ = environ
        self.cwd = cwd
        self.stdin = stdin
        self.out = out
        self.err = err
        self.dry_run: bool = bool(shared.get("dry_run"))
        self.ansi: str = _ansi(shared, environ)
        self.progress: str = _progress(shared, environ, self.ansi)
        _check_parallel(shared, environ)
        self._kept: list[object] = []

    @property
    def color_out(self) -> bool:
        """Tell whether standard output takes colours."""
        return self._colors(self.out)

    @property
    def color_err(self) -> bool:
        return self._colors(self.err)

    def _colors(self, stream: IO[str]) -> bool:
        if self.ansi != "auto":
            return self.ansi == "always"
        return stream.isatty() and self.environ.get("TERM") != "dumb"

    def request(self, files: Iterable[str] | None = None, **changes: Any) -> "LoadRequest":
        """Return what to load, from the global options; `files` replace those of -f, `changes` other fields."""
        from composekit.load.request import LoadRequest

        given = tuple(files) if files is not None else self.shared.get("files", ())
        values: dict[str, Any] = {
            "cwd": self.cwd,
            "environment": dict(self.environ),
            "files": given,
            "profiles": self.shared.get("profiles", ()),
            "project_name": self.shared.get("project_name") or "",
            "project_directory": self.shared.get("project_directory") or self.shared.get("workdir") or "",
            "env_files": self.shared.get("env_file", ()),
            "all_resources": bool(self.shared.get("all_resources")),
            "compatibility": bool(self.shared.get("compatibility")),
            "stdin": self.stdin,
        }
        return LoadRequest(**{**values, **changes})

    def load(
        self, files: Iterable[str] | None = None, steps: "tuple[Step, ...] | None" = None, **changes: Any
    ) -> "Loaded":
        """Load the project and show its diagnostics on standard error; raises `LoadFailed` where it has errors."""
        from composekit.errors import LoadFailed
        from composekit.load.pipeline import PROJECT_STEPS, load

        loaded = load(self.request(files, **changes), PROJECT_STEPS if steps is None else steps)
        self.keep(loaded)
        if len(loaded.report):
            self.show(loaded.report.sorted())
        if loaded.report.has_errors:
            raise LoadFailed
        return loaded

    def keep(self, *values: object) -> None:
        """Hold what is large until the program ends, which is sooner than it could be taken apart value by value."""
        self._kept += values

    def show(self, diagnostics: "Iterable[Diagnostic]") -> None:
        """Print diagnostics on standard error, for people; of very many the first, errors before the rest."""
        from composekit.report.text import render

        found = list(diagnostics)
        left = len(found) - _SHOWN_AT_ONCE
        if left > 0:
            # A stable sort: within each severity they stay in the order of the files.
            found = sorted(found, key=lambda one: -one.severity)[:_SHOWN_AT_ONCE]
        self.err.write(render(found, color=self.color_err))
        if left > 0:
            self.err.write(f"\n... and {left} more\n")
        self.err.flush()

    def say(self, message: str) -> None:
        """Print one line of talk on standard error."""
        self.err.write(message + "\n")
        self.err.flush()


def _ansi(shared: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """Return never, always or auto. A wrong COMPOSE_ANSI counts as auto, as in Docker Compose."""
    if shared.get("no_ansi"):
        return "never"
    ansi = shared.get("ansi") or environ.get("COMPOSE_ANSI") or "auto"
    if ansi not in ANSI_CHOICES:
        ansi = "auto"
    return "never" if ansi == "auto" and environ.get("NO_COLOR") else ansi


def _progress(shared: Mapping[str, Any], environ: Mapping[str, str], ansi: str) -> str:
    """Return auto, tty, plain, json or quiet; raises `UsageError` for what cannot be."""
    wanted = shared.get("progress") or environ.get("COMPOSE_PROGRESS") or "auto"
    if wanted == "auto" and environ.get("TERM") == "dumb":
        return "plain"  # nothing can be drawn there
    if wanted == "none":
        return "quiet"
    if wanted not in PROGRESS_CHOICES:
        hint = f"COMPOSE_PROGRESS takes one of {', '.join(PROGRESS_CHOICES)}"
        raise UsageError(f"there is no progress output called '{wanted}'", hint=hint)
    if (wanted, ansi) in (("tty", "never"), ("plain", "always")):
        word = "disabled" if ansi == "never" else "forced"
        raise UsageError(f"--progress {wanted} cannot be used while ANSI control characters are {word}")
    return wanted


def _check_parallel(shared: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `ComposekitError` for a limit that is no number. It limits nothing: here nothing waits for its turn."""
    limit = environ.get("COMPOSE_PARALLEL_LIMIT", "")
    if shared.get("parallel") is None and "COMPOSE_PARALLEL_LIMIT" in environ and not _is_number(limit):
        raise ComposekitError(f'COMPOSE_PARALLEL_LIMIT must be an integer (found: "{limit}")')


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").removeprefix("+").isdigit()


def process_context(shared: dict[str, Any]) -> CommandContext:
    """Return the context of this very process; the one place that looks at the environment and streams."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return CommandContext(
        shared, environ=os.environ, cwd=_working_directory(), stdin=sys.stdin, out=sys.stdout, err=sys.stderr
    )


def _working_directory() -> str:
    """Return $PWD where it names this directory, so that a symbolic link keeps the name it was entered by."""
    try:
        real = os.getcwd()
    except FileNotFoundError:
        raise ComposekitError("the current directory does not exist any more", hint="change to another one") from None
    named = os.environ.get("PWD", "")
    if named and os.path.isabs(named):
        try:
            if os.path.samefile(named, real):
                return named
        except OSError:
            pass
    return real
