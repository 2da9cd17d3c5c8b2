"""Where the project is: its files, its directory, its variables and its profiles.

The order in which Docker Compose looks is part of the contract: -f, then COMPOSE_FILE, then the usual names in this
folder and the ones above; the process environment before `.env`, and `.env` of the working directory before that of
the project.
"""

import os
import stat
from typing import Any, NamedTuple

from composekit.errors import BadValue
from composekit.load.request import LoadRequest
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.text import Source, Span
from composekit.values.template import substitute

NO_FILE = Problem(
    "CK001",
    Severity.ERROR,
    "no Compose file here or in the folders above",
    "name one with -f, or create compose.yaml",
)
CANNOT_READ = Problem("CK002", Severity.ERROR, "cannot read {name}: {reason}")
NOT_TEXT = Problem("CK003", Severity.ERROR, "not UTF-8 text: byte {byte} at offset {offset}", "save the file as UTF-8")
BAD_ENV_FILE = Problem("CK005", Severity.ERROR, "{reason}")
MANY_FILES = Problem(
    "CK006", Severity.WARNING, "several Compose files here: {names}; {used} is used", "name the one you mean with -f"
)
BAD_SETTING = Problem("CK007", Severity.ERROR, "{name} must be true or false, not '{value}'")

FILE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
MAX_BYTES = 8 * 1024 * 1024
"""The size of one file. Ten times the largest Compose files seen in public, and still read in seconds."""

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


class Place(NamedTuple):
    """A located project.

    Files are absolute, "-" being standard input; `explicit_name` is that of -p or the environment.
    """

    files: tuple[str, ...]
    directory: str
    variables: dict[str, str]
    profiles: tuple[str, ...]
    explicit_name: str
    origins: dict[str, Span]


def locate(request: LoadRequest, report: Report) -> Place:
    """Find the project; what is wrong is reported, and then `files` is empty."""
    variables = dict(request.environment)
    variables.setdefault("PWD", request.cwd)
    files = tuple(_absolute(request.cwd, name) for name in request.files)
    looked_in = _directory(request, files)
    origins = _read_dot_env(looked_in, request, variables, report)
    if not files and variables.get("COMPOSE_FILE") is not None:
        separator = variables.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
        files = tuple(_absolute(request.cwd, name) for name in variables["COMPOSE_FILE"].split(separator))
    if not files:
        files = _usual_files(_directory(request, files), request.cwd, report)
    directory = _directory(request, files)
    if directory != looked_in:
        origins.update(_read_dot_env(directory, request, variables, report))
    if not files:
        report.add(NO_FILE, None)
    profiles = request.profiles or tuple(one.strip() for one in variables.get("COMPOSE_PROFILES", "").split(","))
    name = request.project_name or variables.get("COMPOSE_PROJECT_NAME", "")
    return Place(files, directory, variables, tuple(one for one in profiles if one), name, origins)


def _absolute(cwd: str, name: str) -> str:
    return name if name == "-" else os.path.normpath(os.path.join(cwd, name))


def _directory(request: LoadRequest, files: tuple[str, ...]) -> str:
    if request.project_directory:
        return _absolute(request.cwd, request.project_directory)
    first = next((name for name in files if name != "-"), None)
    return os.path.dirname(first) if first else request.cwd


def _usual_files(directory: str, cwd: str, report: Report) -> tuple[str, ...]:
    while True:
        found = _existing(directory, FILE_NAMES)
        if found:
            overrides = _existing(directory, OVERRIDE_NAMES)
            for many in (found, overrides):
                if len(many) > 1:
                    shown = [shown_name(name, cwd) for name in many]
                    report.add(MANY_FILES, None, names=", ".join(shown), used=shown[0])
            return (found[0], *overrides[:1])
        parent = os.path.dirname(directory)
        if parent == directory:
            return ()
        directory = parent


def _existing(directory: str, names: tuple[str, ...]) -> list[str]:
    return [path for name in names if os.path.exists(path := os.path.join(directory, name))]


def shown_name(path: str, cwd: str) -> str:
    """Return how a file is called in diagnostics: relative where it lies below the working directory."""
    if path == "-":
        return "<stdin>"
    prefix = cwd.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else path


