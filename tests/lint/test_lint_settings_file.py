"""Settings files: what they say, and where they are wrong."""

import json
import os
import re

import jsonschema
import pytest
from ruamel.yaml import YAML

from composekit.data import data_file
from composekit.lint.catalog import rules
from composekit.lint.rule import RuleInfo, Setting
from composekit.lint.settings_check import check
from composekit.lint.settings_file import find_settings, read_settings, read_tree, wants_plugins
from composekit.schema.document import read_schema
from composekit.source.diagnostic import Report, Severity
from composekit.source.node import from_python

PORTS = RuleInfo("CK402", "host-port-twice", Severity.ERROR, "correctness", "0.1")
TAGS = RuleInfo(
    "CK504",
    "image-tag-floating",
    Severity.WARNING,
    "security",
    "0.1",
    settings=(Setting("allow", ("latest-ok",), "images"), Setting("most", 3, "how many")),
)


@pytest.fixture
def read(tmp_path):
    def run(text, name=".composekit.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        report = Report()
        path = str(tmp_path / name)
        tree = read_tree(path, str(tmp_path), report)
        given = read_settings(tree, path, [PORTS, TAGS], report) if tree is not None else None
        return given, [f"{one.span}: {one.message}" for one in report], report

    return run


YAML_TEXT = """\
profile: strict
extend-select: [CK504]
ignore: [host-*]
severity:
  security: info
  CK504: error
rules:
  image-tag-floating:
    allow: [nginx, redis]
overrides:
  - paths: ["dev/**"]
    ignore: [security]
    rules: {CK504: {most: 7}}
exclude: [vendor]
fail-on: error
baseline: ci/known.json
plugins: true
fmt: {quotes: keep}
"""

TOML_TEXT = """\
[project]
name = "x"
[tool.composekit]
profile = "strict"
extend-select = ["CK504"]
ignore = ["host-*"]
exclude = ["vendor"]
fail-on = "error"
baseline = "ci/known.json"
plugins = true
severity = {security = "info", CK504 = "error"}
fmt = {quotes = "keep"}
[tool.composekit.rules.image-tag-floating]
allow = ["nginx", "redis"]
[[tool.composekit.overrides]]
paths = ["dev/**"]
ignore = ["security"]
rules = {CK504 = {most = 7}}
"""


@pytest.mark.parametrize(("name", "text"), [(".composekit.yaml", YAML_TEXT), ("pyproject.toml", TOML_TEXT)])
def test_yaml_and_toml_say_the_same(read, tmp_path, name, text):
    given, wrong, _ = read(text, name)
    settings = given.settings

    assert wrong == []
    assert (settings.profile, settings.extend_select, settings.ignore) == ("strict", ("CK504",), ("host-*",))
    assert settings.severity(TAGS) is Severity.ERROR
    assert settings.options == {"CK504": {"allow": ("nginx", "redis")}}
    assert (given.exclude, given.fail_on, given.plugins, given.fmt) == (("vendor",), "error", True, {"quotes": "keep"})
    assert given.baseline == str(tmp_path / "ci" / "known.json")
    here = settings.for_file(str(tmp_path / "dev" / "a" / "compose.yaml"))
    assert not here.wants(TAGS)
    assert here.options == {"CK504": {"allow": ("nginx", "redis"), "most": 7}}
    assert settings.for_file(str(tmp_path / "compose.yaml")) is settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("profil: strict\n", "1:1: 'profil' is not a setting"),
        ("profile: lax\n", "1:10: 'profile' must be one of default, strict, hardened, homelab, swarm, found 'lax'"),
        ("select: CK504\n", "1:9: 'select' must be a list, found 'CK504'"),
        ("plugins: 'yes'\n", "1:10: 'plugins' must be true or false, found 'yes'"),
        ("overrides:\n  - ignore: [CK504]\n", "2:5: 'overrides[0]' needs 'paths'"),
        ("ignore:\n  - CK499\n", "2:5: no rule matches 'CK499'"),
        ("severity:\n  CK504: error\n  tags: info\n", "3:3: no rule matches 'tags'"),
        ("rules:\n  CK402: {most: 1}\n", "2:11: the rule CK402 has no setting 'most'"),
        ("rules:\n  CK504: {most: many}\n", "2:17: the setting 'most' of CK504 must be a value such as 3, found many"),
        ("rules:\n  CK504: {most: true}\n", "2:17: the setting 'most' of CK504 must be a value such as 3, found true"),
        ("rules:\n  CK504: {allow: x}\n", "2:18: the setting 'allow' of CK504 must be a list, found x"),
        ("- a\n", "1:1: 'settings' must be a mapping, found a list"),
        ("a: [\n", "1:4: not valid YAML"),
    ],
)
def test_a_mistake_is_told_at_its_place(read, text, message):
    _, wrong, report = read(text)

    assert report.has_errors
    assert wrong[0].startswith(f".composekit.yaml:{message}")


