"""Checkstyle's XML, as many editors and CI plug-ins read it: findings by file, with line, column and severity."""

from collections.abc import Sequence

from composekit.report import Rules, Suppressed
from composekit.report.identity import file_of
from composekit.report.place import region
from composekit.report.xml import DECLARATION, attributes
from composekit.source.diagnostic import Diagnostic


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return one `checkstyle` element; what concerns no file stands under the file "."."""
    files: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        files.setdefault(file_of(one) or ".", []).append(one)
    lines = ['<checkstyle version="4.3">\n']
    for name, found in files.items():
        lines.append(f"  <file{attributes(name=name)}>\n")
        lines += [_error(one, rules or {}) for one in found]
        lines.append("  </file>\n")
    return DECLARATION + "".join([*lines, "</checkstyle>\n"])


def _error(one: Diagnostic, rules: Rules) -> str:
    place = region(one.span)
    rule = rules.get(one.code)
    source = f"composekit.{one.code}" + (f".{rule.name}" if rule else "")
    text = one.message if one.hint is None else f"{one.message} ({one.hint})"
    facts = attributes(
        line=place.line if place else 1,
        column=place.column if place else None,
        severity=one.severity.word,
        message=text,
        source=source,
    )
    return f"    <error{facts}/>\n"
