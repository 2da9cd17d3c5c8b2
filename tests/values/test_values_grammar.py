"""The tables of reasons: every example must fail, and every reason must be what at least one of its examples says."""

import os
import re

import pytest

from composekit.data import data_file
from composekit.errors import BadValue
from composekit.values import constraint, gotemplate, image, mount, port
from composekit.values.grammar import shown

LANGUAGES = [module._LANGUAGE for module in (port, mount, image, constraint, gotemplate)]
REASONS = [(language, reason) for language in LANGUAGES for reason in language.reasons]


def told(language, text):
    with pytest.raises(BadValue) as caught:
        language.parse(text)
    return caught.value


@pytest.mark.parametrize(("language", "reason"), REASONS, ids=lambda value: getattr(value, "name", None))
def test_every_example_fails_and_one_tells_its_reason(language, reason):
    pattern = re.escape(reason.message.format(text="\0", word="\0")).replace("\0", ".*")

    messages = [str(told(language, example)) for example in reason.examples]

    assert any(re.fullmatch(pattern, message) for message in messages), messages


def test_every_grammar_has_a_language():
    shipped = os.listdir(os.path.dirname(data_file("grammar", "port.lark")))

    assert sorted(f"{language.name}.lark" for language in LANGUAGES) == sorted(shipped)


def test_the_word_around_the_failure_is_pointed_at():
    error = told(port._LANGUAGE, "1.2.3.4:80:web/udp")

    assert (error.offset, error.length) == (11, 3)


@pytest.mark.parametrize(
    ("text", "quoted"), [("é x", "é x"), ("é\n", "é\\n"), ("\0", "\\x00"), ("x" * 61, "x" * 57 + "..."), ("{x}", "{x}")]
)
def test_a_quoted_text_is_one_short_line(text, quoted):
    assert shown(text) == quoted