def test_a_mistake_of_toml_is_told_with_what_pythons_reader_says(read):
    _, wrong, _ = read("[tool.composekit]\nselect = CK504\n", "pyproject.toml")

    assert "not valid TOML" in wrong[0]
    assert "line 2" in wrong[0]


def test_a_typing_error_has_a_suggestion(read):
    assert read("extend_select: []\n")[2].diagnostics[0].hint == "did you mean 'extend-select'?"


def test_an_empty_file_changes_nothing(read):
    given, wrong, _ = read("# later\n")

    assert wrong == []
    assert given.settings._replace(root="") == type(given.settings)()


def test_the_nearest_file_counts(tmp_path):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / ".composekit.yaml").write_text("", encoding="utf-8")
    assert find_settings(str(below)) == str(tmp_path / ".composekit.yaml")

    (tmp_path / "a" / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert find_settings(str(below)) == str(tmp_path / ".composekit.yaml")

    (tmp_path / "a" / "pyproject.toml").write_text("[tool.composekit]\n", encoding="utf-8")
    assert find_settings(str(below)) == str(tmp_path / "a" / "pyproject.toml")


def test_a_profile_of_the_line_replaces_the_selection_of_the_file(read):
    from composekit.lint.settings import make_settings

    given, _, _ = read("select: [CK402]\n")
    strict = make_settings((), (), [PORTS, TAGS], profile="strict", base=given.settings)

    assert strict.wants(TAGS)
    assert make_settings(["CK504"], (), [PORTS, TAGS], base=given.settings).select == ("CK504",)
    assert not make_settings((), ["CK4"], [PORTS, TAGS], base=given.settings).wants(PORTS)


@pytest.fixture
def schema():
    with open(data_file("schemas", "settings.json"), encoding="utf-8") as file:
        found = json.load(file)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize(
    "text",
    [
        YAML_TEXT, "{}", "profile: 3", "profile: lax", "select: [1]", "select: {}", "ignore: null", "overrides: [{}]",
        "overrides: [{paths: [a]}]", "overrides: [{paths: a}]", "rules: {a: {b: 1}}", "rules: {a: 1}", "x: 1",
        "severity: {a: error}", "severity: {a: fatal}", "plugins: 1", "fmt: {order: false, sort: [services]}",
        "fmt: {sort: [ports]}", "fmt: {other: 1}", "exclude: [a, b]", "baseline: [a]",
    ],
)  # fmt: skip
def test_our_check_agrees_with_the_schema(schema, text):
    value = YAML(typ="safe").load(text)
    report = Report()
    check(from_python(value), read_schema("settings.json"), report)

    assert (len(report) == 0) is jsonschema.Draft202012Validator(schema).is_valid(value)


def test_plugins_are_asked_for_by_true_only():
    assert wants_plugins(from_python({"plugins": True}))
    assert not wants_plugins(from_python({}))


def test_the_example_of_the_page_is_right(tmp_path):
    root = os.path.join(os.path.dirname(__file__), "..", "..")
    with open(os.path.join(root, "docs", "lint.md"), encoding="utf-8") as file:
        text = re.search(r"^## Settings$.*?^```yaml\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)[1]
    path = tmp_path / ".composekit.yaml"
    path.write_text(text, encoding="utf-8")
    report = Report()
    tree = read_tree(str(path), str(tmp_path), report)
    given = read_settings(tree, str(path), [rule.INFO for rule in rules()], report)

    assert [f"{one.span}: {one.message}" for one in report] == []
    assert set(tree) >= set(read_schema("settings.json")["properties"]) - {"select"}
    assert given.settings.options["CK801"]["order"]
