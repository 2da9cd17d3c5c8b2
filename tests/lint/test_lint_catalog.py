import os
import re

import pytest
from ruamel.yaml import YAML

from composekit.lint.catalog import RULES, rule, rules
from composekit.lint.engine import lint
from composekit.lint.page import HEADINGS, as_list, as_markdown, as_text, read_page
from composekit.lint.rule import CATEGORIES, PROFILES
from composekit.lint.settings import Settings
from composekit.source.diagnostic import Severity

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def example_files(text):
    """Return the files of an example: those that comments such as `# db.env` begin, or else one."""
    parts = re.split(r"^# (\S+\.(?:yaml|env))\n", text + "\n", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)) if len(parts) > 1 else {"compose.yaml": text}


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_is_what_the_catalog_says(rule_id):
    info = rule(rule_id).INFO

    assert info.id == rule_id
    assert isinstance(info.severity, Severity)
    assert rule_id.startswith(CATEGORIES[info.category])
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", info.name)
    assert RULES[rule_id].rpartition(".")[2].replace("_", "-") == info.name
    assert re.fullmatch(r"\d+\.\d+", info.since)
    assert set(info.profiles) <= set(PROFILES)
    assert info.status in {"stable", "preview"}
    assert callable(rule(rule_id).check)


def test_names_are_unique_and_ids_in_order():
    names = [one.INFO.name for one in rules()]

    assert len(set(names)) == len(names)
    assert list(RULES) == sorted(RULES)


def test_every_rule_file_is_in_the_catalog():
    folder = os.path.join(ROOT, "composekit", "lint", "rules")
    files = {name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py")} - {"__init__"}

    assert {module.rpartition(".")[2] for module in RULES.values()} == files


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_has_a_page_with_all_headings(rule_id):
    page = read_page(rule(rule_id).__doc__)

    assert tuple(page.sections) == HEADINGS
    assert all(page.sections.values())
    assert page.title in as_text(rule(rule_id))


@pytest.mark.parametrize("rule_id", RULES)
def test_the_page_shows_a_bad_example_that_is_found_and_a_good_one_that_is_not(rule_id, load):
    page = read_page(rule(rule_id).__doc__)

    bad = lint(load(example_files(page.sections["Instead of"])), Settings(select=(rule_id,)))
    assert rule_id in {one.code for one in bad}
    good = load(example_files(page.sections["Write"]))
    assert lint(good, Settings()) == []
    assert lint(good, Settings(select=(rule_id,))) == []


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_has_bad_and_good_cases(rule_id):
    with open(os.path.join(ROOT, "fixtures", "lint", f"{rule_id}.yaml"), encoding="utf-8") as file:
        cases = YAML(typ="safe").load(file)

    assert set(cases) == {"bad", "good"}
    assert all(re.fullmatch(r"[a-z-]+", name) for kind in cases.values() for name in kind)


def test_every_fixture_belongs_to_a_rule():
    files = os.listdir(os.path.join(ROOT, "fixtures", "lint"))

    assert sorted(files) == [f"{rule_id}.yaml" for rule_id in RULES]


def test_the_rules_document_is_up_to_date():
    """If not: composekit explain --all --format markdown > docs/rules.md"""
    with open(os.path.join(ROOT, "docs", "rules.md"), encoding="utf-8") as file:
        assert file.read() == as_markdown(rules())


def test_the_list_has_a_line_for_each_rule():
    assert [line.split()[0] for line in as_list(rules()).splitlines()] == list(RULES)


@pytest.mark.parametrize(
    ("docstring", "message"),
    [
        (None, "no title"),
        ("Title.\n\nWhat it finds: x", "no 'Why it matters:'"),
        ("T.\n\nWhat it finds: x\nWhy it matters: x\nInstead of: x\nWrite:\nFix: none", "no 'Write:'"),
        ("T.\n\nWhy it matters: x\nWhat it finds: x\nInstead of: x\nWrite: x\nFix: none", "order"),
    ],
)
def test_a_page_that_is_not_complete_is_refused(docstring, message):
    with pytest.raises(ValueError, match=message):
        read_page(docstring)


def test_a_paragraph_may_go_on_over_lines():
    page = read_page("T.\n\nWhat it finds: a\n    b\nWhy it matters: c\nInstead of: d\nWrite:\n    e:\n      f\nFix: g")

    assert page.title == "T"
    assert page.sections["What it finds"] == "a b"
    assert page.sections["Write"] == "e:\n  f"
