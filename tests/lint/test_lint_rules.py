"""The cases of fixtures/lint: every bad one is found exactly where its carets are, every good one is not."""

import os

import pytest
from ruamel.yaml import YAML
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from composekit.lint.catalog import RULES
from composekit.lint.engine import lint
from composekit.lint.settings import Settings
from composekit.report.text import render

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "lint")


def cases(kind):
    found = []
    for rule_id in RULES:
        with open(os.path.join(FIXTURES, f"{rule_id}.yaml"), encoding="utf-8") as file:
            listed = YAML(typ="safe").load(file)[kind]
        for name, case in listed.items():
            texts = case if isinstance(case, dict) else {"compose.yaml": case}
            found.append(pytest.param(rule_id, texts, id=f"{rule_id}-{name}"))
    return found


class Rendered(SingleFileSnapshotExtension):
    """One text file for each case, as the user sees it."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def marked(texts):
    """Return (file, line, first column, last column) of every comment made of carets, for the line above it."""
    found = []
    for name, text in texts.items():
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            if set(line.strip()) == {"#", " ", "^"}:
                at = number - 1
                while set(lines[at - 1].strip()) == {"#", " ", "^"}:
                    at -= 1
                found.append((name, at, line.index("^") + 1, line.rindex("^") + 1))
    return sorted(found)


def places(diagnostics):
    found = []
    for one in diagnostics:
        end = one.span.source.position(one.span.end)
        assert end.line == one.span.position.line
        found.append((os.path.basename(one.span.source.name), *one.span.position, end.column - 1))
    return sorted(found)


@pytest.mark.parametrize(("rule_id", "texts"), cases("bad"))
def test_a_bad_case_is_found_where_its_carets_are(rule_id, texts, load, snapshot):
    found = [one for one in lint(load(texts), Settings(select=(rule_id,))) if one.code == rule_id]

    assert places(found) == marked(texts)
    assert found
    assert render(found) == snapshot(extension_class=Rendered)


@pytest.mark.parametrize(("rule_id", "texts"), cases("good"))
def test_a_good_case_is_quiet(rule_id, texts, load):
    assert not marked(texts)

    found = [one for one in lint(load(texts), Settings(select=(rule_id,))) if one.code == rule_id]

    assert render(found) == ""
