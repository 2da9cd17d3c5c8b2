import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.source.diagnostic import Edit
from composekit.source.edit import OverlapError, apply_edits, collide, unified_diff
from composekit.source.text import Source, Span


def edit(source, start, end, text):
    return Edit(Span(source, start, end), text)


def test_edits_are_made_at_their_places_in_any_order():
    source = Source("f", "one two three")

    assert apply_edits(source, [edit(source, 8, 13, "3"), edit(source, 0, 3, "1")]) == "1 two 3"


def test_the_same_edit_twice_counts_once():
    source = Source("f", "abc")

    assert apply_edits(source, [edit(source, 1, 1, "-")] * 2) == "a-bc"


def test_edits_that_overlap_are_refused():
    source = Source("f", "abcdef")

    with pytest.raises(OverlapError):
        apply_edits(source, [edit(source, 0, 3, ""), edit(source, 2, 4, "x")])


def test_an_edits_line_breaks_are_those_of_the_file():
    source = Source("f", "a: 1\r\nb: 2\r\n")

    assert apply_edits(source, [edit(source, 6, 6, "x: 3\n")]) == "a: 1\r\nx: 3\r\nb: 2\r\n"


def spans(length):
    return st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted)


@given(spans(8), spans(8))
def test_edits_that_do_not_collide_can_both_be_made(one, other):
    source = Source("f", "abcdefgh")
    first, second = edit(source, *one, "1"), edit(source, *other, "2")

    assert collide(first, second) == collide(second, first)
    if not collide(first, second):
        made = apply_edits(source, [first, second])
        assert made == apply_edits(source, [second, first])
        assert "1" in made
        assert "2" in made


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [((0, 2), (2, 4), False), ((0, 3), (2, 4), True), ((1, 1), (1, 1), True), ((2, 2), (0, 4), True)],
)
def test_which_edits_collide(one, other, wrong):
    source = Source("f", "abcdef")

    assert collide(edit(source, *one, "1"), edit(source, *other, "2")) is wrong


def test_edits_of_different_sources_do_not_collide():
    assert not collide(edit(Source("f", "abc"), 0, 2, ""), edit(Source("g", "abc"), 0, 2, ""))


def test_a_difference_is_shown_as_diff_does():
    assert unified_diff("f.yaml", "a\nb\n", "a\nc") == (
        "--- a/f.yaml\n+++ b/f.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    )
    assert unified_diff("f.yaml", "a\n", "a\n") == ""
