import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.images.expansion import expand, expand_words

VALUES = {"A": "one", "EMPTY": "", "PATH": "/usr/local/lib/foo.tar.gz", "SPACED": "a  b"}


@pytest.mark.parametrize(
    ("word", "expanded"),
    [
        ("$A", "one"),
        ("${A}x", "onex"),
        ("$NOPE", ""),
        ("${NOPE-w}${EMPTY-w}", "w"),
        ("${NOPE:-w}${EMPTY:-w}", "ww"),
        ("${A:-${NOPE}}", "one"),
        ("${NOPE:-${A}-${EMPTY:-x}}", "one-x"),
        ("${A+w}${NOPE+w}${EMPTY+w}", "ww"),
        ("${A:+w}${EMPTY:+w}", "w"),
        ("${A?}", "one"),
        ("${PATH#/*/}", "local/lib/foo.tar.gz"),
        ("${PATH##*/}", "foo.tar.gz"),
        ("${PATH%.*}", "/usr/local/lib/foo.tar"),
        ("${PATH%%.*}", "/usr/local/lib/foo"),
        ("${PATH/o/0}", "/usr/l0cal/lib/foo.tar.gz"),
        ("${PATH//o/0}", "/usr/l0cal/lib/f00.tar.gz"),
        ("${PATH//\\//-}", "-usr-local-lib-foo.tar.gz"),
        ("'$A'", "$A"),
        ('"$A b"', "one b"),
        ('"\\$A \\" \\n"', '$A " \\n'),
        ("\\$A a\\ b", "$A a b"),
        ("a$ $1 $@", "a$  "),
        ("x'y z'w", "xy zw"),
    ],
)
def test_forms_expand_as_in_docker(word, expanded):
    assert expand(word, VALUES) == expanded


def test_the_escape_character_can_be_a_backquote():
    assert expand("c:\\x`$A", VALUES, escape="`") == "c:\\x$A"


def test_a_value_is_split_at_its_spaces_unless_it_is_quoted():
    assert expand_words("$SPACED", VALUES) == ["a", "b"]
    assert expand_words('"$SPACED"', VALUES) == ["a  b"]
    assert expand_words("x$SPACED", VALUES) == ["xa", "b"]
    assert expand_words("$EMPTY", VALUES) == []


@pytest.mark.parametrize(
    ("word", "offset", "message"),
    [
        ("x$" + "{", 1, "a variable's braces hold no name or are not closed"),
        ("${}", 0, "a variable's braces hold no name or are not closed"),
        ("ab${NOPE?is needed}", 2, "variable 'NOPE' is needed"),
        ("${EMPTY:?}", 0, "variable 'EMPTY' must be set"),
        ("${A:x}", 0, "variable 'A' has an unknown modifier"),
        ("${A-b", 4, "'}' is missing"),
        ("a'b", 1, "a single quote is not closed"),
        ('a"b', 1, "a double quote is not closed"),
    ],
)
def test_errors_point_into_the_word(word, offset, message):
    with pytest.raises(BadValue) as raised:
        expand(word, VALUES)

    assert (raised.value.offset, str(raised.value)) == (offset, message)


def test_deep_nesting_is_refused():
    with pytest.raises(BadValue, match="nested too deep"):
        expand("${X:-" * 5000 + "}" * 5000, {})


@given(st.text(alphabet="ab$\\{}'\"#%/:-+?* ", max_size=40))
def test_nothing_but_bad_value_is_raised(word):
    refused = [refusal(read, word) for read in (expand, expand_words)]

    assert (refused[0] is None) == (refused[1] is None)
    assert all(wrong is None or 0 <= wrong.offset <= len(word) for wrong in refused)


def refusal(read, word):
    try:
        read(word, VALUES)
    except BadValue as wrong:
        return wrong
    return None


@given(st.text(alphabet=st.characters(exclude_characters="$\\'\"", exclude_categories=["Cs"]), max_size=30))
def test_text_without_special_characters_stays(word):
    assert expand(word, VALUES) == word
