"""Comments that suppress findings: `# composekit: ignore[CK504] the image is ours until 2027-01-31`.

Behind a value, a comment speaks of its line; on a line of its own, of the block that begins on the next line; above
everything else in a file, of the whole file. In brackets stand selectors, as for --ignore. After the date the findings
are told again. What suppresses nothing is told too, for it hides the next mistake. Errors of loading cannot be
suppressed.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.rule import Rule, RuleInfo
from composekit.lint.settings import Settings, can_match, matches, suggestion
from composekit.report import Suppressed
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Problem, Report, Severity, sort_key
from composekit.source.node import Mapping, Node, Scalar
from composekit.source.text import Source, Span

UNUSED = Problem("CK030", Severity.WARNING, "nothing here is found by {selector}", "remove it from the comment")
MALFORMED = Problem("CK031", Severity.WARNING, "cannot read this comment: {reason}", "write 'ignore[RULE] reason'")
EXPIRED = Problem("CK032", Severity.WARNING, "the suppression ended on {until}", "repair what it hid, or extend it")

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*composekit:[ \t]*([^\r\n]*)", re.MULTILINE)
_IGNORE = re.compile(r"ignore\[([^\]]*)\][ \t]*:?[ \t]*(.*)")
_UNTIL = re.compile(r"\(?\buntil[ \t]+([0-9][^\s:,;)]*)\)?[:,;]?[ \t]*")
_LOADING = ("CK0", "CK1", "CK2", "CK3")


class Comment(NamedTuple):
    """One suppression: the lines `first` to `last` that it speaks of, what it names, why, and until which day."""

    span: Span
    first: int
    last: int
    selectors: tuple[str, ...]
    reason: str
    until: str


class Ruling(NamedTuple):
    """What is told, and what is not."""

    findings: list[Diagnostic]
    suppressed: list[Suppressed]


def suppress(
    findings: Iterable[Diagnostic],
    documents: Iterable[Mapping],
    settings: Settings,
    rules: Sequence[Rule],
    today: str,
) -> Ruling:
    """Take out what comments suppress, and report what is wrong with the comments. `today` is YYYY-MM-DD."""
    listed = list(findings)
    report = Report()
    trees: dict[int, list[Node]] = {}
    sources = {id(one.span.source): one.span.source for one in listed if one.span is not None}
    for document in documents:
        sources[id(document.span.source)] = document.span.source
        trees.setdefault(id(document.span.source), []).append(document)
    comments = {key: read_comments(source, trees.get(key, []), report) for key, source in sources.items()}
    if not any(comments.values()) and not len(report):
        return Ruling(listed, [])
    known = [rule.INFO for rule in rules]
    kept: list[Diagnostic] = []
    muted: list[Suppressed] = []
    used: set[tuple[int, int, str]] = set()
    for one in listed:
        by = _suppressing(one, comments, known, today, used)
        if by is None:
            kept.append(one)
        else:
            muted.append(Suppressed(one, "comment", by.reason))
    for key, found in comments.items():
        _judge(found, sources[key], settings, known, today, used, report)
    kept += [one for one in report if settings.wants_code(one.code)]
    return Ruling(sorted(kept, key=sort_key), muted)


def is_final(one: Diagnostic) -> bool:
    """Tell whether a diagnostic says that the project could not be read, which nothing suppresses."""
    return one.severity is Severity.ERROR and one.code.startswith(_LOADING)


def read_comments(source: Source, documents: Iterable[Node], report: Report) -> list[Comment]:
    """Return the suppressions of a file; what cannot be read as one is reported."""
    if "composekit:" not in source.text:
        return []
    inside = _scalars_with_marks(documents)
    found = []
    for match in _COMMENT.finditer(source.text):
        at = match.start()
        if any(start < at < end for start, end in inside):
            continue
        span = Span(source, at, at + len(match[0].rstrip()))
        comment = _read(span, match[1].strip(), report)
        if comment is not None:
            found.append(comment)
    return found


def _read(span: Span, text: str, report: Report) -> Comment | None:
    match = _IGNORE.fullmatch(text)
    if match is None:
        report.add(MALFORMED, span, reason=f"'{text[:40]}' is not known here")
        return None
    selectors = tuple(word.strip() for word in match[1].split(",") if word.strip())
    if not selectors:
        report.add(MALFORMED, span, reason="it names no rule")
        return None
    until, reason = "", match[2]
    if (date := _UNTIL.search(reason)) is not None:
        until, reason = date[1], reason[: date.start()] + reason[date.end() :]
        if not _is_date(until):
            report.add(MALFORMED, span, reason=f"'{until}' is not a date such as 2027-01-31")
            return None
    first, last = _lines(span)
    return Comment(span, first, last, selectors, reason.strip(), until)


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _lines(span: Span) -> tuple[int, int]:
    """Return the lines that a comment speaks of."""
    source, line = span.source, span.position.line
    if not is_alone(span) or source.line(line).strip() != span.text:
        return line, line
    count = source.text.count("\n") + 1
    if all(_is_blank(source.line(number)) for number in range(1, line)):
        return 1, count
    first = next((number for number in range(line + 1, count + 1) if not _is_blank(source.line(number))), line)
    indent, is_item = _indent(source.line(first))
    last = first
    for number in range(first + 1, count + 1):
        text = source.line(number)
        if _is_blank(text):
            continue
        depth, item = _indent(text)
        # The items of a list may stand in the column of the key that they belong to.
        if depth < indent or (depth == indent and (is_item or not item)):
            break
        last = number
    return first, last


def _is_blank(line: str) -> bool:
    text = line.strip()
    return not text or text.startswith("#") or text == "---"


def _indent(line: str) -> tuple[int, bool]:
    text = line.lstrip(" ")
    return len(line) - len(text), text.startswith(("- ", "-\t")) or text == "-"


def _scalars_with_marks(documents: Iterable[Node]) -> list[tuple[int, int]]:
    """Return where the texts stand that have a number sign in them, which starts no comment there."""
    found: list[tuple[int, int]] = []
    waiting, seen = list(documents), set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Scalar):
            if "#" in node.raw:
                found.append((node.span.start, node.span.end))
        else:
            waiting += node.items.values() if isinstance(node, Mapping) else node.items
    return found


def _suppressing(
    one: Diagnostic,
    comments: dict[int, list[Comment]],
    known: Sequence[RuleInfo],
    today: str,
    used: set[tuple[int, int, str]],
) -> Comment | None:
    if one.span is None or is_final(one):
        return None
    found = comments.get(id(one.span.source))
    if not found:
        return None
    line = one.span.position.line
    info = next((each for each in known if each.id == one.code), None)
    name, category = (info.name, info.category) if info else ("", "")
    winner = None
    for comment in found:
        if not comment.first <= line <= comment.last:
            continue
        for selector in comment.selectors:
            if matches(selector, one.code, name, category):
                used.add((id(one.span.source), comment.span.start, selector))
                if not comment.until or today <= comment.until:
                    winner = comment
    return winner


def _judge(
    comments: list[Comment],
    source: Source,
    settings: Settings,
    known: Sequence[RuleInfo],
    today: str,
    used: set[tuple[int, int, str]],
    report: Report,
) -> None:
    """Report comments that name no rule, have ended, or suppress nothing that is looked for."""
    here = settings.for_file(source.path)
    on = [info for info in known if here.wants(info)]
    for comment in comments:
        unused = []
        for selector in comment.selectors:
            if not can_match(selector, known):
                hint = suggestion(selector, known)
                report.add(MALFORMED, comment.span, reason=f"no rule matches '{selector}'", hint=hint)
            elif (id(source), comment.span.start, selector) not in used and (
                can_match(selector, on) and (not selector.startswith(_LOADING) or not here.select)
            ):
                unused.append(selector)
        if comment.until and today > comment.until:
            report.add(EXPIRED, comment.span, until=comment.until, fix=_removal(comment))
        elif unused:
            fix = _removal(comment) if len(unused) == len(comment.selectors) else None
            report.add(UNUSED, comment.span, selector=", ".join(unused), fix=fix)


def _removal(comment: Comment) -> Fix:
    span = comment.span
    if span.source.line(span.position.line).strip() == span.text:
        return Fix("remove the comment", (remove_lines(span),))
    text = span.source.text
    start = span.start
    while start and text[start - 1] in " \t":
        start -= 1
    return Fix("remove the comment", (Edit(Span(span.source, start, span.end), ""),))
