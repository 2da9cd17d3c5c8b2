"""Where values come from: every place that set one, and the variables inside."""

import pytest

from composekit.errors import ComposekitError
from composekit.load.pipeline import load
from composekit.load.provenance import explain, parse_path
from composekit.load.request import LoadRequest

BASE = """\
services:
  web:
    image: nginx:${TAG:-1}
    environment:
      TZ: ${ZONE:-UTC}
      LEVEL: info
    ports: ["${PORT}:80"]
    env_file: web.env
    depends_on: {db: {condition: service_healthy}}
  db:
    image: postgres:17
"""
OVERRIDE = """\
services:
  web:
    image: nginx:2
    environment:
      - TZ=Europe/${CITY}
"""


@pytest.fixture
def where(tmp_path):
    (tmp_path / "compose.yaml").write_text(BASE)
    (tmp_path / "over.yaml").write_text(OVERRIDE)
    (tmp_path / ".env").write_text("# towns\nCITY=Berlin\nPORT=8080\n")
    (tmp_path / "web.env").write_text("LEVEL=debug\nONLY_HERE=1\n")

    def ask(path, environment=None):
        environment = environment or {}
        request = LoadRequest(str(tmp_path), environment, files=("compose.yaml", "over.yaml"), trace=True)
        loaded = load(request)
        assert loaded.tree is not None, list(loaded.report)
        found = explain(loaded.tree, parse_path(path), loaded.history, environment)
        return {
            one.path[-1]: (
                one.value,
                [
                    (str(s.span), s.value, [(v.name, v.origin, str(v.span or "")) for v in s.variables])
                    for s in one.settings
                ],
            )
            for one in found
        }

    return ask


def test_an_overridden_value_names_both_files_the_winner_first(where):
    assert where("services.web.image") == {
        "image": (
            "nginx:2",
            [
                ("over.yaml:3:12", "nginx:2", []),
                ("compose.yaml:3:12", "nginx:1", [("TAG", "default", "")]),
            ],
        )
    }


def test_a_list_entry_overrides_a_mapping_entry_of_the_same_variable(where):
    value, settings = where("services.web.environment.TZ")["TZ"]

    assert value == "Europe/Berlin"
    assert settings == [
        ("over.yaml:5:9", "Europe/Berlin", [("CITY", "env file", ".env:2:1")]),
        ("compose.yaml:5:11", "UTC", [("ZONE", "default", "")]),
    ]


def test_the_environment_of_the_process_wins_over_the_env_file(where):
    value, settings = where("services.web.environment.TZ", {"CITY": "Rome"})["TZ"]

    assert value == "Europe/Rome"
    assert settings[0][2] == [("CITY", "environment", "")]


def test_environment_wins_over_an_env_file_and_says_so(where):
    value, settings = where("services.web.environment.LEVEL")["LEVEL"]

    assert (value, [place for place, _, _ in settings]) == ("info", ["compose.yaml:6:14", "web.env:1:1"])


def test_a_variable_of_an_env_file_points_into_that_file(where):
    assert where("services.web.environment.ONLY_HERE") == {"ONLY_HERE": ("1", [("web.env:2:1", "1", [])])}


def test_every_part_of_a_short_form_points_at_it(where):
    parts = where("services.web.ports[0]")

    assert {key: value for key, (value, _) in parts.items()} == {
        "mode": "ingress",
        "target": 80,
        "published": "8080",
        "protocol": "tcp",
    }
    assert all(settings[0][0] == "compose.yaml:7:13" for _, settings in parts.values())


def test_what_compose_supplies_stands_in_no_file(where):
    assert where("services.web.networks.default") == {"default": (None, [])}
    assert where("networks.default.name")["name"][1] == []
    assert where("services.web.depends_on.db.required") == {"required": (True, [])}


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("services.wbe", "services has no 'wbe'", "did you mean 'web'?"),
        ("servces", "the project has no 'servces'", "did you mean 'services'?"),
        ("services.web.ports[7]", "services.web.ports has no '7'", "it is a list of 1; write [0] to [0]"),
        ("services.web.image.tag", "services.web.image has no 'tag'", "it is a single value"),
        ("services..web", "'services..web' is not a path", "write one such as services.web.environment.TZ"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(where, path, message, hint):
    with pytest.raises(ComposekitError) as raised:
        where(path)

    assert (str(raised.value), raised.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("services.web.ports[0].target", ("services", "web", "ports", 0, "target")),
        ('services."a.b".image', ("services", "a.b", "image")),
        (r'services."say \"hi\""', ("services", 'say "hi"')),
        ("x-y_z.1", ("x-y_z", "1")),
    ],
)
def test_paths_are_read_as_they_are_shown(text, path):
    assert parse_path(text) == path
