"""The formats of other programs: each output follows what those programs document, and says what it should."""

import json
import os
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from composekit.report import FORMATS, RuleText, Suppressed, render
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from composekit.source.text import MADE, Source, Span

SCHEMAS = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "schemas")

SOURCE = Source("my stack/compose.yaml", "services:\n  wéb:\n    image: nginx\n    command: |\n      a\n      b\n")
RULES = {
    "CK504": RuleText("image-tag-floating", "Image without a fixed tag", "security", Severity.WARNING, "### page"),
}


def at(part):
    start = SOURCE.text.index(part)
    return Span(SOURCE, start, start + len(part))


FLOATING = Diagnostic(
    "CK504",
    Severity.WARNING,
    "image 'nginx' has no tag, 100%: <bad> & \"quoted\"",
    at("nginx"),
    hint="write nginx:1.27",
    path=("services", "wéb", "image"),
    facts={"image": "nginx"},
    related=(Related("the service", at("wéb")), Related("a default", MADE)),
    fix=Fix("add a tag", (Edit(at("nginx"), "nginx:1.27"),), safe=False),
)
BLOCK = Diagnostic("CK417", Severity.INFO, "two lines", at("|\n      a\n      b\n"))
MISSING = Diagnostic("CK001", Severity.ERROR, "no Compose file here", None)
CONTROL = Diagnostic("CK201", Severity.ERROR, "bell \x07, line\nbreak", at("wéb"))
EVERYTHING = [FLOATING, BLOCK, MISSING, CONTROL, FLOATING]


def schema(name):
    with open(os.path.join(SCHEMAS, f"{name}.json"), encoding="utf-8") as file:
        found = json.load(file)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def as_json(name, *found, **more):
    value = json.loads(render(name, found, rules=RULES, **more))
    jsonschema.validate(value, schema(name), jsonschema.Draft202012Validator)
    return value


def as_xml(name, *found):
    text = render(name, found, rules=RULES)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    return ET.fromstring(text)


@pytest.mark.parametrize("name", ["sarif", "gitlab", "rdjson"])
@pytest.mark.parametrize("found", [[], [MISSING], EVERYTHING], ids=["nothing", "no-place", "everything"])
def test_json_follows_the_schema_of_its_reader(name, found):
    as_json(name, *found, suppressed=[Suppressed(FLOATING, "comment", "why not")])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_every_finding(name):
    text = render(name, EVERYTHING, rules=RULES)

    assert text.endswith("\n")
    for code in ("CK504", "CK417", "CK001", "CK201"):
        assert code in text


def test_sarif_tells_rule_place_fix_and_related_places():
    run = as_json("sarif", FLOATING)["runs"][0]

    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"], rule["help"]["markdown"]) == ("CK504", "image-tag-floating", "### page")
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "my%20stack/compose.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 12, "endLine": 3, "endColumn": 17}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "services.wéb.image"}]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "nginx:1.27"}
    assert result["fixes"][0]["description"]["text"] == "add a tag (may change what the project does)"
    assert [one["message"]["text"] for one in result["relatedLocations"]] == ["the service", "a default"]


