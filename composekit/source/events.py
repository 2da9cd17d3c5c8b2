"""YAML text to the events of a parser. The only user of ruamel.yaml.

The C parser is a port of the scanner that Docker Compose's own YAML library was ported from, so what is YAML and what
is not is the same; ruamel's Python parser stands in where the C one is not installed, and for the one thing that the C
parser cannot read.
"""

import re
from collections.abc import Callable
from typing import Any

from composekit.source.later import put_off

# A colon that can be nothing but a part of a word, wherever it stands.
_COLON_INSIDE = re.compile(r"(?<=[A-Za-z0-9_.)-]):(?=[A-Za-z0-9_./~-])")
_SURROGATE = re.compile("[\ud800-\udfff]")


class ColonInFlow(Exception):  # a control flow signal, not a mistake
    """The C parser refuses `[8080:80]`, which YAML allows and Docker Compose reads."""


class NotYaml(Exception):
    """The parser found a mistake. The parsers share no exception class, so what any of them raises becomes this."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).split("\n", 1)[0]
        context = getattr(error, "context", None)
        began = getattr(error, "context_mark", None)
        mark = getattr(error, "problem_mark", None) or began
        self.reason = f"{reason} {context}" if context else str(reason)
        self.offset: int = mark.index if mark is not None else getattr(error, "position", 0) or 0
        self.began: int | None = began.index if context and began is not None else None


class _BadEscape(Exception):
    """An escape stands for half a character; the attributes are those of the parsers' own exceptions."""

    problem = "found invalid Unicode character escape code"

    def __init__(self, mark: Any) -> None:
        super().__init__(self.problem)
        self.problem_mark = mark


NextEvent = Callable[[], Any]
"""Returns the next event of a text; `mistake_of` knows what it raises."""


def mistake_of(error: Exception) -> NotYaml | ColonInFlow | None:
    """Return what a parser's exception says about the text; `None` for one that is none of a parser's.

    The C parser's own are told apart here, once a text, since looking at each of its events would cost as much as a
    tenth of them.
    """
    if isinstance(error, (NotYaml, ColonInFlow)):
        return error
    from ruamel.yaml.error import YAMLError

    if not isinstance(error, YAMLError):
        return None
    return ColonInFlow() if getattr(error, "problem", "") == "found unexpected ':'" else NotYaml(error)


def c_events(text: str) -> NextEvent:
    """Return the events of the C parser; those of the Python one where it is not installed."""
    try:
        parser = _c_parser(text)
    except Exception as error:  # noqa: BLE001  # half a character, which it cannot even start on
        raise NotYaml(error) from None
    if parser is None:
        return python_events(text)
    following: NextEvent = parser.get_event
    return following


def hidden_colons(text: str) -> NextEvent:
    """Return the events that the C parser finds where colons inside words are letters to it.

    In an anchor or tag that letter is a mistake to it, which leaves the text to the Python parser.
    """
    letter = next(char for char in map(chr, range(0xE000, 0xF8FF)) if char not in text)
    hidden = c_events(_COLON_INSIDE.sub(letter, text))

    def following() -> Any:
        event = hidden()
        if letter in (getattr(event, "value", None) or ""):
            event.value = event.value.replace(letter, ":")
        return event

    return following


def python_events(text: str) -> NextEvent:
    """Return the events of the Python parser."""
    parser: Any = None

    def following() -> Any:
        nonlocal parser
        try:
            parser = parser or _python_parser(text)
            event = parser.get_event()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is about the text
            raise NotYaml(error) from None
        # The C parser refuses "\ud800" by itself: nothing can write such a text.
        if _SURROGATE.search(getattr(event, "value", None) or ""):
            raise NotYaml(_BadEscape(event.start_mark))
        return event

    return following


def _python_parser(text: str) -> Any:
    import ruamel.yaml

    _, parser = ruamel.yaml.YAML(typ="safe", pure=True).get_constructor_parser(text)
    return parser


def _c_parser(text: str) -> Any:
    put_off("ruamel.yaml")
    try:
        import _ruamel_yaml
    except ImportError:
        return None
    return _ruamel_yaml.CParser(text)
