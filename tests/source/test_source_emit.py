"""YAML as go-yaml writes it, and read back as it was."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composekit.source.diagnostic import Report
from composekit.source.emit import sorted_keys, write_yaml
from composekit.source.node import to_python
from composekit.source.text import Source
from composekit.source.yaml import read_documents

WRITTEN = {
    "a": "a",
    "a b": "a b",
    "": '""',
    " a": "' a'",
    "a ": "'a '",
    "true": '"true"',
    "yes": '"yes"',
    "1": '"1"',
    "1e3": '"1e3"',
    "12:30": '"12:30"',
    "~": '"~"',
    "a: b": "'a: b'",
    "a:b": "a:b",
    "a #b": "'a #b'",
    "a#b": "a#b",
    "#a": "'#a'",
    "- a": "'- a'",
    "-a": "-a",
    "it's": "it's",
    "'a'": "'''a'''",
    "@a": "'@a'",
    "a\tb": '"a\\tb"',
    "a\x07": '"a\\a"',
    "a\nb": "|-\n    a\n    b",
    "a\n": "|\n    a",
    "a\n\n": "|+\n    a\n",
    " a\nb": "|2-\n     a\n    b",
    "é": "é",
    "\ufeffa": '"\\uFEFFa"',
    "😀": '"\\U0001F600"',
    "2024-01-01": '"2024-01-01"',
    "<<": '"<<"',
    "!a": "'!a'",
    "a,b": "a,b",
    "[a": "'[a'",
    "---": "'---'",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_text_is_quoted_as_go_yaml_quotes_it(text):
    assert write_yaml({"k": {"k": text}}) == f"k:\n  k: {WRITTEN[text]}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({}, "{}\n"),
        ([], "[]\n"),
        ({"a": None, "b": True, "c": 1, "d": 0.5}, "a: null\nb: true\nc: 1\nd: 0.5\n"),
        ({"a": [], "b": {}}, "a: []\nb: {}\n"),
        ({"a": ["x", {"v": 1, "z": 2}, ["w"]]}, "a:\n  - x\n  - v: 1\n    z: 2\n  - - w\n"),
        ({"a": 1e6, "b": 123456.5, "c": 1e-7}, "a: 1e+06\nb: 123456.5\nc: 1e-07\n"),
        ({"a": float("inf"), "b": float("-inf"), "c": float("nan")}, "a: .inf\nb: -.inf\nc: .nan\n"),
        ({"k" * 129: 1}, f"? {'k' * 129}\n: 1\n"),
    ],
)
def test_values_are_laid_out_as_go_yaml_does(value, written):
    assert write_yaml(value) == written


def test_numbers_inside_keys_are_compared_as_numbers():
    assert sorted_keys(["a10", "a9", "a1", "b", "A", "1", "10", "9"]) == ["1", "9", "10", "A", "a1", "a9", "a10", "b"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(list(WRITTEN))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_back(value):
    report = Report()
    (document,) = read_documents(Source("f.yaml", write_yaml(value)), report)
    assert not list(report)
    assert to_python(document) == value


def test_what_belongs_to_a_key_of_several_lines_starts_beside_its_colon():
    long = "k" * 129
    value = {"a\nb": {"k": {"z": 1}, "l": [1]}, "c\nd": {}, long: ["p", ["q", "r"]], "g\nh": {"i\nj": {"k": "l"}}}

    assert write_yaml(value) == (
        "? |-\n  a\n  b\n: k:\n    z: 1\n  l:\n    - 1\n"
        "? |-\n  c\n  d\n: {}\n"
        f"? {long}\n: - p\n  - - q\n    - r\n"
        "? |-\n  g\n  h\n: ? |-\n    i\n    j\n  : k: l\n"
    )
