"""Losses as a Markdown page: what a stack refuses, ignores, changes and says in other words, with its place."""

from collections.abc import Sequence

from composekit.source.diagnostic import Diagnostic
from composekit.source.text import NOWHERE
from composekit.swarm.losses import level_of

_LEVELS = {
    "error": "Mistakes",
    "refused": "Refused",
    "ignored": "Ignored",
    "changed": "Changed",
    "emulated": "Emulated",
}


def render_losses(diagnostics: Sequence[Diagnostic], stack: str) -> str:
    """Return the page; the worst comes first, and levels that nothing has are left out."""
    page = f"# What becomes of the project in the stack {_text(stack)}\n"
    if not diagnostics:
        return page + "\nNothing is lost.\n"
    for level, title in _LEVELS.items():
        lines = [_line(one) for one in diagnostics if level_of(one) == level]
        if lines:
            page += f"\n## {title} ({len(lines)})\n\n| code | where | what | what to do |\n| --- | --- | --- | --- |\n"
            page += "".join(lines)
    return page


def _line(one: Diagnostic) -> str:
    where = str(one.span) if one.span is not None and one.span.source is not NOWHERE else ""
    what = f"{one.severity.word}: {one.message}"
    return f"| {one.code} | {_text(where)} | {_text(what)} | {_text(one.hint or '')} |\n"


def _text(text: str) -> str:
    """Return text that stays in its cell and is not read as Markdown or HTML."""
    plain = " ".join(text.split())
    for mark in ("\\", "|", "<", "`", "*", "_", "[", "]"):
        plain = plain.replace(mark, f"\\{mark}")
    return plain
