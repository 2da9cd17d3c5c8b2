"""nginx configuration text -> directives with their places, so that a copy can differ in single words.

Only what a rewriting needs: words, blocks and where they stand. Comments, spaces and line breaks are never touched, so
the line numbers in nginx' messages stay those of the user's file.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from composekit.errors import ComposekitError

_WORD = re.compile(
    r"""
    "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'          # quoted
    | (?!["']) (?: \\. | \$\{[^}\s]*\} | [^\s;{}\\] )+      # bare; ${name} belongs to the word, a lone brace does not
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(r"(?:\s+|\#[^\n]*)+")


class Word(NamedTuple):
    """A word without its quotes, and where it stands with them."""

    text: str
    start: int
    end: int


class Directive(NamedTuple):
    """A name and its words. `body` is the offset after its opening brace, or `None` for a simple directive.

    A closing brace is a directive without words.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    body: int | None

    @property
    def name(self) -> str:
        return self.words[0].text if self.words else ""


def read_directives(text: str, name: str) -> Iterator[Directive]:
    """Yield the directives in order, blocks before what is in them, each block's closing brace after it.

    Raises `ComposekitError` with the line where a directive has no end.
    """
    at, words, start = 0, list[Word](), 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            break
        character = text[at]
        start = start if words else at
        if character in ";{}":
            at += 1
            if words or character == "}":
                yield Directive(tuple(words), start, at, at if character == "{" else None)
            if character == "{" and words and words[0].text.endswith("_by_lua_block"):
                at = _after_block(text, at)
                yield Directive((), at - 1, at, None)
            words = []
            continue
        match = _WORD.match(text, at)
        if match is None:
            raise ComposekitError(f"{name}:{_line(text, at)}: a quote or an escape has no end")
        words.append(Word(_bare(match[0]), at, match.end()))
        at = match.end()
    if words:
        raise ComposekitError(f"{name}:{_line(text, start)}: directive '{words[0].text}' has no end")


def quoted(text: str) -> str:
    """Return text as one word of a configuration."""
    if re.search(r"""[\s;{}"'\\#]""", text) or not text:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def _after_block(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def _bare(word: str) -> str:
    if word[0] in "\"'" and len(word) > 1:
        return re.sub(r"""\\(["'\\])""", r"\1", word[1:-1])
    return word


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
