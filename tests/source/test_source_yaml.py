"""YAML text to nodes: where every value stands, and what is wrong with a text that is not YAML."""

import pytest

from composekit.source import events, yaml
from composekit.source.diagnostic import Report
from composekit.source.node import to_python
from composekit.source.text import Source
from composekit.source.yaml import read_documents


def read(text):
    report = Report()
    documents = read_documents(Source("f.yaml", text), report)
    return documents, [(one.code, str(one.span)) for one in report]


def read_one(text):
    documents, problems = read(text)
    assert not problems, problems
    return documents[0]


def at(node):
    return tuple(node.span.position), node.span.text


POSITIONS = {
    "plain": ("a: one\n", (1, 4), "one"),
    "quoted": ("a: 'one'\n", (1, 4), "'one'"),
    "after a blank line": ("\n\na: one\n", (3, 4), "one"),
    "after Windows line breaks": ("b: x\r\na: one\r\n", (2, 4), "one"),
    "after wide characters": ("b: 'ééé日本'\na: one\n", (2, 4), "one"),
    "beside wide characters": ("{é: '日本', a: one}\n", (1, 14), "one"),
    "beside a character outside the basic plane": ("{b: '😀', a: one}\n", (1, 13), "one"),
    "after a tab in a comment": ("b: x\t# c\na: one\n", (2, 4), "one"),
    "in a flow list": ("a: [x, one]\n", (1, 4), "[x, one]"),
    "a block list ends with its last item": ("a:\n  - x\n  - y\n# comment\n\nb: 1\n", (2, 3), "- x\n  - y"),
    "a block mapping ends with its last value": ("a:\n  x: 1\n\n# c\nb: 2\n", (2, 3), "x: 1"),
    "nothing": ("a:\nb: 1\n", (1, 3), ""),
}


@pytest.mark.parametrize("case", POSITIONS)
def test_a_value_stands_where_it_was_written(case):
    text, position, shown = POSITIONS[case]
    assert at(read_one(text)["a"]) == (position, shown)


def test_a_block_scalar_spans_its_lines():
    node = read_one("a: |\n  one\n  two\nb: 1\n")["a"]
    assert node.value == "one\ntwo\n"
    assert node.style == "|"
    assert node.span.position == (1, 4)


def test_keys_have_places_of_their_own():
    tree = read_one("one: 1\ntwo:\n  three: 3\n")
    assert str(tree.key_span("two")) == "f.yaml:2:1"
    assert str(tree["two"].key_span("three")) == "f.yaml:3:3"


def test_an_alias_is_the_node_of_its_anchor():
    tree = read_one("a: &x {k: 1}\nb: *x\n")
    assert tree["b"] is tree["a"]
    assert str(tree["b"].span) == "f.yaml:1:4"


def test_a_mapping_does_not_end_where_an_alias_was_written():
    tree = read_one("x-a: &x {k: 1}\nb:\n  c: *x\n")
    assert tree["b"].span.text == "c"


def test_merge_keys_give_way_to_keys_of_their_own():
    tree = read_one("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n")
    assert to_python(tree["y"]) == {"b": 3, "a": 1}
    assert str(tree["y"].key_span("a")) == "f.yaml:1:8"


def test_of_several_merged_mappings_the_first_wins():
    tree = read_one("a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n")
    assert to_python(tree["c"]) == {"k": 1, "l": 3}


def test_a_quoted_merge_key_is_a_key():
    assert to_python(read_one("a: {'<<': {b: 1}}\n")["a"]) == {"<<": {"b": 1}}


@pytest.mark.parametrize("text", ["ports: [8080:80]\n", "a: {b: 12:30, c: x:y}\n", "[a::b]\n"])
def test_colons_in_flow_style_are_text(text):
    documents, problems = read(text)
    assert not problems
    assert documents


