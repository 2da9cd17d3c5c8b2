import json
import re

import pytest
from swarm_conversion import FIXTURES, convert_file, path_of

from composekit.data import data_file
from composekit.load.stack_fields import FIELDS
from composekit.load.stack_row import Level
from composekit.source.diagnostic import Severity
from composekit.source.node import from_python
from composekit.swarm.losses import level_of, places

SAYING = [row for row in FIELDS if row.code]


@pytest.fixture(scope="module")
def schema():
    with open(data_file("schemas", "compose.json"), encoding="utf-8") as file:
        return json.load(file)


def test_every_attribute_of_a_service_has_a_row(schema):
    services = {
        path.split(".")[2].partition("[")[0] for path in (row.path for row in FIELDS) if path.startswith("services.*.")
    }
    known = {key for key in schema["$defs"]["service"]["properties"] if not key.startswith("x-")}
    assert services == known


@pytest.mark.parametrize("row", SAYING, ids=lambda row: f"{row.code}-{row.path}")
def test_a_row_that_says_something_has_a_code_of_its_range_and_one_line(row):
    assert re.fullmatch(r"CK7\d\d", row.code)
    assert row.message
    assert "\n" not in row.message + row.hint
    assert row.message[0] == row.message[0].lower()
    assert row.message[-1] not in ".!"
    assert row.level is not Level.SUPPORTED


def test_a_code_has_one_severity():
    severities = {}
    for row in SAYING:
        assert severities.setdefault(row.code, row.severity) is row.severity


def test_what_is_emulated_is_no_warning_and_what_is_changed_is_one():
    for row in SAYING:
        if row.level is Level.EMULATED:
            assert row.severity is Severity.INFO, row.path
        if row.level is Level.CHANGED:
            assert row.severity is Severity.WARNING, row.path


def generic(path):
    """Return the path of the table for a path of a tree."""
    known = {tuple(row.path.replace("[]", ".[]").split(".")): row.path for row in SAYING}
    for words, shown in known.items():
        if len(words) == len(path) and all(
            word in ("*", key) or (word == "[]" and isinstance(key, int)) for word, key in zip(words, path, strict=True)
        ):
            return shown
    return None


def test_every_row_is_reported_for_some_fixture():
    found = {generic(one.path) for case in FIXTURES for one in convert_file(path_of(case)).report}
    assert {row.path for row in SAYING} <= found
    assert {row.code for row in SAYING} <= {one.code for case in FIXTURES for one in convert_file(path_of(case)).report}


def test_every_loss_points_into_the_file():
    for one in convert_file(path_of("lossy")).report:
        assert one.span is not None
        assert one.span.source.name == "compose.yaml"
        assert level_of(one) in {level.value for level in Level}


def test_places_are_found_under_any_key_and_in_any_item():
    tree = from_python(
        {"services": {"a": {"ports": [{"name": "x"}, {"name": ""}, {}]}, "b": {"ports": [{"name": "y"}]}}}
    )
    found = list(places(tree, "services.*.ports[].name"))
    assert [(one.path, one.owner, one.text) for one in found] == [
        (("services", "a", "ports", 0, "name"), "a", "x"),
        (("services", "b", "ports", 0, "name"), "b", "y"),
    ]


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_a_value_that_says_nothing_is_no_place(value):
    assert list(places(from_python({"services": {"a": {"privileged": value}}}), "services.*.privileged")) == []


def test_a_message_never_shows_a_value_it_does_not_need():
    made = convert_file(path_of("emulated"))
    assert all("value" not in one.facts for one in made.report if one.path[-1] == "content")


def test_waiting_for_a_healthy_service_is_worse_than_waiting_for_a_started_one(convert):
    made = convert("""
        services:
          web: {image: x, depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}}
          db: {image: x}
          cache: {image: x}
    """)
    assert made.only("CK715").severity is Severity.WARNING
    assert made.only("CK714").severity is Severity.INFO


def test_a_container_name_equal_to_the_service_loses_nothing(convert):
    made = convert("services: {web: {image: x, container_name: web}, db: {image: x, container_name: postgres}}")
    assert made.only("CK703").path == ("services", "web", "container_name")
    assert made.only("CK713").facts["value"] == "postgres"


def test_a_service_of_a_provider_is_left_out_of_the_stack(convert):
    made = convert("services: {web: {image: x}, vpn: {provider: {type: tunnel}}}")
    assert [one["Name"] for one in made.bodies["services"]] == ["demo_web"]
    assert made.only("CK730").facts["level"] == "refused"


@pytest.mark.parametrize("name", ["a.b", "x_", "w" * 60])
def test_a_name_that_the_engine_refuses_is_reported_where_it_stands(convert, name):
    made = convert(f"services: {{{name}: {{image: x}}}}")
    assert made.only("CK799").span.text == name
