"""A command given as one string, split into words as Docker Compose splits it.

Facts: mattn/go-shellwords, with nothing expanded.
"""

from composekit.errors import BadValue

_BLANKS = frozenset(" \t\r\n")
_OPERATORS = frozenset(";&|<>")


def split_words(text: str) -> list[str]:
    """Return the words of a command line; raises `BadValue` with the offset of a quote or parenthesis left open.

    Quotes and backslashes work as in a shell; `...` and $(...) are kept as they are. An unquoted operator such as `&&`
    or `|` ends the command: what follows is dropped, as the reference drops it.
    """
    splitter = _Splitter()
    for at, char in enumerate(text):
        if not splitter.take(char, at):
            break
    return splitter.finish(len(text))


class _Splitter:
    """`inside` is the quote that is open: one of ' " ` or ) for $( ... )."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.word = ""
        self.started = False
        self.inside = ""
        self.opened = 0
        self.escaped = False

    def take(self, char: str, at: int) -> bool:
        """Read one character; returns False where the command ends."""
        if self.escaped:
            self.escaped = False
            self._add(char)
        elif char == "\\" and self.inside != "'":
            self.escaped, self.opened = True, at
        elif self.inside in ("'", '"'):
            self._quoted(char)
        elif self.inside:
            self._add(char)
            if char == self.inside:
                self.inside = ""
        elif char in _BLANKS:
            self._end_word()
        elif char in "'\"":
            self.inside, self.opened = char, at
        elif char in _OPERATORS:
            if char == ">" and self.word[:1].isdigit():
                self.started = False  # the number of a redirection such as 2>file is no word
            return False
        else:
            self._unquoted(char, at)
        return True

    def _quoted(self, char: str) -> None:
        if char == self.inside:
            self.inside, self.started = "", True
        else:
            self.word += char

    def _unquoted(self, char: str, at: int) -> None:
        if char == "(" and not self.word.endswith("$"):
            raise BadValue(
                "a parenthesis opens here that no shell will see", offset=at, length=1, hint="put it in quotes"
            )
        if char in "`()":
            self.inside, self.opened = (char if char == "`" else ")"), at
        self._add(char)

    def _add(self, char: str) -> None:
        self.word += char
        self.started = True

    def _end_word(self) -> None:
        if self.started:
            self.words.append(self.word)
        self.word, self.started = "", False

    def finish(self, length: int) -> list[str]:
        if self.inside or self.escaped:
            what = "the backslash at the end escapes nothing" if self.escaped else f"'{self.inside}' is not closed"
            raise BadValue(what, offset=min(self.opened, length), length=1)
        self._end_word()
        return self.words
