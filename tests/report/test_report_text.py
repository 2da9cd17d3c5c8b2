import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composekit.report.text import _lines, _usual, render, summary, visible
from composekit.source.diagnostic import Diagnostic, Related, Severity
from composekit.source.text import MADE, Source, Span

FILE = 'services:\n  web:\n    ports:\n      - "8080:80"\n'


def found(text, part, *, name="compose.yaml", **extra):
    source = Source(name, text)
    start = text.index(part)
    return Diagnostic("CK402", Severity.ERROR, "wrong", Span(source, start, start + len(part)), **extra)


def lines(diagnostic, **options):
    return render([diagnostic], **options).splitlines()


def test_a_diagnostic_shows_place_frame_carets_and_hint():
    assert lines(found(FILE, "8080", hint="publish another port")) == [
        "compose.yaml:4:10: error[CK402] wrong",
        '   4 |       - "8080:80"',
        "     |          ^^^^",
        "   hint: publish another port",
    ]


def test_the_gutter_is_as_wide_as_the_line_number():
    shown = lines(found("\n" * 11 + "image: x\n", "image"))

    assert shown[1:] == ["   12 | image: x", "      | ^^^^^"]


def test_a_tab_is_shown_as_blanks_and_carets_follow():
    shown = lines(found("a:\tvalue\n", "value"))

    assert shown[1:] == ["   1 | a:    value", "     |       ^^^^^"]


def test_wide_characters_take_two_columns_of_carets():
    shown = lines(found("名前: 値段 x\n", "値段"))

    assert shown[0].startswith("compose.yaml:1:5:")
    assert shown[1:] == ["   1 | 名前: 値段 x", "     |       ^^^^"]


def test_a_combining_accent_takes_no_column():
    shown = lines(found("cafe\u0301: bad\n", "bad"))

    assert shown[2] == "     |       ^^^"


def test_a_span_over_several_lines_has_carets_under_its_first_line():
    shown = lines(found("web:   \n  image: x\n", "web:   \n  image: x"))

    assert shown[1:] == ["   1 | web:", "     | ^^^^"]


def test_an_empty_span_has_one_caret():
    source = Source("compose.yaml", "image:\n")

    assert lines(Diagnostic("CK001", Severity.ERROR, "no value", Span(source, 6, 6))) == [
        "compose.yaml:1:7: error[CK001] no value",
        "   1 | image:",
        "     |       ^",
    ]


@pytest.mark.parametrize(("text", "where"), [("a: [", "1:5"), ("a: [\n", "2:1"), ("", "1:1")])
def test_a_span_at_the_end_of_the_file_has_a_caret(text, where):
    shown = lines(Diagnostic("CK001", Severity.ERROR, "unexpected end", Span(Source("f", text), len(text), len(text))))

    assert shown[0] == f"f:{where}: error[CK001] unexpected end"
    assert shown[-1].endswith("^")


def test_a_long_line_is_cut_around_the_carets():
    shown = lines(found("x" * 500 + "BAD" + "y" * 500, "BAD"))

    assert len(shown[1]) <= 120
    assert shown[1].removeprefix("   1 | ").startswith("…xxx")
    assert shown[1].endswith("yyy…")
    assert shown[1][shown[2].index("^") :].startswith("BAD")
    assert shown[2].count("^") == 3


def test_a_long_marked_part_is_cut_too():
    shown = lines(found("key: " + "x" * 500, "x" * 500))

    assert all(len(line) <= 120 for line in shown)
    assert shown[1].endswith("x…")


def test_a_cut_before_wide_characters_keeps_the_carets_in_place():
    shown = lines(found("値" * 300 + "BAD", "BAD"))
    before, _, _ = shown[1].partition("BAD")
    wide = before.count("値")

    assert shown[2].index("^") == len(before) + wide


