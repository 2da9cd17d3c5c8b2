"""The formats without a schema that could be had: elements, attributes and values as their readers know them.

Facts about JUnit from the schemas of Jenkins' xUnit plugin (junit-4 and junit-10), about Checkstyle from what its own
XML logger writes, about rdjson from reviewdog.proto, about GitLab from its page on Code Quality, about GitHub from its
page on workflow commands.
"""

import json
import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from composekit.report import RuleText, render
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from composekit.source.text import Source, Span

SOURCE = Source(
    "a/compose.yaml", 'services:\n  "wéb":\n    image: nginx  # <&>\n    ports: ["80:80"]\n', "/a/compose.yaml"
)
RULES = {"CK504": RuleText("image-tag-floating", "Moves.", "security", Severity.WARNING, "page")}


class Element(NamedTuple):
    """What an element has to have, may have, and may hold."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    has_text: bool = False


def words(text):
    return frozenset(text.split())


JUNIT = {
    "testsuites": Element(frozenset(), words("name time tests failures errors"), words("testsuite")),
    "testsuite": Element(
        words("name tests failures errors"),
        words("time skipped timestamp hostname id package file log url version group"),
        words("testcase properties system-out system-err"),
    ),
    # `file` and `line` are the extension that composekit.report.junit names.
    "testcase": Element(words("name"), words("time classname group file line"), words("failure error skipped")),
    "failure": Element(frozenset(), words("type message"), frozenset(), True),
    "error": Element(frozenset(), words("type message"), frozenset(), True),
}
CHECKSTYLE = {
    "checkstyle": Element(words("version"), frozenset(), words("file")),
    "file": Element(words("name"), frozenset(), words("error")),
    "error": Element(words("line severity message source"), words("column")),
}


def mistakes(node, known):
    """Yield what a reader of the format would not know."""
    rule = known.get(node.tag)
    if rule is None:
        yield f"<{node.tag}> is not known"
        return
    given = set(node.attrib)
    yield from (f"<{node.tag}> lacks {name}" for name in sorted(rule.required - given))
    yield from (f"<{node.tag}> has {name}" for name in sorted(given - rule.required - rule.optional))
    if (node.text or "").strip() and not rule.has_text:
        yield f"<{node.tag}> has text"
    for child in node:
        if child.tag not in rule.children:
            yield f"<{child.tag}> stands in <{node.tag}>"
        yield from mistakes(child, known)


def span(text):
    at = SOURCE.text.index(text)
    return Span(SOURCE, at, at + len(text))


def found():
    image = span("nginx")
    edit = Fix("name one", (Edit(image, "nginx:1.27"),), safe=False)
    return [
        Diagnostic("CK504", Severity.WARNING, "image 'nginx' has no <tag> & \"more\"", image, hint="name it", fix=edit),
        Diagnostic("CK504", Severity.WARNING, "said of the same place again", image, related=(Related("x", image),)),
        Diagnostic(
            "CK201", Severity.ERROR, "100 % wrong:\nin two lines, surely", span("image: nginx  # <&>\n    ports")
        ),
        Diagnostic("CK012", Severity.ERROR, "there is no Compose file", None),
        Diagnostic("CK601", Severity.INFO, "an \x1b[31mescape", span("wéb")),
    ]


@pytest.mark.parametrize("diagnostics", [found(), [], found()[:1], found()[3:4]], ids=["all", "none", "one", "no-file"])
@pytest.mark.parametrize(("name", "known"), [("junit", JUNIT), ("checkstyle", CHECKSTYLE)])
def test_xml_has_only_what_its_readers_know(name, known, diagnostics):
    root = ET.fromstring(render(name, diagnostics, rules=RULES))

    assert root.tag == next(iter(known))
    assert list(mistakes(root, known)) == []


def test_the_check_of_xml_finds_what_readers_do_not_know():
    wrong = "<testsuites><testsuite name='x' tests='1'>text<testcase/><case/></testsuite></testsuites>"

    assert list(mistakes(ET.fromstring(wrong), JUNIT)) == [
        "<testsuite> lacks errors",
        "<testsuite> lacks failures",
        "<testsuite> has text",
        "<testcase> lacks name",
        "<case> stands in <testsuite>",
        "<case> is not known",
    ]


def test_junit_counts_are_those_of_its_cases_and_no_two_cases_have_one_name():
    root = ET.fromstring(render("junit", found(), rules=RULES))

    for suite in root:
        cases = list(suite)
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases)
        assert int(suite.get("errors")) == sum(case.find("error") is not None for case in cases)
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names) == len(found())
    assert sum(int(suite.get("tests")) for suite in root) == int(root.get("tests"))


def test_checkstyle_severities_are_those_of_checkstyle():
    root = ET.fromstring(render("checkstyle", found(), rules=RULES))

    assert {error.get("severity") for error in root.iter("error")} == {"error", "warning", "info"}
    assert all(int(error.get("line")) > 0 and int(error.get("column", "1")) > 0 for error in root.iter("error"))


def test_gitlab_issues_have_every_field_that_gitlab_asks_for():
    issues = json.loads(render("gitlab", found(), rules=RULES))

    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= issue.keys()
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not issue["location"]["path"].startswith(("./", "/"))
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_github_commands_are_whole_lines_with_escaped_properties():
    lines = render("github", found(), rules=RULES).splitlines()

    assert len(lines) == len(found())
    for line in lines:
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command, line
        properties = dict(one.split("=", 1) for one in command[2].split(","))
        assert properties.keys() <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "%0A" in line or "\n" not in line
    assert "100 %25 wrong:%0Ain two lines, surely" in lines[2]


def test_rdjson_is_a_diagnostic_result():
    result = json.loads(render("rdjson", found(), rules=RULES))

    assert result.keys() <= {"diagnostics", "source", "severity"}
    assert result["source"].keys() <= {"name", "url"}
    for one in result["diagnostics"]:
        known = {
            "message",
            "location",
            "severity",
            "source",
            "code",
            "suggestions",
            "original_output",
            "relatedLocations",
        }
        assert one.keys() <= known
        assert one["severity"] in {"UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"}
        assert one["code"].keys() <= {"value", "url"}
        for place in [one["location"], *(other["location"] for other in one.get("relatedLocations", ()))]:
            assert place.keys() <= {"path", "range"}
            assert all(end.keys() <= {"line", "column"} for end in place.get("range", {}).values())
        assert all(change.keys() == {"range", "text"} for change in one.get("suggestions", ()))
