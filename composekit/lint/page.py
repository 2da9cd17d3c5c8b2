"""A rule's documentation page: its docstring, taken apart and shown.

Title, one line.

What it finds: ...
Why it matters: ...
Instead of:
    yaml
Write:
    yaml
Fix: ...
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from composekit.lint.rule import CATEGORIES, Rule, RuleInfo, Setting
from composekit.lint.settings import Settings
from composekit.report.identity import plain

HEADINGS = ("What it finds", "Why it matters", "Instead of", "Write", "Fix")
_EXAMPLES = ("Instead of", "Write")
_WIDTH = 90
"""Columns of a paragraph on a terminal."""


class Page(NamedTuple):
    """The parts of a page; `sections` has every heading, in order."""

    title: str
    sections: dict[str, str]


def read_page(docstring: str | None) -> Page:
    """Take a docstring apart. Raises `ValueError` naming the heading that is missing, empty or out of order."""
    title, *lines = (docstring or "").strip().split("\n")
    if not title:
        raise ValueError("the page has no title")
    found: dict[str, list[str]] = {}
    for line in lines:
        heading, colon, rest = line.partition(":")
        if colon and heading in HEADINGS:
            found[heading] = [rest.strip()]
        elif found:
            found[next(reversed(found))].append(line)
    for heading in HEADINGS:
        if not any(line.strip() for line in found.get(heading, [])):
            raise ValueError(f"the page has no '{heading}:'")
    if tuple(found) != HEADINGS:
        raise ValueError(f"the headings stand in the order {', '.join(found)}")
    return Page(title.rstrip("."), {heading: _body(heading, text) for heading, text in found.items()})


def summary(rule: Rule) -> str:
    """Return a rule's title: what it is about in a few words."""
    return (rule.__doc__ or "").partition("\n")[0].rstrip(".")


def as_text(rule: Rule) -> str:
    """Return a page for a terminal."""
    from textwrap import wrap

    page = read_page(rule.__doc__)
    shown = [f"{rule.INFO.id} {rule.INFO.name}: {page.title}", _facts(rule.INFO), _profiles(rule.INFO), ""]
    for heading, body in page.sections.items():
        lines = body.split("\n") if heading in _EXAMPLES else wrap(body, _WIDTH, break_on_hyphens=False)
        shown += [f"{heading}:", *(f"    {line}".rstrip() for line in lines), ""]
    if rule.INFO.settings:
        width = max(len(one.name) for one in rule.INFO.settings)
        shown += ["Settings:", *(f"    {one.name.ljust(width)}  {_about(one)}" for one in rule.INFO.settings), ""]
    return "\n".join(shown[:-1]) + "\n"


def as_list(rules: Iterable[Rule]) -> str:
    """Return one line for each rule: id, name, severity, category, title."""
    rows = [
        (rule.INFO.id, rule.INFO.name, rule.INFO.severity.word, rule.INFO.category, summary(rule)) for rule in rules
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    return "".join(
        "  ".join([*(word.ljust(width) for word, width in zip(row[:4], widths, strict=True)), row[4]]) + "\n"
        for row in rows
    )


def as_table(rules: Iterable[Rule], settings: Settings) -> str:
    """Return a table of the rules: whether each is on, and how severe it is under these settings."""
    rows = [("ID", "NAME", "ON", "SEVERITY", "CATEGORY", "FIX", "ABOUT")]
    for rule in rules:
        info = rule.INFO
        on = "yes" if settings.wants(info) else "-"
        row = (info.id, info.name, on, settings.severity(info).word, info.category, fixes(rule), summary(rule))
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "".join(
        "  ".join([*(word.ljust(width) for word, width in zip(row[:6], widths, strict=True)), row[6]]) + "\n"
        for row in rows
    )


def as_json(rules: Iterable[Rule], settings: Settings | None = None) -> list[dict[str, Any]]:
    """Return the facts of each rule as plain values, `severity` and `enabled` as the settings have them."""
    given = settings or Settings()
    return [
        {
            "id": rule.INFO.id,
            "name": rule.INFO.name,
            "enabled": given.wants(rule.INFO),
            "severity": given.severity(rule.INFO).word,
            "category": rule.INFO.category,
            "profiles": list(rule.INFO.profiles),
            "status": rule.INFO.status,
            "since": rule.INFO.since,
            "fixable": fixes(rule) == "yes",
            "settings": [
                {"name": one.name, "default": plain(one.default), "about": one.about} for one in rule.INFO.settings
            ],
            "summary": summary(rule),
        }
        for rule in rules
    ]


def fixes(rule: Rule) -> str:
    """Return "yes" for a rule whose findings `--fix` can repair, or else "-", as its page says."""
    body = read_page(rule.__doc__).sections["Fix"]
    return "-" if body.lower().startswith("none") else "yes"


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return all pages as docs/rules.md, by category."""
    listed = list(rules)
    shown = [
        "# Rules",
        "",
        "<!-- Written by `composekit explain --all --format markdown`; edit the rules' docstrings instead. -->",
        "",
        "| id | name | severity | about |",
        "| --- | --- | --- | --- |",
    ]
    shown += [
        f"| [{r.INFO.id}](#{_anchor(r.INFO)}) | {r.INFO.name} | {r.INFO.severity.word} | {summary(r)} |" for r in listed
    ]
    for category in CATEGORIES:
        members = [rule for rule in listed if rule.INFO.category == category]
        if members:
            shown += ["", f"## {category.capitalize()}"]
            for rule in members:
                shown += ["", as_markdown_page(rule)]
    return "\n".join(shown) + "\n"


def as_markdown_page(rule: Rule) -> str:
    """Return one page, beginning with a heading of the third level."""
    page = read_page(rule.__doc__)
    shown = [f"### {rule.INFO.id} {rule.INFO.name}", "", f"{page.title}. {_facts(rule.INFO).capitalize()}."]
    for heading, body in page.sections.items():
        if heading in _EXAMPLES:
            shown += ["", f"{heading}:", "", "```yaml", body, "```"]
        else:
            shown += ["", f"**{heading}:** {body}"]
    if rule.INFO.settings:
        shown += ["", "**Settings:**", "", *(f"- `{one.name}`: {_about(one)}" for one in rule.INFO.settings)]
    return "\n".join(shown)


def _facts(info: RuleInfo) -> str:
    return f"{info.severity.word}, {info.category}, since {info.since}"


def _profiles(info: RuleInfo) -> str:
    return f"in the profiles {', '.join(info.profiles)}" if info.profiles else "in no profile, only when it is selected"


def _about(one: Setting) -> str:
    return f"{one.about} (default: {plain(one.default)})"


def _anchor(info: RuleInfo) -> str:
    return f"{info.id} {info.name}".lower().replace(" ", "-")


def _body(heading: str, lines: list[str]) -> str:
    from textwrap import dedent

    first, *rest = lines
    if heading in _EXAMPLES and not first:
        return dedent("\n".join(rest)).strip("\n")
    return " ".join(line.strip() for line in lines if line.strip())