def test_related_places_have_a_frame_of_their_own():
    one = found(FILE, "8080")
    one.related = (Related("published here too", found(FILE, "web", name="other.yaml").span),)

    assert lines(one)[3:] == [
        "   note: other.yaml:2:3: published here too",
        "   2 |   web:",
        "     |   ^^^",
    ]


@pytest.mark.parametrize("span", [None, MADE])
def test_a_diagnostic_without_a_place_is_one_line(span):
    assert lines(Diagnostic("CK001", Severity.WARNING, "no file", span)) == ["warning[CK001] no file"]


def test_a_related_value_that_composekit_supplied_is_told_without_a_place():
    one = found(FILE, "8080", related=(Related("the default", MADE),))

    assert lines(one)[3:] == ["   note: the default"]


def test_diagnostics_are_separated_by_a_blank_line():
    shown = render([found(FILE, "web"), found(FILE, "8080")])

    assert "\n\ncompose.yaml:4:10:" in shown
    assert shown.endswith("^^^^\n")


def test_nothing_renders_as_nothing():
    assert render([]) == ""


def test_colours_appear_only_when_asked():
    one = found(FILE, "8080", hint="publish another port")

    assert "\x1b" not in render([one])
    assert "\x1b[1;31merror[CK402]\x1b[0m" in render([one], color=True)


def test_colours_change_nothing_else():
    import re

    one = found(FILE, "8080", hint="publish another port")

    assert re.sub(r"\x1b\[[\d;]*m", "", render([one], color=True)) == render([one])


def test_control_characters_of_a_file_do_not_reach_the_terminal():
    shown = render([found('a: "\x1b[31m\x07"', "a", hint="\x1b[2J")])

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert r"\x1b[31m\x07" in shown


def test_a_message_stays_on_its_line():
    one = found(FILE, "web")
    one.message = "service 'a\nb'"

    assert lines(one)[0] == r"compose.yaml:2:3: error[CK402] service 'a\nb'"


def test_characters_that_turn_the_writing_direction_are_escaped():
    assert visible("a\u202eb") == r"a\u202eb"


@pytest.mark.parametrize(
    ("severities", "text"),
    [
        ([], "no findings"),
        ([Severity.ERROR], "1 error in 1 file"),
        ([Severity.WARNING, Severity.ERROR, Severity.ERROR], "2 errors, 1 warning in 1 file"),
        ([Severity.INFO, Severity.INFO], "2 info in 1 file"),
    ],
)
def test_a_summary_counts_by_severity(severities, text):
    span = Span(Source("compose.yaml", FILE), 0, 1)

    assert summary([Diagnostic("CK001", severity, "x", span) for severity in severities]) == text


def test_a_summary_counts_files_with_findings():
    assert summary([found(FILE, "web"), found(FILE, "web", name="b.yaml")]) == "2 errors in 2 files"


def test_a_summary_without_places_names_no_files():
    assert summary([Diagnostic("CK001", Severity.ERROR, "x", None)]) == "1 error"


@given(
    text=st.text(alphabet="ab:- #\n\r\té\x1b", max_size=300),
    ends=st.tuples(st.integers(0, 320), st.integers(0, 320)),
    message=st.text(alphabet="ab '\n\x07", max_size=20),
    hint=st.one_of(st.none(), st.text(alphabet="ab\n", max_size=9)),
)
@example(text=" ", ends=(0, 0), message="", hint=None)
def test_what_is_rendered_in_one_go_is_what_its_lines_are(text, ends, message, hint):
    span = Span(
        Source("compose.yaml", text), min(*ends, len(text)), max(min(*ends, len(text)), min(max(ends), len(text)))
    )
    one = Diagnostic("CK000", Severity.WARNING, message, span, hint=hint)

    made = _usual(one)

    assert made is None or made == "\n".join(_lines(one, color=False))


def test_a_usual_diagnostic_is_rendered_in_one_go():
    assert _usual(found("image: nginx", "nginx", hint="name a version")) is not None