def test_sarif_results_refer_to_their_rules_and_have_fingerprints_of_their_own():
    run = as_json("sarif", *EVERYTHING)["runs"][0]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert ids == sorted(set(ids))
    assert all(ids[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    marks = [one["partialFingerprints"]["composekit/v1"] for one in run["results"]]
    assert len(set(marks)) == len(marks)
    assert [one["level"] for one in run["results"]] == ["warning", "note", "error", "error", "warning"]


def test_sarif_keeps_suppressed_results():
    told = [Suppressed(FLOATING, "comment", "the image is ours"), Suppressed(BLOCK, "baseline")]
    results = as_json("sarif", suppressed=told)["runs"][0]["results"]

    assert [one["suppressions"] for one in results] == [
        [{"kind": "inSource", "justification": "the image is ours"}],
        [{"kind": "external"}],
    ]


def test_an_absolute_file_is_a_file_uri():
    source = Source("/srv/ä/compose.yaml", "x")
    one = Diagnostic("CK417", Severity.INFO, "x", Span(source, 0, 1))
    place = as_json("sarif", one)["runs"][0]["results"][0]["locations"][0]

    assert place["physicalLocation"]["artifactLocation"]["uri"] == "file:///srv/%C3%A4/compose.yaml"


def test_a_github_command_is_one_line_with_its_place():
    line, *others = render("github", [FLOATING], rules=RULES).splitlines()

    assert others == []
    assert line == (
        "::warning file=my stack/compose.yaml,line=3,endLine=3,title=CK504 image-tag-floating,col=12,endColumn=16"
        "::image 'nginx' has no tag, 100%25: <bad> & \"quoted\"%0Awrite nginx:1.27"
    )


def test_a_github_command_has_columns_on_one_line_only():
    assert render("github", [BLOCK]) == (
        "::notice file=my stack/compose.yaml,line=4,endLine=6,title=CK417::two lines\n"
    )
    assert render("github", [MISSING]) == "::error title=CK001::no Compose file here\n"


def test_a_github_property_cannot_end_early():
    source = Source("a,b:c.yaml", "x")
    shown = render("github", [Diagnostic("CK417", Severity.INFO, "x", Span(source, 0, 1))])

    assert shown.startswith("::notice file=a%2Cb%3Ac.yaml,line=1")


def test_a_gitlab_issue_has_path_line_severity_and_a_fingerprint_of_its_own():
    issues = as_json("gitlab", FLOATING, FLOATING, MISSING)

    assert issues[0]["location"] == {"path": "my stack/compose.yaml", "lines": {"begin": 3, "end": 3}}
    assert (issues[0]["severity"], issues[0]["check_name"]) == ("major", "image-tag-floating")
    assert len({one["fingerprint"] for one in issues}) == 3


def test_junit_has_a_suite_for_each_file_and_counts_that_fit():
    root = as_xml("junit", *EVERYTHING)

    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["my stack/compose.yaml", "composekit"]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "2", "3")
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))


def test_a_junit_case_tells_rule_place_and_hint():
    case = as_xml("junit", FLOATING).find("testsuite/testcase")

    assert case.get("name") == "CK504 image-tag-floating:3:12"
    assert case.find("failure").get("message") == FLOATING.message
    assert "hint: write nginx:1.27" in case.find("failure").text


def test_junit_without_findings_has_a_case_that_passes():
    root = as_xml("junit")

    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "0")
    assert list(root.find("testsuite/testcase")) == []


def test_checkstyle_groups_by_file():
    root = as_xml("checkstyle", FLOATING, MISSING)

    assert [file.get("name") for file in root] == ["my stack/compose.yaml", "."]
    error = root.find("file/error")
    assert set(error.keys()) == {"line", "column", "severity", "message", "source"}
    assert (error.get("line"), error.get("column"), error.get("severity")) == ("3", "12", "warning")
    assert error.get("source") == "composekit.CK504.image-tag-floating"


@pytest.mark.parametrize("name", ["junit", "checkstyle"])
def test_xml_has_no_characters_that_xml_forbids(name):
    root = as_xml(name, CONTROL)

    assert any("bell \ufffd, line\nbreak" in value for one in root.iter() for value in one.attrib.values())


def test_rdjson_counts_columns_in_bytes():
    one = Diagnostic("CK417", Severity.INFO, "x", Span(SOURCE, SOURCE.text.index("b:"), SOURCE.text.index("b:") + 1))
    (found,) = as_json("rdjson", one)["diagnostics"]

    assert found["location"]["range"] == {"start": {"line": 2, "column": 6}, "end": {"line": 2, "column": 7}}


def test_rdjson_suggests_the_fix():
    (found,) = as_json("rdjson", FLOATING)["diagnostics"]

    assert found["suggestions"][0]["text"] == "nginx:1.27"


def test_markdown_has_a_table_for_each_file_and_escapes_what_is_not_ours():
    text = render("markdown", EVERYTHING, rules=RULES, suppressed=[Suppressed(FLOATING, "comment")])

    assert text.startswith("## composekit lint\n\n2 errors, 2 warnings, 1 info in 1 file (1 suppressed).\n")
    assert "### my stack/compose.yaml\n" in text
    assert "| 3 | warning | CK504 image-tag-floating | image 'nginx' has no tag, 100%: \\<bad\\> & " in text
    assert all(line.count(" | ") == 3 for line in text.splitlines() if line.startswith("| "))


def test_markdown_without_findings_says_so():
    assert render("markdown", []) == "## composekit lint\n\nNo findings.\n"