def _read_dot_env(directory: str, request: LoadRequest, variables: dict[str, str], report: Report) -> dict[str, Span]:
    """Add the variables of the env files; what is set already stays."""
    given = request.env_files or _names(request.environment.get("COMPOSE_ENV_FILES", ""))
    if given:
        files = [_absolute(request.cwd, name) for name in given]
    else:
        switch = request.environment.get("COMPOSE_DISABLE_ENV_FILE")
        if switch is not None and switch not in _TRUE | _FALSE:
            report.add(BAD_SETTING, None, name="COMPOSE_DISABLE_ENV_FILE", value=switch)
        default = os.path.join(directory, ".env")
        files = [default] if switch not in _TRUE and os.path.exists(default) and not os.path.isdir(default) else []
    return read_env_files(files, variables, request.cwd, report)


def _names(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split(",") if one)


def read_env_files(files: list[str], variables: dict[str, str], cwd: str, report: Report) -> dict[str, Span]:
    """Add the variables of env files to those given, which win; later files win over earlier ones.

    Returns where those that were added stand.
    """
    read: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for path in files:
        source = read_source(path, cwd, report)
        if source is not None:
            spans.update(parse_variables(source, variables, read, report))
    added = {name: span for name, span in spans.items() if name not in variables}
    for name, value in read.items():
        variables.setdefault(name, value)
    return added


def parse_variables(
    source: Source, known: dict[str, str], into: dict[str, str], report: Report, *, raw: bool = False
) -> dict[str, Span]:
    """Read an env file into a dictionary; its values may use variables that are known or were read before.

    `raw` takes values as they are. Returns where each name stands.
    """
    from composekit.values import envfile

    try:
        if raw:
            entries = envfile.parse_raw(source.text, known.get)
        else:
            entries = envfile.parse_env(source.text, known.get, substitute, earlier=into)
    except BadValue as error:
        at = error.offset or 0
        report.add(BAD_ENV_FILE, Span(source, at, at + error.length), hint=error.hint, reason=str(error))
        return {}
    spans: dict[str, Span] = {}
    for entry in entries:
        if entry.value is not None:
            into[entry.key] = entry.value
            spans[entry.key] = Span(source, entry.offset, entry.offset + len(entry.key))
    return spans


def read_source(path: str, cwd: str, report: Report, stdin: Any = None) -> Source | None:
    """Read a file of the user's, or `stdin` for "-"; what is wrong with it is reported and `None` returned."""
    name = shown_name(path, cwd)
    try:
        data = stdin.buffer.read(MAX_BYTES + 1) if path == "-" else _read_file(path)
    except OSError as error:
        report.add(CANNOT_READ, None, name=name, reason=_reason(error))
        return None
    except ValueError as error:
        report.add(CANNOT_READ, None, name=name, reason=str(error))
        return None
    if len(data) > MAX_BYTES:
        report.add(CANNOT_READ, None, name=name, reason=f"it is larger than {MAX_BYTES >> 20} MiB")
        return None
    return decode(data, name, path, report)


def _read_file(path: str) -> bytes:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise ValueError("it is a directory")
    # A shell's <(...) is a pipe under /dev/fd; any other pipe or socket may never have an end.
    harmless = (os.devnull, "/dev/stdin", "/dev/fd/", "/proc/self/fd/")
    if not stat.S_ISREG(mode) and not path.startswith(harmless):
        raise ValueError("it is not a regular file")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _reason(error: OSError) -> str:
    words = {
        FileNotFoundError: "no such file",
        PermissionError: "permission denied",
        NotADirectoryError: "no such file",
    }
    return words.get(type(error), (error.strerror or str(error)).lower())


def decode(data: bytes, name: str, path: str, report: Report) -> Source | None:
    """Decode as YAML parsers do: UTF-8, or UTF-16 where a byte order mark says so."""
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        return Source(name, data.decode(encoding), path)
    except UnicodeDecodeError as error:
        before = Source(name, data[: error.start].decode(encoding, "replace"), path)
        at = len(before.text)
        byte = f"0x{data[error.start]:02x}"
        report.add(NOT_TEXT, Span(before, at, at), byte=byte, offset=error.start)
        return None
