"""Edits of YAML text that fixes are made of."""

from composekit.source.diagnostic import Edit
from composekit.source.node import Mapping
from composekit.source.text import Span


def quote(span: Span) -> Edit:
    """Put a plain scalar into double quotes."""
    return Edit(span, f'"{span.text}"')


def remove_lines(span: Span) -> Edit:
    """Remove the lines that a span touches, with the line break at their end."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return Edit(Span(span.source, start, len(text) if end < 0 else end + 1), "")


def add_key(mapping: Mapping, lines: tuple[str, ...]) -> Edit | None:
    """Add lines above the first key of a block mapping; `None` where it is written in braces or by an alias."""
    source, start = mapping.span.source, mapping.span.start
    for first in mapping.key_spans.values():
        if first.start == start and first.source is source:
            break
    else:
        return None
    text = source.text
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    if indent.strip(" "):
        return None
    return Edit(Span(source, start, start), "".join([f"{line}\n{indent}" for line in lines]))


def is_alone(span: Span) -> bool:
    """Tell whether nothing else stands on the lines of a span, but for a comment behind it."""
    text = span.source.text
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    end = text.find("\n", span.end)
    after = text[span.end : len(text) if end < 0 else end].strip()
    return not before.strip() and (not after or after.startswith("#"))
