"""The acceptor says yes exactly when jsonschema does, and when Docker Compose does."""

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from composekit.schema.accept import acceptor, accepts
from composekit.schema.document import COMPOSE, read_schema
from composekit.schema.explain import _for_python, explain
from composekit.source.diagnostic import Report
from composekit.source.node import Mapping, Scalar, Sequence, from_python, to_python
from composekit.source.path import show_path
from composekit.source.text import MADE

VALIDATOR = Draft202012Validator(_for_python(read_schema(COMPOSE)))

# fmt: off
JUNK = [None, True, False, 0, 3, -5, 1.5, 2.0, 1e9, 1001, "", "text", "all", "x\n", [], {}, ["a", "a"], ["a", 1],
        [1, 1.0], [True, 1], [[]], [{}], [{}, {}], [None], {"k": "v"}, {"k": {"z": 1}}, {"": 1}, {"x-k": 1},
        {"k\n": None}]
# fmt: on


def containers(value):
    """Yield every mapping and list of a plain document."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, (dict, list)) and value:
            yield value
            waiting.extend(value.values() if isinstance(value, dict) else value)


def mutate(rnd, document):
    """Change one place of a document: drop, rename, replace, add or repeat."""
    holder = rnd.choice(list(containers(document)))
    key = rnd.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = rnd.choice(["replace", "replace", "replace", "drop", "add", "rename"])
    if kind == "replace":
        holder[key] = rnd.choice(JUNK)
    elif kind == "drop":
        del holder[key]
    elif isinstance(holder, list):
        holder.append(holder[key] if kind == "rename" else rnd.choice(JUNK))
    elif kind == "add":
        holder[rnd.choice(["bogus", "x-bogus", "", "a b", "web\n"])] = rnd.choice(JUNK)
    else:
        holder[rnd.choice([f"{key}x", key.upper(), "x-own", "É"])] = holder.pop(key)
    return document


def trim(rnd, document):
    """Keep a few keys of each section, so that one change decides the verdict."""
    service = next(iter(document["services"].values()))
    kept = {key: service[key] for key in rnd.sample(sorted(service), 4)}
    top = {key: document[key] for key in rnd.sample(sorted(document), 2) if key != "services"}
    return {**top, "services": {"web": kept}}


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(rnd=st.randoms(use_true_random=False), small=st.booleans())
def test_it_agrees_with_jsonschema_on_changed_documents(documents, rnd, small):
    document = documents.rich(rnd)
    node = from_python(mutate(rnd, trim(rnd, document) if small else document))
    report = Report()
    explain(node, report)

    assert accepts(node) == (len(report) == 0)
    assert accepts(node) == VALIDATOR.is_valid(to_python(node))


def test_a_document_that_uses_every_key_is_accepted(documents):
    import random

    for seed in range(20):
        assert accepts(from_python(documents.rich(random.Random(seed))))


def test_it_agrees_with_docker_compose_on_every_key(documents, reference):
    recorded = {}
    for path in documents.paths():
        verdicts = [accepts(from_python(documents.around(path, value))) for value in reference["values"]]
        recorded[show_path(path)] = "".join("y" if yes else "n" for yes in verdicts)

    assert recorded == reference["verdicts"]


@pytest.mark.parametrize("text", ["", "just text", None, 3, [], ["services"]])
def test_what_is_no_mapping_is_not_accepted(text):
    assert not accepts(from_python(text))


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": "integer"}, 2.0, True),
        ({"type": "integer"}, 2.5, False),
        ({"type": "integer"}, math.inf, False),
        ({"type": "integer"}, True, False),
        ({"type": ["integer", "string"], "minimum": 0}, -1, False),
        ({"type": ["integer", "string"], "minimum": 0}, "-1", True),
        ({"type": ["boolean", "integer"], "minimum": 5}, True, True),
        ({"type": "number", "maximum": 1}, 1.0, True),
        ({"type": "number", "maximum": 1}, 1.1, False),
        ({"type": "string", "pattern": "^a$"}, "a\n", False),
        ({"type": "null"}, None, True),
        ({"type": "array", "uniqueItems": True}, [1, True], True),
        ({"type": "array", "uniqueItems": True}, [1, 1.0], False),
        ({"type": "array", "uniqueItems": True}, [{"a": [1]}, {"a": [1]}], False),
        ({"type": "array", "uniqueItems": True}, [[], {}], True),
        ({"type": "object", "properties": {"x-a": {"type": "string"}}, "patternProperties": {"-a": {"type": "number"}}},
         {"x-a": "both must hold"}, False),
        ({}, {"anything": [1]}, True),
    ],
)  # fmt: skip
def test_a_keyword_means_what_json_schema_says(schema, value, fits):
    assert Draft202012Validator(schema).is_valid(value) is fits or "pattern" in schema
    assert acceptor(schema)(from_python(value)) is fits


@pytest.mark.parametrize("schema", [{"type": "string", "format": "date"}, {"not": {}}, {"enum": ["a"]}])
def test_it_is_never_sure_about_a_keyword_it_does_not_evaluate(schema):
    assert not acceptor(schema)(from_python("a"))


def test_a_schema_may_refer_to_itself():
    tree = {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": ["array", "null"], "items": {"$ref": "#/$defs/tree"}}}}

    assert acceptor(tree)(from_python([[None, []], []]))
    assert not acceptor(tree)(from_python([[None, [1]], []]))


def deep(levels, inner):
    node = inner
    for level in range(levels):
        node = Sequence([node], MADE) if level % 2 else Mapping({"k": node}, MADE)
    return node


def test_depth_where_the_schema_does_not_look_is_fine():
    assert accepts(Mapping({"x-deep": deep(100_000, Scalar(1, MADE))}, MADE))


def test_depth_that_has_to_be_compared_is_not_sure():
    port = Mapping({"x-deep": deep(100_000, Scalar(1, MADE))}, MADE)
    other = Mapping({"x-deep": deep(100_000, Scalar(2, MADE))}, MADE)
    web = Mapping({"ports": Sequence([port, other], MADE)}, MADE)
    tree = Mapping({"services": Mapping({"web": web}, MADE)}, MADE)
    report = Report()

    assert not accepts(tree)
    explain(tree, report)
    assert [one.code for one in report] == ["CK208"]


def test_accepting_loads_neither_jsonschema_nor_the_explanations():
    code = (
        "import sys\n"
        "from composekit.schema.accept import accepts\n"
        "from composekit.source.node import from_python\n"
        "assert accepts(from_python({'services': {'web': {'image': 'nginx'}}}))\n"
        "heavy = {'jsonschema', 'difflib', 'inspect', 'dataclasses', 'composekit.schema.explain'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
