import pytest

from composekit.errors import BadValue
from composekit.values.envfile import EnvEntry, parse_env, parse_raw
from composekit.values.template import substitute

ENVIRONMENT = {"HOST": "outside", "EMPTY": ""}


def entries(text, earlier=None):
    return parse_env(text, ENVIRONMENT.get, substitute, earlier)


def values(text, earlier=None):
    return {entry.key: entry.value for entry in entries(text, earlier)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB = 2 \nC: 3", {"A": "1", "B": "2", "C": "3"}),
        ("export A=1\nexport\tB=2\n", {"A": "1", "B": "2"}),
        ("# c\n\n  A=1 # c\nB=x#y\n   # c", {"A": "1", "B": "x#y"}),
        ("A= # not a comment\n", {"A": "# not a comment"}),
        ("A=\nB=''\nC=\"\"\n", {"A": "", "B": "", "C": ""}),
        ("A='$HOST \\n'\nB='it\\'s'\n", {"A": "$HOST \\n", "B": "it's"}),
        ('A="x\\ty\\"z\\\\ \\q"\n', {"A": 'x\ty"z\\ \\q'}),
        ('A="\\0101 \\012 \\0777"\n', {"A": "A \\12 \\777"}),
        ("A=\"one\ntwo\"\nB='three\nfour'\n", {"A": "one\ntwo", "B": "three\nfour"}),
        ('A=$HOST-${NONE:-x}\nB="${A}!"\nC=$$A\n', {"A": "outside-x", "B": "outside-x!", "C": "$A"}),
        ('A="\\$HOST"\n', {"A": "$HOST"}),
        ("HOST=inside\nA=$HOST\n", {"HOST": "inside", "A": "outside"}),
        ("\ufeffA=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("HOST\nEMPTY\nNONE\n", {"HOST": "outside", "EMPTY": "", "NONE": None}),
        ("A=1", {"A": "1"}),
        ("bare", {"": "bare"}),
        ("", {}),
        ("   \n#", {}),
    ],
)
def test_a_file_is_its_assignments(text, expected):
    assert values(text) == expected


def test_entries_know_their_places():
    text = "# head\nexport A = 'x'\nHOST\n"

    assert entries(text) == [
        EnvEntry("A", "x", text.index("A"), text.index("'x'")),
        EnvEntry("HOST", "outside", text.index("HOST"), text.index("HOST"), inherited=True),
    ]


def test_every_assignment_of_a_key_is_an_entry():
    assert [entry.value for entry in entries("A=1\nA=2\nB=$A\n")] == ["1", "2", "2"]


def test_files_read_before_come_last_in_a_lookup():
    assert values("A=$X$HOST\nX=new\nB=$X\n", earlier={"X": "old", "HOST": "no"}) == {
        "A": "oldoutside",
        "X": "new",
        "B": "new",
    }


@pytest.mark.parametrize(
    ("text", "offset", "length", "message"),
    [
        ("A=1\nB C=2\n", 4, 3, "contains a space"),
        ("A=1\nB$=2\n", 5, 1, r"'\$' cannot be part"),
        ("A\x1c=2\n", 1, 1, r"U\+001C cannot be part"),
        ("A=1\nB='x\ny\n", 6, 2, "no closing '"),
        ('A="x\\"\n', 2, 4, 'no closing "'),
        ("export ", 0, 6, "without a name"),
        ("A=1\nB=x${NONE:?gone}\n", 7, 13, "gone"),
        ('A="x${"\n', 4, 2, "a variable name must follow"),
        ('A="\\t${"\n', 3, 0, "a variable name must follow"),
    ],
)
def test_what_is_wrong_is_pointed_at(text, offset, length, message):
    with pytest.raises(BadValue, match=message) as caught:
        entries(text)

    assert (caught.value.offset, caught.value.length) == (offset, length)


def test_a_long_file_of_open_quotes_is_refused_at_the_first():
    with pytest.raises(BadValue) as caught:
        entries("A='\n" + "B=x\n" * 100_000)

    assert caught.value.offset == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=$B 'x' # c  \n", {"A": "$B 'x' # c  "}),
        ("  A=1\n#c\n\nB=\r\n", {"A": "1", "B": ""}),
        ("\ufeffA==\n", {"A": "="}),
        ("HOST\nNONE\n", {"HOST": "outside", "NONE": None}),
        ("A:1\n", {"A:1": None}),
    ],
)
def test_the_raw_format_takes_lines_as_they_are(text, expected):
    assert {entry.key: entry.value for entry in parse_raw(text, ENVIRONMENT.get)} == expected


def test_a_bare_name_of_the_raw_format_has_no_value_without_an_environment():
    assert parse_raw("HOST\n") == [EnvEntry("HOST", None, 0, 0, inherited=True)]


@pytest.mark.parametrize(
    ("text", "offset"), [("A=1\n=x\n", 4), ("A=1\n export B=2\n", 5), ("A =1", 0), ("A=1\nB=" + "x" * (1 << 16), 4)]
)
def test_what_is_wrong_in_the_raw_format_is_pointed_at(text, offset):
    with pytest.raises(BadValue) as caught:
        parse_raw(text)

    assert caught.value.offset == offset


def test_the_longest_line_of_the_raw_format_is_just_short_of_64_kib():
    text = "A=" + "x" * 65533

    assert parse_raw(text + "\nB=1")[0].value == text[2:]
    with pytest.raises(BadValue, match="too long"):
        parse_raw(text + "x\nB=1")
