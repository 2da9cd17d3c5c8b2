"""JUnit's XML, which nearly every CI server shows: one suite for each file, one failed case for each finding.

There is no single standard; this is the part that the Jenkins and GitLab readers agree on. Errors are `error` elements
when no rule but loading found them, everything else is a `failure`. A run without findings has one passing case, for
some servers take an empty report for a mistake. `file` and `line` of a case are in no schema; GitLab, CircleCI and the
annotators for GitHub read them.
"""

from collections.abc import Sequence

from composekit.report import Rules, Suppressed
from composekit.report.identity import file_of
from composekit.report.place import region
from composekit.report.xml import DECLARATION, attributes, content
from composekit.source.diagnostic import Diagnostic


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    color: bool = False,
    rules: Rules | None = None,
    suppressed: Sequence[Suppressed] = (),
) -> str:
    """Return one `testsuites` element."""
    known = rules or {}
    suites: dict[str, list[Diagnostic]] = {}
    for one in diagnostics:
        suites.setdefault(file_of(one) or "composekit", []).append(one)
    errors = sum(one.code not in known for one in diagnostics)
    totals = attributes(name="composekit lint", tests=len(diagnostics) or 1, failures=len(diagnostics) - errors)
    lines = [f"<testsuites{totals}{attributes(errors=errors)}>\n"]
    if not suites:
        lines.append('  <testsuite name="composekit" tests="1" failures="0" errors="0">\n')
        lines.append('    <testcase name="no findings" classname="composekit"/>\n  </testsuite>\n')
    for name, found in suites.items():
        wrong = sum(one.code not in known for one in found)
        counts = attributes(name=name, tests=len(found), failures=len(found) - wrong, errors=wrong)
        lines.append(f"  <testsuite{counts}>\n")
        lines += [_case(one, name, known, label) for one, label in zip(found, _labels(found, known), strict=True)]
        lines.append("  </testsuite>\n")
    return DECLARATION + "".join([*lines, "</testsuites>\n"])


def _labels(found: Sequence[Diagnostic], rules: Rules) -> list[str]:
    """Return the names of cases; GitLab shows only the first of those that have one name."""
    seen: dict[str, int] = {}
    labels = []
    for one in found:
        place, rule = region(one.span), rules.get(one.code)
        where = f":{place.line}:{place.column}" if place else ""
        label = f"{one.code} {rule.name}{where}" if rule else f"{one.code}{where}"
        seen[label] = seen.get(label, 0) + 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def _case(one: Diagnostic, file: str, rules: Rules, name: str) -> str:
    place = region(one.span)
    rule = rules.get(one.code)
    where = f":{place.line}:{place.column}" if place else ""
    case = attributes(name=name, classname=file, file=place.file if place else None, line=place.line if place else None)
    kind = "failure" if rule else "error"
    body = f"{file}{where}: {one.message}" + (f"\nhint: {one.hint}" if one.hint else "")
    facts = attributes(message=one.message, type=one.severity.word)
    return f"    <testcase{case}>\n      <{kind}{facts}>{content(body)}</{kind}>\n    </testcase>\n"
