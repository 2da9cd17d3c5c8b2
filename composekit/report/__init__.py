"""Diagnostics to output. One module per format, each with `render`; this table names them.

Owns: the formats that config, lint and convert share. Knows diagnostics only, not rules nor Compose.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from composekit.source.diagnostic import Diagnostic, Severity

FORMATS: dict[str, str] = {
    "text": "composekit.report.text",
    "json": "composekit.report.json",
    "sarif": "composekit.report.sarif",
    "github": "composekit.report.github",
    "gitlab": "composekit.report.gitlab",
    "junit": "composekit.report.junit",
    "checkstyle": "composekit.report.checkstyle",
    "rdjson": "composekit.report.rdjson",
    "markdown": "composekit.report.markdown",
}


class RuleText(NamedTuple):
    """What a format may say about a code beyond the diagnostic itself; `page` is Markdown."""

    name: str
    summary: str
    category: str = ""
    severity: Severity = Severity.WARNING
    page: str = ""


class Suppressed(NamedTuple):
    """A finding that somebody decided not to be told: `kind` is "comment" or "baseline"."""

    diagnostic: Diagnostic
    kind: str
    reason: str = ""


Rules = Mapping[str, RuleText]


def renderer(name: str) -> Callable[..., str]:
    """Return `render(diagnostics, *, color, rules, suppressed) -> str` of a format; `KeyError` for an unknown one."""
    from importlib import import_module

    render: Callable[..., str] = import_module(FORMATS[name]).render
    return render


def render(
    name: str,
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return diagnostics in the named format, in the order given; the text ends with a line break unless it is empty.

    `rules` describes the codes that have a rule, for the formats that carry such facts. `suppressed` is told by the
    formats that have a word for it.
    """
    return renderer(name)(diagnostics, color=color, rules=rules or {}, suppressed=suppressed)
