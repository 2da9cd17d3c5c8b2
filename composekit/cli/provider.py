"""A service of Docker Compose that runs here as a process: what `provider: {type: composekit, options: ...}` may say.

Docker Compose asks `compose metadata` for the options there are, then starts `compose --project-name=X up
--OPTION=VALUE... SERVICE` and the same with `down`, and reads one JSON object a line. Each service
provided is a project of its own here, so that ending it ends all that came with it. Options: docs/drop-in.md.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

from composekit.errors import UsageError

Values = Mapping[str, Sequence[str]]


class Parameter(NamedTuple):
    """An option of a provider. `key` is the attribute of a service that it stands for, if it does."""

    name: str
    help: str
    type: str = "string"
    default: str = ""
    key: str = ""
    many: bool = False


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("file", "Compose file that has the service; instead of the options that describe it here"),
    Parameter("service", "the service's name in that file (default: the name of this one)"),
    Parameter("image", "image whose program runs", key="image"),
    Parameter("build", "folder with a Dockerfile", key="build"),
    Parameter("command", "command", key="command"),
    Parameter("entrypoint", "entry point", key="entrypoint"),
    Parameter("environment", "NAME=VALUE, or a list of them", key="environment", many=True),
    Parameter("ports", "port to publish, or a list of them, as in a service", key="ports", many=True),
    Parameter("volumes", "volume, or a list of them, as in a service", key="volumes", many=True),
    Parameter("user", "user", key="user"),
    Parameter("working_dir", "working directory", key="working_dir"),
    Parameter("healthcheck", "shell command that tells whether it is healthy"),
    Parameter("host", "name or address by which containers reach this machine", default="host.docker.internal"),
    Parameter("scheme", "what the URL told to dependent services begins with", default="tcp"),
    Parameter("isolation", "auto, view or none", default="auto"),
    Parameter("timeout", "seconds to wait until it is healthy", "integer", "120"),
)

_BY_NAME = {one.name: one for one in PARAMETERS}
_PATH = re.compile(r"[./~\\]")


class Talk:
    """Tells Docker Compose what happens, and stands for the stream that commands write their talk to."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._rest = ""
        self.said: list[str] = []

    def tell(self, type_: str, message: str) -> None:
        self._out.write(json.dumps({"type": type_, "message": message}) + "\n")
        self._out.flush()

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self.said.append(line.strip())
                self.tell("info", line.strip())
        return len(text)

    def flush(self) -> None:
        """Do nothing: whole lines go out at once."""

    def isatty(self) -> bool:
        return False

    def trouble(self) -> str:
        """Return the mistakes among what was said, on one line."""
        found = [line for line in self.said if re.search(r"\berror\b", line)]
        return "; ".join(line.removeprefix("error: ") for line in found[:3])


def metadata() -> dict[str, Any]:
    """Return what Docker Compose wants to know of a provider; options it does not find here it does not pass on."""
    found = []
    for one in PARAMETERS:
        row = {"name": one.name, "description": one.help, "required": False, "type": one.type}
        found.append({**row, "default": one.default} if one.default else row)
    return {
        "description": "Run a service as a process of this machine",
        "up": {"parameters": found},
        "down": {"parameters": []},
    }


def read_words(words: Sequence[str]) -> tuple[dict[str, list[str]], str]:
    """Return the options and the service of the words after `up` or `down`; raises `UsageError`."""
    values: dict[str, list[str]] = {}
    names = []
    for word in words:
        if not word.startswith("--"):
            names.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name not in _BY_NAME or not equals:
            known = ", ".join(_BY_NAME)
            raise UsageError(f"provider 'composekit' has no option '{name}'", hint=f"options: {known}")
        values.setdefault(name, []).append(value)
    if len(names) != 1:
        raise UsageError("one service is to be named", hint="composekit compose --project-name NAME up SERVICE")
    for name, given in values.items():
        if len(given) > 1 and not _BY_NAME[name].many:
            raise UsageError(f"option '{name}' takes one value")
    return values, names[0]


def one(values: Values, name: str) -> str:
    """Return the value of an option that takes one, or its default."""
    given = values.get(name)
    return given[0] if given else _BY_NAME[name].default


def seconds(values: Values) -> int:
    """Return how long to wait; raises `UsageError`."""
    text = one(values, "timeout")
    if not text.isdecimal():
        raise UsageError(f"option 'timeout' takes a number of seconds, not '{text}'")
    return int(text)


def project_name(project: str, service: str) -> str:
    """Return the name of the project that a service provided is here; one of its own, whatever the names look like."""
    plain = f"{project}-{service}"
    name = re.sub(r"[^a-z0-9_-]", "", plain.lower()).lstrip("-_")
    return name if name == plain else f"{name or 'provided'}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


def compose_file(values: Values, service: str) -> str:
    """Return the text of a Compose file with the service that the options describe; raises `UsageError`."""
    described: dict[str, Any] = {}
    for name, given in values.items():
        row = _BY_NAME[name]
        if row.key:
            described[row.key] = list(given) if row.many else given[0]
    if not {"image", "build"} & set(described):
        raise UsageError(
            f"provider 'composekit' is not told what '{service}' is",
            hint="give it the option 'image', 'build' or 'file'",
        )
    if values.get("healthcheck"):
        described["healthcheck"] = {"test": one(values, "healthcheck"), "interval": "2s", "retries": 30}
    sources = [text.partition(":")[0] for text in values.get("volumes", ()) if ":" in text]
    volumes: dict[str, Any] = {source: {} for source in sources if source and not _PATH.match(source)}
    return json.dumps({"services": {service: _as_it_is(described)}, "volumes": volumes}, ensure_ascii=False)


def variables(values: Values, publishers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what dependent services learn, by name; Docker Compose puts the service's name before it.

    HOST; for each published port PORT_<port of the service>; PORT and URL of the first.
    """
    host = one(values, "host")
    found = {"HOST": host}
    published = {port["TargetPort"]: port["PublishedPort"] for port in publishers if port["PublishedPort"]}
    for target, port in published.items():
        found.setdefault("PORT", str(port))
        found.setdefault("URL", f"{one(values, 'scheme')}://{host}:{port}")
        found[f"PORT_{target}"] = str(port)
    return found


def _as_it_is(value: Any) -> Any:
    """Return a value whose dollar signs stay: Docker Compose has put variables in already."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [_as_it_is(one) for one in value]
    return {key: _as_it_is(one) for key, one in value.items()} if isinstance(value, dict) else value
