import json

import jsonschema
import pytest

from composekit import __version__
from composekit.data import data_file
from composekit.report import FORMATS, RuleText, Suppressed, render
from composekit.report.identity import fingerprint
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from composekit.source.text import MADE, Source, Span

SOURCE = Source("compose.yaml", "services:\n  web:\n    image: nginx\n")
IMAGE = Span(SOURCE, SOURCE.text.index("nginx"), SOURCE.text.index("nginx") + 5)


@pytest.fixture
def schema():
    with open(data_file("schemas", "lint-report.json"), encoding="utf-8") as file:
        return json.load(file)


def as_json(*diagnostics, rules=None):
    return json.loads(render("json", diagnostics, rules=rules))


FULL = Diagnostic(
    "CK504",
    Severity.WARNING,
    "image 'nginx' has no tag",
    IMAGE,
    hint="add one",
    path=("services", "web", "ports", 0),
    facts={"image": "nginx", "names": ("a", "b"), "severity": Severity.INFO},
    related=(Related("here too", IMAGE), Related("a default", MADE)),
    fix=Fix("add a tag", (Edit(IMAGE, "nginx:1.27"),), safe=False),
)


def test_a_diagnostic_carries_place_path_facts_related_and_fix():
    (one,) = as_json(FULL, rules={"CK504": RuleText("image-tag-floating", "Image without a fixed tag.")})["findings"]

    place = {"file": "compose.yaml", "line": 3, "column": 12, "end_line": 3, "end_column": 17}
    mark = one.pop("fingerprint")
    nowhere = dict.fromkeys(place)
    assert len(mark) == 32
    assert one == {
        "code": "CK504",
        "rule": "image-tag-floating",
        "severity": "warning",
        "message": "image 'nginx' has no tag",
        **place,
        "path": ["services", "web", "ports", 0],
        "hint": "add one",
        "facts": {"image": "nginx", "names": ["a", "b"], "severity": 1},
        "related": [{"message": "here too", **place}, {"message": "a default", **nowhere}],
        "fix": {"title": "add a tag", "safe": False, "edits": [{**place, "text": "nginx:1.27"}]},
    }


def test_a_fingerprint_outlives_another_line_and_wording():
    moved = Source("compose.yaml", "\n\n" + SOURCE.text)
    at = moved.text.index("nginx")
    again = Diagnostic(
        "CK504", Severity.ERROR, "other words", Span(moved, at, at + 5), path=FULL.path, facts=FULL.facts
    )
    marks = {as_json(one)["findings"][0]["fingerprint"] for one in (FULL, again)}

    assert len(marks) == 1


@pytest.mark.parametrize("change", [{"path": ("services",)}, {"facts": {"image": "redis"}}])
def test_a_fingerprint_is_another_for_another_place_or_fact(change):
    other = Diagnostic("CK504", Severity.ERROR, "x", IMAGE, **{"path": FULL.path, "facts": FULL.facts, **change})

    assert fingerprint(FULL) != fingerprint(other)


def test_findings_that_are_alike_have_fingerprints_of_their_own():
    first, second = as_json(FULL, FULL)["findings"]

    assert second["fingerprint"] == first["fingerprint"] + "-2"


def test_suppressed_findings_stand_apart_with_the_reason():
    report = json.loads(render("json", [], suppressed=[Suppressed(FULL, "comment", "until the move")]))

    assert report["findings"] == []
    assert report["suppressed"][0]["suppression"] == {"kind": "comment", "reason": "until the move"}
    assert report["summary"] == {"errors": 0, "warnings": 0, "infos": 0, "files": 0, "suppressed": 1}


def test_the_envelope_names_version_and_tool_and_counts():
    report = as_json(FULL, Diagnostic("CK001", Severity.ERROR, "no file", None))

    assert report["version"] == 1
    assert report["tool"] == {"name": "composekit", "version": __version__}
    assert report["summary"] == {"errors": 1, "warnings": 1, "infos": 0, "files": 1, "suppressed": 0}


def test_a_code_without_a_rule_has_a_null_rule():
    assert as_json(FULL)["findings"][0]["rule"] is None


@pytest.mark.parametrize("diagnostics", [(), (FULL,), (Diagnostic("CK001", Severity.ERROR, "no file", None),)])
def test_the_output_follows_its_schema(schema, diagnostics):
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(as_json(*diagnostics), schema, jsonschema.Draft202012Validator)


def test_the_schema_refuses_a_report_without_a_place(schema):
    report = as_json(FULL)
    del report["findings"][0]["end_column"]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_with_one_signature(name):
    assert "CK504" in render(name, [FULL], color=False, rules={})


def test_an_unknown_format_is_a_key_error():
    with pytest.raises(KeyError):
        render("morse", [])
