"""Every attribute in its forms: fixtures/load/forms/<case>, and what `config` prints of them."""

import os

import pytest

from composekit.load.fields import FIELDS, ROOT
from composekit.load.pipeline import load
from composekit.load.request import LoadRequest
from composekit.load.table import Field, Kind, build_table
from composekit.schema.document import COMPOSE, read_schema
from composekit.source.node import Mapping, Sequence

FORMS = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "load", "forms"))
CASES = sorted(os.listdir(FORMS))
HOME = "/home/ada"


def request(case, **options):
    given = {"cwd": os.path.join(FORMS, case), "environment": {"HOME": HOME, "TOKEN": "t"}, "project_name": "forms"}
    return LoadRequest(**{**given, "profiles": ("*",), "all_resources": True, **options})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("style", ["yaml", "json"])
def test_config_prints_every_form(case, style, snapshot):
    from composekit.load.render import render_json, render_yaml

    loaded = load(request(case))
    assert not loaded.report.has_errors, list(loaded.report)
    text = render_yaml(loaded.tree) if style == "yaml" else render_json(loaded.tree)
    assert text.replace(FORMS, "/project") == snapshot


# The reference writes keys of `build.ssh` as "id: path", which it cannot read again.
@pytest.mark.parametrize("case", [case for case in CASES if case != "build"])
def test_what_config_prints_is_a_project_that_prints_the_same(case, tmp_path):
    from composekit.load.render import render_yaml

    first = render_yaml(load(request(case)).tree)
    (tmp_path / "compose.yaml").write_text(first.replace("$", "$$"))
    # Names are final now, and files have been read: only what cannot be written twice may go.
    second = load(request(case, cwd=str(tmp_path)))
    assert not second.report.has_errors, list(second.report)
    assert render_yaml(second.tree) == first


def test_every_row_of_the_table_is_reached_by_a_fixture():
    reached = set()
    for case in CASES:
        loaded = load(request(case), steps=())
        for document in (*loaded.documents, loaded.tree):
            _note(document, ROOT, reached)
    assert {row.path for row in FIELDS} - reached == set()


def _note(node, at, reached):
    if at.field is not None:
        reached.add(at.field.path)
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            _note(value, at.down(key), reached)
    elif isinstance(node, Sequence):
        for item in node:
            _note(item, at.down("[]"), reached)


def test_every_key_of_a_service_in_the_schema_has_a_row():
    service = read_schema(COMPOSE)["$defs"]["service"]["properties"]
    rows = ROOT.down("services").down_any("x").keys
    # Docker Compose's schema knows this one too, and its loader drops it.
    assert set(service) - set(rows) == {"pull_refresh_after"}


def test_every_row_of_a_service_is_in_the_schema():
    service = read_schema(COMPOSE)["$defs"]["service"]["properties"]
    assert not set(ROOT.down("services").down_any("x").keys) - set(service)


def test_two_rows_for_one_path_are_refused():
    row = Field("a.b", Kind.TEXT)
    with pytest.raises(ValueError, match=r"two rows for a\.b"):
        build_table((row, row))


def test_a_name_with_dots_is_one_key():
    services = ROOT.down("services")
    assert services.down_any("web.v2").down("image").field.path == "services.*.image"
    assert services.down_any("x-web").down("image").field.path == "services.*.image"
    assert ROOT.down("x-web").field is None
