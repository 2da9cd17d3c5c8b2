"""`x-composekit` of a service: what to run on this machine in place of its image.

x-composekit:
  run: python app.py            # a string (given to /bin/sh -c) or a list; replaces image, entrypoint and command
  working_dir: ./api            # from the project directory, which is also the default
  environment: {DEBUG: "1"}     # over the service's own environment, here only
  isolation: none               # this service sees the machine's own files and names; or view, or auto
  health: curl -f localhost:80  # a string, a list, or false for none; replaces the health check's test
"""

from dataclasses import dataclass, field
from typing import Any

from composekit.model.service import Service
from composekit.runtime.machine import ISOLATION_CHOICES
from composekit.runtime.problems import BAD_STANZA
from composekit.source.diagnostic import Report
from composekit.source.node import Mapping, Node, to_python

KEY = "x-composekit"
_KEYS = ("environment", "health", "isolation", "run", "working_dir")


@dataclass(frozen=True, slots=True)
class Stanza:
    """`run` is `None` when the stanza does not name a program; `health` is `None` when it does not speak of it."""

    run: tuple[str, ...] | None = None
    working_dir: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    health: tuple[str, ...] | None = None
    isolation: str = "auto"


def read_stanza(service: Service, report: Report) -> Stanza:
    """Return a service's stanza; an empty one when there is none, or what is right of it when it has mistakes."""
    node = service.extensions().get(KEY)
    if node is None:
        return Stanza()
    if not isinstance(node, Mapping):
        _complain(service, report, node, "expected a mapping")
        return Stanza()
    for key in node:
        if key not in _KEYS:
            _complain(service, report, node[key], f"unknown key '{key}', expected one of {', '.join(_KEYS)}")
    run = _read(node, "run", _words, service, report)
    return Stanza(
        run=run,
        working_dir=_read(node, "working_dir", _text, service, report) or "",
        environment=_read(node, "environment", _pairs, service, report) or {},
        health=_read(node, "health", _test, service, report),
        isolation=_read(node, "isolation", _isolation, service, report) or "auto",
    )


def _read(node: Mapping, key: str, parse: Any, service: Service, report: Report) -> Any:
    if key not in node:
        return None
    try:
        return parse(to_python(node[key]))
    except ValueError as error:
        _complain(service, report, node[key], f"'{key}' {error}")
        return None


def _complain(service: Service, report: Report, node: Node, reason: str) -> None:
    report.add(BAD_STANZA, node.span, path=("services", service.name, KEY), service=service.name, reason=reason)


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) and value.strip():
        return ("/bin/sh", "-c", value)
    if isinstance(value, list) and value and all(isinstance(word, (str, int, float)) for word in value):
        return tuple(map(str, value))
    raise ValueError("must be a command: a string, or a list of words")


def _text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("must be a directory")


def _isolation(value: Any) -> str:
    if value in ISOLATION_CHOICES:
        return str(value)
    raise ValueError(f"must be one of {', '.join(ISOLATION_CHOICES)}")


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        value = dict(str(one).partition("=")[::2] for one in value)
    if isinstance(value, dict) and not any(isinstance(one, (dict, list)) for one in value.values()):
        return {str(key): _shown(one) for key, one in value.items() if one is not None}
    raise ValueError("must be a mapping of names to values")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _test(value: Any) -> tuple[str, ...]:
    if value is False:
        return ("NONE",)
    if isinstance(value, str) and value.strip():
        return ("CMD-SHELL", value)
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        return tuple(value) if value[0] in ("NONE", "CMD", "CMD-SHELL") else ("CMD", *value)
    raise ValueError("must be a command, or false")