def test_both_parsers_give_the_same_tree(monkeypatch):
    text = "a: [1, 'two', {b: ~}]\nc: |\n  x\nd: !reset {}\ne: &e [f]\ng: *e\n"
    fast = read_one(text)
    monkeypatch.setattr(events, "_c_parser", lambda _: None)
    slow = read_one(text)
    assert fast == slow
    assert {key: str(fast[key].span) for key in fast} == {key: str(slow[key].span) for key in slow}


def test_documents_before_a_mistake_are_kept():
    documents, problems = read("a: 1\n---\nb: [\n")
    assert [to_python(one) for one in documents] == [{"a": 1}]
    assert problems[0][0] == "CK010"


MISTAKES = {
    "not YAML": ("a: [b\nc: }\n", ("CK010", "f.yaml:2:2")),
    "a value beside a mapping": ("a: b: c\n", ("CK010", "f.yaml:1:5")),
    "a tab as indentation": ("a:\n\tb: 1\n", ("CK010", "f.yaml:2:1")),
    "a control character": ("a: b\x07c\n", ("CK010", "f.yaml:1:5")),
    "half a surrogate pair": ('a: "x\\ud800"\n', ("CK010", "f.yaml:1:8")),
    "a key twice": ("a: 1\nb: 2\na: 3\n", ("CK011", "f.yaml:3:1")),
    "an alias of nothing": ("a: *x\n", ("CK012", "f.yaml:1:4")),
    "an alias inside its anchor": ("a: &x [*x]\n", ("CK013", "f.yaml:1:8")),
    "a merge of a text": ("a: {<<: b}\n", ("CK016", "f.yaml:1:9")),
    "a number as a key": ("5: a\n", ("CK017", "f.yaml:1:1")),
    "a list as a key": ("? [a]\n: b\n", ("CK017", "f.yaml:1:3")),
    "a tag that does not fit": ("a: !!int x\n", ("CK018", "f.yaml:1:4")),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_reported_where_it_is(case):
    text, expected = MISTAKES[case]
    code, place = expected
    problems = read(text)[1]
    assert [one[0] for one in problems] == [code]
    assert problems[0][1] == place


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_reported_without_the_c_parser_too(case, monkeypatch):
    text, (code, _) = MISTAKES[case]
    monkeypatch.setattr(events, "_c_parser", lambda _: None)
    assert [one[0] for one in read(text)[1]] == [code]


def test_colons_inside_words_of_lists_in_brackets_cost_no_second_parser(monkeypatch):
    text = "a: [8080:80, it:s]\nb: {c: d:e, \"f\": '80:80'} # x:y\ng: |\n  h:i\nj:k: l\n"
    with monkeypatch.context() as patch:
        patch.setattr(events, "_c_parser", lambda _: None)
        slow = read_one(text)
    monkeypatch.setattr(yaml, "python_events", None)
    one = read_one(text)
    assert one["a"].items[1].span.start == text.index("it:s")
    assert to_python(one) == to_python(slow)


@pytest.mark.parametrize("mistake", ["\x00", '"\\ud800"'])
def test_what_the_c_parser_refuses_is_refused_after_a_colon_in_flow_style_too(mistake):
    assert [code for code, _ in read(f"a: [8080:80]\nb: {mistake}\n")[1]] == ["CK010"]


def test_all_duplicate_keys_are_reported():
    assert [code for code, _ in read("a: 1\na: 2\nb: 1\nb: 2\n")[1]] == ["CK011", "CK011"]


def test_nesting_is_bounded():
    problems = read("a: " + "[" * 100_000)[1]
    assert [code for code, _ in problems] == ["CK014"]


def test_aliases_are_bounded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    problems = read("\n".join(lines) + "\n")[1]
    assert [code for code, _ in problems] == ["CK015"]


def test_what_is_missing_at_the_end_is_told_at_the_last_character_and_where_it_begins():
    report = Report()
    read_documents(Source("f.yaml", "a: 1\nb: [x,\n  y\n\n\n"), report)
    (one,) = report
    assert str(one.span) == "f.yaml:3:3"
    assert [str(other.span) for other in one.related] == ["f.yaml:2:4"]
