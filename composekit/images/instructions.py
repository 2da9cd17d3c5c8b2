"""Dockerfile text -> instructions: parser directives, comments, continued lines, heredocs, flags and words.

Nothing is expanded or judged here. The rules are those of BuildKit's Dockerfile front end
(https://docs.docker.com/reference/dockerfile/). Every index into an instruction's text leads back to an offset in the
file, so that an error can point at the word.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from composekit.errors import BadValue

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*")
_DIRECTIVES = frozenset({"check", "escape", "syntax"})
HEREDOC = re.compile(r"""\d*<<(-?)(["']?)([^\s<>"']+)\2""")
_TAKESHEREDOCS = frozenset({"ADD", "COPY", "RUN"})


class Word(NamedTuple):
    """A piece of an instruction's text; `start` is where it stands there."""

    text: str
    start: int


class Flag(NamedTuple):
    """`--name=value`; a flag without "=" has no value."""

    name: str
    value: str | None
    start: int


class Instruction:
    """One instruction. `text` is what follows its name and flags, with continued lines joined; `name` is upper-case."""

    __slots__ = ("_name_at", "_offsets", "_starts", "flags", "heredocs", "line", "name", "text")

    def __init__(self, name: str, text: str, pieces: list[tuple[int, int]], line: int) -> None:
        self.name = name
        self.text = text
        self.flags: tuple[Flag, ...] = ()
        self.heredocs: tuple[str, ...] = ()
        self.line = line
        self._name_at = 0
        self._starts = [start for start, _ in pieces]
        self._offsets = [offset for _, offset in pieces]

    def offset(self, index: int) -> int:
        """Return where in the file the character at `index` of `text` stands; negative for flags and the name."""
        piece = max(0, bisect_right(self._starts, index) - 1)
        return max(0, self._offsets[piece] + index - self._starts[piece])

    def error(self, message: str, word: Word | None = None, *, hint: str | None = None) -> BadValue:
        """Return an error that points at a word, or at the instruction's name; its message is one line."""
        message = " ".join(message.splitlines())
        if word is None:
            return BadValue(message, offset=self.offset(self._name_at), length=len(self.name), hint=hint)
        return BadValue(message, offset=self.offset(word.start), length=max(1, len(word.text)), hint=hint)

    def trigger(self, escape: str) -> "Instruction":
        """Return the instruction that ONBUILD puts off; it stands where it is written."""
        match = re.match(r"(\S+)\s*", self.text)
        name = match[1].upper() if match else ""
        pieces = list(zip(self._starts, self._offsets, strict=True))
        made = Instruction(name, self.text, pieces, self.line)
        made.heredocs = self.heredocs
        made.drop(match.end() if match else 0)
        made.flags = _flags(made, escape)
        return made

    def drop(self, count: int) -> None:
        """Take characters off the front of the text; places in the file stay what they are."""
        self.text = self.text[count:]
        self._name_at -= count
        self._starts = [start - count for start in self._starts]


def read_instructions(text: str) -> tuple[list[Instruction], str]:
    """Return the instructions and the escape character.

    Raises `BadValue` for a wrong parser directive, a heredoc without end, or an empty file.
    """
    _refuse_unreadable(text)
    lines = list(_lines(text))
    escape, at = _directives(lines)
    continued = re.compile(rf"(?:^|(?<=[^{re.escape(escape)}])){re.escape(escape)}[ \t]*$")
    instructions: list[Instruction] = []
    while at < len(lines):
        start = at
        joined, pieces, at = _logical_line(lines, at, continued)
        if not joined.strip():
            continue
        instruction = _split(joined, pieces, start + 1)
        at = _take_heredocs(instruction, lines, at, escape)
        instruction.flags = _flags(instruction, escape)
        instructions.append(instruction)
    if not instructions:
        raise BadValue("the Dockerfile has no instructions", offset=0)
    return instructions, escape


def _refuse_unreadable(text: str) -> None:
    for wrong, what in (("\0", "a zero byte"), ("\ufffe", "no valid text")):
        if wrong in text:
            raise BadValue(f"the Dockerfile contains {what}", offset=text.index(wrong), length=1)
    surrogate = re.search("[\ud800-\udfff]", text)
    if surrogate:
        raise BadValue("the Dockerfile is not valid UTF-8", offset=surrogate.start(), length=1)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.split("\n"):
        start = offset
        offset += len(line) + 1
        shown = line.removesuffix("\r")
        if start == 0 and shown.startswith("\ufeff"):
            yield 1, shown[1:]
        else:
            yield start, shown


def _directives(lines: list[tuple[int, str]]) -> tuple[str, int]:
    """Read `# escape=`, `# syntax=` and `# check=` at the top: the first other line ends them."""
    escape, seen = "\\", set()
    for at, (offset, line) in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line.lstrip())
        name = match[1].lower() if match else ""
        if not match or name not in _DIRECTIVES:
            return escape, at
        if name in seen:
            raise BadValue(f"parser directive '{name}' may stand only once", offset=offset, length=len(line))
        seen.add(name)
        if name == "escape":
            escape = match[2]
            if escape not in {"\\", "`"}:
                message = f"the escape character may be \\ or `, not '{escape}'"
                raise BadValue(message, offset=offset + line.rindex(escape), length=len(escape))
    return escape, len(lines)


def _logical_line(
    lines: list[tuple[int, str]], at: int, continued: re.Pattern[str]
) -> tuple[str, list[tuple[int, int]], int]:
    """Join a line with those that continue it; comments and empty lines in between are skipped."""
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    length, first = 0, True
    while at < len(lines):
        offset, line = lines[at]
        at += 1
        bare = line.lstrip()
        if bare.startswith("#") or (not bare and not first):
            if first:
                break
            continue
        text, offset = (bare, offset + len(line) - len(bare)) if first else (line, offset)
        match = continued.search(text)
        pieces.append((length, offset))
        parts.append(text[: match.start()] if match else text)
        length += len(parts[-1])
        first = False
        if not match:
            break
    return "".join(parts), pieces, at


def _split(joined: str, pieces: list[tuple[int, int]], line: int) -> Instruction:
    match = re.match(r"\s*(\S+)\s*", joined)
    assert match is not None
    instruction = Instruction(match[1].upper(), joined.rstrip(), pieces, line)
    instruction.drop(min(match.end(), len(instruction.text)))
    return instruction


def _take_heredocs(instruction: Instruction, lines: list[tuple[int, str]], at: int, escape: str) -> int:
    name = instruction.name
    if name == "ONBUILD":
        name = (instruction.text.split(maxsplit=1) or [""])[0].upper()
    if name not in _TAKESHEREDOCS:
        return at
    bodies = []
    for word in split_words(instruction.text, escape):
        match = HEREDOC.fullmatch(word.text)
        if match is None:
            continue
        dash, _, mark = match.groups()
        body: list[str] = []
        while True:
            if at >= len(lines):
                raise instruction.error(f"heredoc '{mark}' has no end", word, hint=f"add a line '{mark}'")
            line = lines[at][1].lstrip("\t") if dash else lines[at][1]
            at += 1
            if line == mark:
                break
            body.append(line)
        bodies.append("".join(line + "\n" for line in body))
    instruction.heredocs = tuple(bodies)
    return at


def _flags(instruction: Instruction, escape: str) -> tuple[Flag, ...]:
    """Take the words that start with -- off the front of the text; a bare -- ends them."""
    flags = []
    taken = 0
    if instruction.name in {"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"}:
        for word in split_words(instruction.text, escape):
            if not word.text.startswith("--"):
                break
            taken = word.start + len(word.text)
            if word.text == "--":
                break
            name, equals, value = word.text[2:].partition("=")
            flags.append(Flag(name, value if equals else None, word.start))
    rest = instruction.text[taken:]
    taken += len(rest) - len(rest.lstrip())
    instruction.drop(taken)
    return tuple(flag._replace(start=flag.start - taken) for flag in flags)


def split_words(text: str, escape: str) -> list[Word]:
    """Return the words of ENV, LABEL and ARG: spaces inside quotes, or escaped, belong to the word; quotes stay in."""
    words: list[Word] = []
    start, quote, at = -1, "", 0
    while at < len(text):
        character = text[at]
        if not quote and character.isspace():
            if start >= 0:
                words.append(Word(text[start:at], start))
            start = -1
        else:
            start = at if start < 0 else start
            if character == escape and quote != "'":
                at += 1
            elif quote:
                quote = "" if character == quote else quote
            elif character in "\"'":
                quote = character
        at += 1
    if start >= 0:
        words.append(Word(text[start:], start))
    return words


def plain_words(text: str) -> list[Word]:
    """Return the words between spaces, whatever they contain."""
    return [Word(match[0], match.start()) for match in re.finditer(r"\S+", text)]


def json_words(instruction: Instruction, text: str, start: int = 0) -> list[str] | None:
    """Return a JSON array's strings, or `None` when the text is not a JSON array and so is taken as it stands.

    Raises `BadValue` for an array that holds something else than strings.
    """
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(item, str) for item in value):
        raise instruction.error("an exec form array may only hold strings", Word(text, start))
    return list(value)
