"""Lines and columns of offsets, and parts of spans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.text import Source, Span


@pytest.mark.parametrize(
    ("offset", "position"), [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (6, (3, 3)), (99, (3, 96))]
)
def test_an_offset_has_a_line_and_a_column(offset, position):
    assert Source("f", "ab\n\ncd").position(offset) == position


def test_a_line_has_no_line_break():
    source = Source("f", "ab\r\ncd\n")
    assert [source.line(number) for number in (0, 1, 2, 3, 4)] == ["", "ab", "cd", "", ""]


@given(st.text(alphabet="ab\n", max_size=30), st.integers(0, 30))
def test_a_position_finds_its_character_again(text, offset):
    offset = min(offset, len(text))
    source = Source("f", text)
    line, column = source.position(offset)
    assert sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1 == offset


def test_a_part_never_leaves_its_span():
    span = Span(Source("f", "0123456789"), 2, 6)
    assert span.part(1, 2).text == "34"
    assert span.part(3, 50).text == "5"


PROBLEM = Problem("CK999", Severity.ERROR, "'{name}' is wrong", "say not '{name}'")


def test_a_report_keeps_one_of_the_same_at_one_place():
    report, source = Report(), Source("f", "abc")
    for start in (0, 0, 1):
        report.add(PROBLEM, Span(source, start, start + 1), name="x")
    assert len(report) == 2
    assert report.has_errors


def test_a_report_is_sorted_by_place():
    report, source = Report(), Source("f", "abc")
    for start in (2, 0, 1):
        report.add(PROBLEM, Span(source, start, start + 1), name=str(start))
    assert [one.facts["name"] for one in report.sorted()] == ["0", "1", "2"]
    assert report.sorted()[0].hint == "say not '0'"


def test_a_message_stays_short_whatever_it_shows():
    made = Report().add(PROBLEM, None, name="x" * 100_000)
    assert len(made.message) <= 300
    assert made.message.endswith("x' is wrong")
