"""A command as one string, split as Docker Compose splits it."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.values.words import split_words

WORDS = {
    "": [],
    "  ": [],
    "a b\tc\nd": ["a", "b", "c", "d"],
    "a 'b c' d": ["a", "b c", "d"],
    'a "b c" d': ["a", "b c", "d"],
    "a''": ["a"],
    "''": [""],
    '"" x': ["", "x"],
    "a\\ b": ["a b"],
    "'a\\b'": ["a\\b"],
    '"a\\"b"': ['a"b'],
    "a'b'\"c\"": ["abc"],
    "echo $HOME": ["echo", "$HOME"],
    "echo $(date +%s) x": ["echo", "$(date +%s)", "x"],
    "echo `date +%s` x": ["echo", "`date +%s`", "x"],
    "a && b": ["a"],
    "a; b": ["a"],
    "a | b": ["a"],
    "a > f": ["a"],
    "a 2>f": ["a"],
    "a '&&' b": ["a", "&&", "b"],
    "sh -c 'a && b'": ["sh", "-c", "a && b"],
    "é日": ["é日"],
}


@pytest.mark.parametrize("text", WORDS)
def test_a_line_is_split_into_words(text):
    assert split_words(text) == WORDS[text]


@pytest.mark.parametrize(
    ("text", "offset"), [("a 'b", 2), ('a "b', 2), ("a `b", 2), ("a $(b", 3), ("a b\\", 3), ("a (b)", 2)]
)
def test_what_is_left_open_is_told_with_its_place(text, offset):
    with pytest.raises(BadValue) as caught:
        split_words(text)
    assert caught.value.offset == offset


@given(st.text(max_size=30))
def test_nothing_but_bad_value_comes_out(text):
    try:
        words = split_words(text)
    except BadValue as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017  # not every text raises
    else:
        assert all(isinstance(word, str) for word in words)


@given(st.lists(st.text(alphabet="ab '\"\\é$x", max_size=8).filter(lambda word: "$" not in word and "'" not in word)))
def test_quoted_words_come_back(words):
    assert split_words(shlex.join(words)) == words
