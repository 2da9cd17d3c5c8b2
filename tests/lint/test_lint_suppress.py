"""Comments that suppress findings."""

import pytest

from composekit.lint.catalog import rules
from composekit.lint.engine import examine
from composekit.lint.fixer import make
from composekit.lint.settings import Settings

TODAY = "2026-06-15"


@pytest.fixture
def ruling(load):
    def run(text, *, today=TODAY, **settings):
        return examine(load({"compose.yaml": text}), Settings(**settings), today=today)

    return run


def told(ruling):
    return [(one.code, one.span.position.line) for one in ruling.findings]


def muted(ruling):
    return [(one.diagnostic.code, one.diagnostic.span.position.line, one.reason) for one in ruling.suppressed]


TWO = """\
services:
  web:
    image: nginx{web}
  db:
    image: postgres
"""


def test_a_comment_behind_a_value_speaks_of_its_line(ruling):
    found = ruling(TWO.format(web=" # composekit: ignore[CK504] ours"), select=("CK504",))

    assert told(found) == [("CK504", 5)]
    assert muted(found) == [("CK504", 3, "ours")]


@pytest.mark.parametrize("selector", ["CK504", "CK5", "image-tag-*", "image-tag-floating", "security", "CK501, CK504"])
def test_a_comment_names_rules_as_the_command_line_does(ruling, selector):
    found = ruling(TWO.format(web=f"  # composekit: ignore[{selector}]"), select=("CK504",))

    assert muted(found) == [("CK504", 3, "")]


def test_a_comment_above_a_key_speaks_of_its_block(ruling):
    text = TWO.format(web="").replace(
        "  web:", "  # composekit: ignore[CK504]: while we move\n\n  # more words\n  web:"
    )
    found = ruling(text, select=("CK504",))

    assert told(found) == [("CK504", 8)]
    assert muted(found) == [("CK504", 6, "while we move")]


def test_a_comment_above_everything_speaks_of_the_file(ruling):
    found = ruling("# a file\n# composekit: ignore[CK504] all of them\n---\n" + TWO.format(web=""), select=("CK504",))

    assert told(found) == []
    assert len(muted(found)) == 2


def test_a_block_ends_before_the_next_item_of_a_list(ruling):
    text = """\
services:
  web:
    image: nginx:1
    volumes:
    # composekit: ignore[CK501]
    - /var/run/docker.sock:/a
    - /var/run/docker.sock:/b
"""
    found = ruling(text, select=("CK501",))

    assert told(found) == [("CK501", 7)]


def test_the_items_of_a_list_in_the_column_of_their_key_belong_to_its_block(ruling):
    text = """\
services:
  web:
    image: nginx:1
    # composekit: ignore[CK501]
    volumes:
    - /var/run/docker.sock:/a
    - /var/run/docker.sock:/b
"""
    assert told(ruling(text, select=("CK501",))) == []


@pytest.mark.parametrize("reason", ["until 2026-06-15", "why not (until 2026-06-15)", "until 2026-07-01: why not"])
def test_a_suppression_holds_until_its_day(ruling, reason):
    found = ruling(TWO.format(web=f" # composekit: ignore[CK504] {reason}"), select=("CK504",))

    assert told(found) == [("CK504", 5)]
    assert "2026" not in muted(found)[0][2]


def test_a_suppression_that_has_ended_is_told_with_what_it_hid(ruling):
    found = ruling(TWO.format(web=" # composekit: ignore[CK504] until 2026-06-14"))

    assert told(found) == [("CK504", 3), ("CK032", 3), ("CK504", 5)]
    assert found.suppressed == []


def test_until_without_a_date_is_part_of_the_reason(ruling):
    found = ruling(TWO.format(web=" # composekit: ignore[CK504] until the move"), select=("CK504",))

    assert muted(found) == [("CK504", 3, "until the move")]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore", "cannot read this comment: 'ignore' is not known here"),
        ("ignore[]", "cannot read this comment: it names no rule"),
        ("ignore[CK504] until 2026-13-01", "cannot read this comment: '2026-13-01' is not a date such as 2027-01-31"),
        ("ignore[CK499]", "cannot read this comment: no rule matches 'CK499'"),
    ],
)
def test_a_comment_that_cannot_be_read_is_told(ruling, comment, message):
    found = ruling(TWO.format(web=f" # composekit: {comment}"))

    assert [one.message for one in found.findings if one.code == "CK031"] == [message]
    assert ("CK504", 3) in told(found)


def test_a_suppression_that_suppresses_nothing_is_told_and_can_be_removed(ruling):
    text = "services:\n  web:\n    image: nginx:1  # composekit: ignore[CK504] old\n    # composekit: ignore[CK501]\n"
    found = ruling(text + "    command: x\n")

    assert told(found) == [("CK030", 3), ("CK030", 4)]
    assert list(make(found.findings, {}).values()) == ["services:\n  web:\n    image: nginx:1\n    command: x\n"]


def test_a_suppression_of_a_rule_that_is_off_is_not_called_unused(ruling):
    text = "services:\n  web:\n    image: nginx:1  # composekit: ignore[CK504]\n"

    assert told(ruling(text, select=("CK501",))) == []
    assert told(ruling(text, ignore=("CK504",))) == []
    assert told(ruling(text, ignore=("CK030",))) == []


def test_only_the_unused_of_several_selectors_is_named(ruling):
    found = ruling(TWO.format(web=" # composekit: ignore[CK504, CK501]"), ignore=())

    assert [one.message for one in found.findings if one.code == "CK030"] == ["nothing here is found by CK501"]


def test_errors_of_loading_cannot_be_suppressed(ruling):
    found = ruling("services:\n  web:\n    imag: nginx:1  # composekit: ignore[all]\n")

    assert any(code.startswith("CK2") for code, _ in told(found))


def test_a_warning_of_loading_can_be_suppressed(ruling):
    found = ruling("services:\n  web:\n    image: nginx:1\n    command: echo ${UNSET}  # composekit: ignore[CK102]\n")

    assert told(found) == []
    assert muted(found) == [("CK102", 4, "")]


def test_a_number_sign_in_a_text_starts_no_comment(ruling):
    text = 'services:\n  web:\n    image: nginx\n    command: "a # composekit: ignore[CK504]"\n'
    script = "    entrypoint: |\n      # composekit: ignore[CK504]\n      run\n"

    assert told(ruling(text + script, select=("CK504",))) == [("CK504", 3)]


def test_every_rule_can_be_named(ruling):
    names = ", ".join(rule.INFO.name for rule in rules())
    found = ruling(f"# composekit: ignore[{names}]\n" + TWO.format(web=""))

    assert {code for code, _ in told(found)} == {"CK030"}


def test_line_ends_of_windows_make_no_difference(ruling):
    text = TWO.format(web=" # composekit: ignore[CK504] ours").replace("\n", "\r\n")

    assert muted(ruling(text, select=("CK504",))) == [("CK504", 3, "ours")]
