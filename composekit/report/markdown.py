"""A summary in Markdown, for a comment on a merge request or a job's summary page: counts, then a table by file."""

from collections.abc import Sequence

from composekit.report import Rules, Suppressed
from composekit.report.identity import file_of
from composekit.report.place import region
from composekit.report.text import summary, visible
from composekit.source.diagnostic import Diagnostic

_SPECIAL = "\\`*_{}[]<>#|~$"


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return a heading, the counts, and a table for each file."""
    counts = summary(diagnostics)
    muted = f" ({len(suppressed)} suppressed)" if suppressed else ""
    lines = ["## composekit lint", "", f"{counts[:1].upper()}{counts[1:]}{muted}."]
    files: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        files.setdefault(file_of(one) or "", []).append(one)
    for name, found in files.items():
        lines += ["", f"### {_escaped(name) or 'The project'}", "", "| line | severity | rule | finding |"]
        lines += ["| ---: | --- | --- | --- |", *(_row(one, rules or {}) for one in found)]
    return "\n".join(lines) + "\n"


def _row(one: Diagnostic, rules: Rules) -> str:
    place = region(one.span)
    rule = rules.get(one.code)
    name = f"{one.code} {rule.name}" if rule else one.code
    hint = f"<br>{_escaped(one.hint)}" if one.hint else ""
    return f"| {place.line if place else ''} | {one.severity.word} | {name} | {_escaped(one.message)}{hint} |"


def _escaped(text: str) -> str:
    return "".join(f"\\{one}" if one in _SPECIAL else one for one in visible(text))
