"""${VAR} in strings: every form, what is wrong with others, and how long reading takes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.values.template import MAX_NESTING, MissingVariable, substitute, uses

ENV = {"A": "one", "EMPTY": "", "A_1": "under", "N": "$A"}

RESULTS = {
    "": "",
    "plain": "plain",
    "$A": "one",
    "${A}": "one",
    "x${A}y$A-z": "xoneyone-z",
    "$A_1": "under",
    "$Ab": "",
    "$UNSET": "",
    "${UNSET}": "",
    "${N}": "$A",
    "$$A": "$A",
    "$$$A": "$one",
    "$$$$": "$$",
    "$": "$",
    "$ A": "$ A",
    "100$": "100$",
    "$1": "$1",
    "a$-b": "a$-b",
    "${UNSET:-d}": "d",
    "${UNSET-d}": "d",
    "${EMPTY:-d}": "d",
    "${EMPTY-d}": "",
    "${A:-d}": "one",
    "${UNSET:-}": "",
    "${UNSET:-a b}": "a b",
    "${UNSET:-$A}": "one",
    "${UNSET:-${A}}": "one",
    "${UNSET:-${OTHER:-${A}}}": "one",
    "${UNSET:-x${A}y}z": "xoneyz",
    "${UNSET:-{}}": "{}",
    '${UNSET:-{"a": 1}}': '{"a": 1}',
    "${UNSET:-http://x:80/}": "http://x:80/",
    "${A:+d}": "d",
    "${A+d}": "d",
    "${EMPTY:+d}": "",
    "${EMPTY+d}": "d",
    "${UNSET:+d}": "",
    "${A:+${EMPTY:-x}}": "x",
    "${A:?no}": "one",
    "${EMPTY?no}": "",
    "${UNSET:-$$A}": "$A",
    "{$A}": "{one}",
    "${A}}": "one}",
}


@pytest.mark.parametrize("text", RESULTS)
def test_variables_are_replaced(text):
    assert substitute(text, ENV.get) == RESULTS[text]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("x${", 1),
        ("${}", 0),
        ("${1}", 0),
        ("ab${ A}", 2),
        ("${A", 0),
        ("${A!b}", 0),
        ("${A:b}", 0),
        ("${A:-b", 0),
        ("${A:-b\n}", 0),
    ],
)
def test_a_form_that_cannot_be_read_says_where(text, offset):
    with pytest.raises(BadValue) as caught:
        substitute(text, ENV.get)
    assert caught.value.offset == offset
    assert caught.value.hint


@pytest.mark.parametrize("text", ["${UNSET:?set it}", "${UNSET?set it}", "${EMPTY:?set it}"])
def test_a_required_variable_must_have_a_value(text):
    with pytest.raises(MissingVariable, match=r"required variable '\w+' is missing a value: set it") as caught:
        substitute(f"ab{text}", ENV.get)
    assert (caught.value.offset, caught.value.length) == (2, len(text))


def test_a_message_may_hold_variables():
    with pytest.raises(MissingVariable, match="see one"):
        substitute("${UNSET:?see ${A}}", ENV.get)


def test_unset_variables_are_told_with_their_place():
    told = []
    substitute("$A ${X} ${Y:-${Z}} ${W:-d}", ENV.get, lambda name, offset: told.append((name, offset)))
    assert told == [("X", 3), ("Z", 13)]


def test_uses_are_listed_from_outside_in():
    found = [(use.name, use.operator, use.argument) for use in uses("$A ${B:-x${C?y}} $$D ${E")]
    assert found == [("A", "", ""), ("B", ":-", "x${C?y}"), ("C", "?", "y")]


PIECES = st.lists(
    st.sampled_from(["$", "{", "}", "${", "A", "UNSET", ":-", "-", ":?", "+", "\n", " ", "é", "$$", "${A:-"])
).map("".join)


@given(PIECES | st.text(max_size=30))
def test_nothing_but_bad_value_comes_out(text):
    try:
        result = substitute(text, ENV.get)
    except BadValue as error:
        assert error.offset is not None  # noqa: PT017  # not every text raises
        assert 0 <= error.offset <= len(text)  # noqa: PT017  # not every text raises
    else:
        assert isinstance(result, str)
    list(uses(text))


@given(st.text(alphabet=st.characters(exclude_characters="$"), max_size=30))
def test_text_without_a_dollar_sign_stays(text):
    assert substitute(text, ENV.get) == text


@given(st.text(max_size=30))
def test_an_escaped_text_is_itself(text):
    assert substitute(text.replace("$", "$$"), ENV.get) == text


@given(st.text(alphabet=st.characters(exclude_characters="${}\n\r"), max_size=20))
def test_any_text_of_one_line_can_be_a_default(text):
    assert substitute("${UNSET:-" + text + "}", ENV.get) == text


def test_nesting_is_bounded():
    deep = "${UNSET:-" * (MAX_NESTING + 2) + "}" * (MAX_NESTING + 2)
    with pytest.raises(BadValue, match="nested too deeply"):
        substitute(deep, ENV.get)
    fitting = "${UNSET:-" * MAX_NESTING + "x" + "}" * MAX_NESTING
    assert substitute(fitting, ENV.get) == "x"


@pytest.mark.parametrize("unit", ["${A}", "${A:-b}", "$A ", "$$", "$", "${A:-${B:-c}}", "{}", "\n"])
def test_time_grows_with_the_text_and_not_faster(unit):
    times = []
    for count in (2_000, 20_000):
        text = unit * count
        started = time.process_time()
        for _ in range(3):
            substitute(text, ENV.get)
        times.append(time.process_time() - started)
    # Ten times the text; a quadratic reading would take a hundred times as long.
    assert times[1] < times[0] * 45 + 0.02


@pytest.mark.parametrize(
    "text", ["${A:-" * 100_000, "${A:-{" * 50_000 + "}" * 50_000, "${" * 100_000, "${A:-" * 20_000 + "}" * 20_000]
)
def test_hostile_nesting_ends_at_once(text):
    started = time.process_time()
    with pytest.raises(BadValue):
        substitute(text, ENV.get)
    assert time.process_time() - started < 2
