"""$VARIABLE in Dockerfile words, with the quotes and escapes around them.

Forms: $x ${x} ${x-w} ${x:-w} ${x+w} ${x:+w} ${x?w} ${x:?w} ${x#p} ${x##p} ${x%p} ${x%%p} ${x/p/w} ${x//p/w}
(https://docs.docker.com/reference/dockerfile/#environment-replacement).
"""

import re
from collections.abc import Mapping

from composekit.errors import BadValue

_SPECIAL = frozenset("@*#?-$!0")
_DEEPEST = 40
_LONGEST = 1 << 20  # a value that doubles itself line by line must not fill the memory


def expand(word: str, values: Mapping[str, str], *, escape: str = "\\") -> str:
    """Return a word with its variables replaced and its quotes and escapes removed; an unset variable is empty.

    Raises `BadValue` with an offset into the word.
    """
    expanded = "".join(text for text, _ in _Reader(word, values, escape).read())
    if len(expanded) > _LONGEST:
        raise BadValue("the value becomes longer than a megabyte", offset=0, length=len(word))
    return expanded


def expand_words(word: str, values: Mapping[str, str], *, escape: str = "\\") -> list[str]:
    """Return the words that a word becomes: a variable's value is split at its spaces, what was quoted is not."""
    words, current = [], ""
    for text, is_split in _Reader(word, values, escape).read():
        parts = re.split(r"\s+", text) if is_split else [text]
        for part in parts[:-1]:
            if current + part:
                words.append(current + part)
            current = ""
        current += parts[-1]
    return [*words, current] if current else words


class _Reader:
    """One pass over a word; `at` is the next character."""

    def __init__(self, word: str, values: Mapping[str, str], escape: str) -> None:
        self.word = word
        self.values = values
        self.escape = escape
        self.at = 0
        self.depth = 0

    def read(self, stop: str = "", *, keep_escapes: bool = False) -> list[tuple[str, bool]]:
        """Return pieces of text, each with whether spaces in it separate words; up to and past `stop` when given."""
        pieces: list[tuple[str, bool]] = []
        begin = self.at
        while self.at < len(self.word):
            character = self.word[self.at]
            if stop and character == stop:
                self.at += 1
                return pieces
            if character == "'":
                pieces.append((self._single_quoted(), False))
            elif character == '"':
                pieces.append((self._double_quoted(keep_escapes=keep_escapes), False))
            elif character == "$":
                pieces.append((self._variable(), True))
            elif character == self.escape:
                escaped = self.word[self.at + 1 : self.at + 2]
                pieces.append(((character if keep_escapes else "") + escaped, False))
                self.at += 2
            else:
                pieces.append((character, True))
                self.at += 1
        if stop:
            raise BadValue(f"'{stop}' is missing", offset=begin, length=len(self.word) - begin)
        return pieces

    def _text(self, stop: str, *, keep_escapes: bool) -> str:
        return "".join(text for text, _ in self.read(stop, keep_escapes=keep_escapes))

    def _single_quoted(self) -> str:
        end = self.word.find("'", self.at + 1)
        if end < 0:
            raise BadValue("a single quote is not closed", offset=self.at, length=1)
        text = self.word[self.at + 1 : end]
        self.at = end + 1
        return text

    def _double_quoted(self, *, keep_escapes: bool) -> str:
        begin = self.at
        self.at += 1
        text = ""
        while self.at < len(self.word):
            character = self.word[self.at]
            if character == '"':
                self.at += 1
                return text
            if character == "$":
                text += self._variable()
                continue
            following = self.word[self.at + 1 : self.at + 2]
            if character == self.escape and following and following in f'"${self.escape}':
                text += (character if keep_escapes else "") + following
                self.at += 2
            else:
                text += character
                self.at += 1
        raise BadValue("a double quote is not closed", offset=begin, length=1)

    def _variable(self) -> str:
        begin = self.at
        self.at += 1
        if self.word[self.at : self.at + 1] != "{":
            name = self._name()
            return self.values.get(name, "") if name else "$"
        self.at += 1
        self.depth += 1
        if self.depth > _DEEPEST:
            raise BadValue("variables are nested too deep", offset=begin, length=2)
        name = self._name()
        operator = self.word[self.at : self.at + 1]
        self.at += 1
        if not name or not operator:
            raise BadValue("a variable's braces hold no name or are not closed", offset=begin, length=2)
        value = self._value(begin, name, operator)
        self.depth -= 1
        return value

    def _value(self, begin: int, name: str, operator: str) -> str:
        value = self.values.get(name)
        if operator == "}":
            return value or ""
        if operator == "/":
            return self._replaced(value or "")
        unset = value is None
        if operator == ":":
            operator = self.word[self.at : self.at + 1]
            self.at += 1
            unset = not value
            if operator not in {"-", "+", "?"}:
                operator = ""
        if operator not in {"-", "+", "?", "#", "%"}:
            raise BadValue(f"variable '{name}' has an unknown modifier", offset=begin, length=self.at - begin)
        word = self._text("}", keep_escapes=operator in "#%")
        if operator == "-":
            return word if unset else value or ""
        if operator == "+":
            return "" if unset else word
        if operator == "?":
            if unset:
                raise BadValue(f"variable '{name}' {word or 'must be set'}", offset=begin, length=self.at - begin)
            return value or ""
        longest = word.startswith(operator)
        pattern = self._pattern(word.removeprefix(operator), begin)
        return _trimmed(value or "", pattern, at_end=operator == "%", longest=longest)

    def _replaced(self, value: str) -> str:
        begin = self.at
        everywhere = self.word.startswith("/", self.at)
        self.at += everywhere
        pattern = self._pattern(self._text("/", keep_escapes=True), begin)
        replacement = self._text("}", keep_escapes=True)
        return pattern.sub(lambda _: replacement, value, count=0 if everywhere else 1)

    def _name(self) -> str:
        rest = self.word[self.at : self.at + 1]
        if rest in _SPECIAL:
            self.at += 1
            return rest
        match = re.compile(r"\d+|\w*").match(self.word, self.at)
        assert match is not None
        self.at = match.end()
        return match[0]

    def _pattern(self, glob: str, begin: int) -> re.Pattern[str]:
        """Return the expression of a shell pattern: * and ? match, a backslash takes their meaning away."""
        expression, at = "", 0
        while at < len(glob):
            character = glob[at]
            following = glob[at + 1 : at + 2]
            if character == "\\" and following in {"}", "/"}:
                expression += following
                at += 1
            elif character == "\\":
                if not following or following not in "*?\\":
                    raise BadValue("a pattern's backslash may stand before * ? \\ only", offset=begin, length=1)
                expression += "\\" + following
                at += 1
            else:
                expression += {"*": ".*", "?": "."}.get(character, re.escape(character))
            at += 1
        return re.compile(expression)


def _trimmed(value: str, pattern: re.Pattern[str], *, at_end: bool, longest: bool) -> str:
    lengths = range(len(value), -1, -1) if longest else range(len(value) + 1)
    for length in lengths:
        part = value[len(value) - length :] if at_end else value[:length]
        if pattern.fullmatch(part):
            return value[: len(value) - length] if at_end else value[length:]
    return value
