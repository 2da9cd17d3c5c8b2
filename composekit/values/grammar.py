"""Parse a string with a grammar of grammar/, and say in words why it does not fit; the only user of lark.

A little language is a `.lark` file plus a table of reasons. Its grammar is the definition: it alone accepts or rejects.
A module with a fast lane comes here only for strings that the fast lane does not know, so a process that sees ordinary
strings never imports lark.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.data import data_file
from composekit.errors import BadValue

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput


class Reason(NamedTuple):
    """What to tell when a string fails in the same place as one of `examples`.

    `message` and `hint` may use {text}, the whole string, and {word}, its part around the failure.
    """

    message: str
    hint: str | None
    examples: tuple[str, ...]


class Language:
    """One grammar and its reasons; built on first use and kept for the life of the process.

    `separators` are the characters that end a word when an error is shown. Each example of a reason is tried after each
    of `starts`, beginnings that are right. Reasons stand in order: special ones first, the most general one last.
    """

    __slots__ = ("_lark", "_learned", "name", "otherwise", "reasons", "separators", "starts")

    def __init__(
        self,
        name: str,
        separators: str,
        reasons: Sequence[Reason],
        otherwise: Reason,
        starts: Sequence[str] = ("",),
    ) -> None:
        self.name = name
        self.separators = separators
        self.reasons = reasons
        self.otherwise = otherwise
        self.starts = starts
        self._lark: Lark | None = None
        self._learned: dict[tuple[Any, str], Reason] | None = None

    def parse(self, text: str) -> "Tree[Token]":
        """Return the tree of `text`; raises `BadValue` that points at the first character that does not fit."""
        from lark.exceptions import UnexpectedInput

        try:
            return self._parser().parse(text)
        except UnexpectedInput as error:
            raise self._explained(text, error) from None

    def _parser(self) -> "Lark":
        if self._lark is None:
            from lark import Lark

            with open(data_file("grammar", f"{self.name}.lark"), encoding="utf-8") as file:
                self._lark = Lark(file.read(), parser="lalr", lexer="contextual", maybe_placeholders=False)
        return self._lark

    def _explained(self, text: str, error: "UnexpectedInput") -> BadValue:
        offset = _offset(text, error)
        state, kind = _situation(text, error)
        learned = self._lessons()
        reason = learned.get((state, kind)) or learned.get((state, "")) or self.otherwise
        start, end = self._word(text, offset)
        facts = {"text": shown(text), "word": shown(text[start:end])}
        hint = reason.hint.format_map(facts) if reason.hint else None
        return BadValue(reason.message.format_map(facts), offset=start, length=end - start, hint=hint)

    def _word(self, text: str, offset: int) -> tuple[int, int]:
        """Return the range around `offset` up to the next separators; a separator is a word of its own."""
        if text[offset : offset + 1] in self.separators:
            return offset, min(offset + 1, len(text))
        start, end = offset, offset
        while start > 0 and text[start - 1] not in self.separators:
            start -= 1
        while end < len(text) and text[end] not in self.separators:
            end += 1
        return start, end

    def _lessons(self) -> dict[tuple[Any, str], Reason]:
        """Fail on every example once and remember where: by parser state and kind of character, or by state alone."""
        if self._learned is None:
            self._learned = {}
            for reason in self.reasons:
                for example in reason.examples:
                    for start in self.starts:
                        self._learn(start + example, reason)
        return self._learned

    def _learn(self, example: str, reason: Reason) -> None:
        from lark.exceptions import UnexpectedInput

        assert self._learned is not None
        try:
            self._parser().parse(example)
        except UnexpectedInput as error:
            state, kind = _situation(example, error)
            self._learned.setdefault((state, kind), reason)
            self._learned[(state, "")] = reason


def shown(text: str) -> str:
    """Return a text as a message quotes it: on one line and not too long."""
    if len(text) > 60:
        text = f"{text[:57]}..."
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _situation(text: str, error: "UnexpectedInput") -> tuple[Any, str]:
    offset = _offset(text, error)
    state: Any = error.state
    return getattr(state, "position", state), _kind(text[offset : offset + 1])


def _offset(text: str, error: "UnexpectedInput") -> int:
    """Return where the parser stopped; at the end of the text lark gives the start of the last token, or nothing."""
    at = error.pos_in_stream
    if at is None or at < 0 or getattr(getattr(error, "token", None), "type", "") == "$END":
        return len(text)
    return at


def _kind(character: str) -> str:
    if not character:
        return "end"
    if character.isalpha():
        return "letter"
    if character.isdigit():
        return "digit"
    return "space" if character.isspace() else character
