"""Diagnostics to output. One module per format, each with `render`; this table names them.

Owns: the formats that config, lint and convert share. Knows diagnostics only, not rules nor Compose.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from composekit.source.diagnostic import Diagnostic

FORMATS: dict[str, str] = {
    "text": "composekit.report.text",
    "json": "composekit.report.json",
}


class RuleText(NamedTuple):
    """What a format may say about a code beyond the diagnostic itself."""

    name: str
    summary: str


Rules = Mapping[str, RuleText]


def renderer(name: str) -> Callable[..., str]:
    """Return `render(diagnostics, *, color, rules) -> str` of a format; raises `KeyError` for an unknown one."""
    from importlib import import_module

    render: Callable[..., str] = import_module(FORMATS[name]).render
    return render


def render(name: str, diagnostics: Sequence[Diagnostic], *, color: bool = False, rules: Rules | None = None) -> str:
    """Return diagnostics in the named format, in the order given; the text ends with a line break unless it is empty.

    `rules` describes the codes that have a rule, for the formats that carry such facts.
    """
    return renderer(name)(diagnostics, color=color, rules=rules or {})
