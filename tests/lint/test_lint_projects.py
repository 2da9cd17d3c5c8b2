"""Which files make a project."""

import os
from pathlib import Path

import pytest

from composekit.lint.projects import is_layer, over_base, projects_below, projects_of, sharing, stacked
from composekit.load.opened import OpenedFiles

FULL = "services:\n  web:\n    image: nginx:1\n"
LAYER = "services:\n  web:\n    ports: ['80:80']\n"


@pytest.fixture
def tree(tmp_path):
    def write_all(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [tuple(os.path.relpath(one, tmp_path) for one in project) for project in projects_below(str(tmp_path))]

    return write_all


def test_a_folders_file_goes_with_its_override(tree):
    assert tree({"a/compose.yaml": FULL, "a/compose.override.yaml": LAYER, "b/docker-compose.yml": FULL}) == [
        ("a/compose.yaml", "a/compose.override.yaml"),
        ("b/docker-compose.yml",),
    ]


def test_a_layer_is_read_over_the_folders_file_and_a_whole_project_alone(tree):
    found = tree({"compose.yaml": FULL, "compose.prod.yaml": LAYER, "docker-compose-other.yml": FULL})

    assert found == [("compose.yaml",), ("compose.yaml", "compose.prod.yaml"), ("docker-compose-other.yml",)]


def test_a_layer_in_a_folder_below_is_read_over_the_project_above(tree):
    found = tree({"compose.yaml": FULL, "extensions/compose.debug.yaml": LAYER})

    assert found == [("compose.yaml",), ("compose.yaml", "extensions/compose.debug.yaml")]


def test_a_folders_own_file_that_adds_to_a_service_above_is_a_layer(tree):
    adds = "services:\n  web: {environment: [TRACE=1]}\n  tracer: {image: 'tracer:1'}\n"
    found = tree({"compose.yaml": FULL, "tracing/compose.yaml": adds, "other/compose.yaml": LAYER.replace("web", "x")})

    assert found == [("compose.yaml",), ("other/compose.yaml",), ("compose.yaml", "tracing/compose.yaml")]


def test_a_named_layer_needs_no_usual_name(tmp_path):
    for name, text in {"compose.yaml": FULL, "debug.yml": LAYER, "whole.yml": FULL, "empty.yml": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    base, *others = (str(tmp_path / name) for name in ("compose.yaml", "debug.yml", "whole.yml", "empty.yml"))

    assert projects_of([*others, base]) == [(base, others[0]), (others[1],), (base, others[2]), (base,)]


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        (FULL, False),
        (LAYER, True),
        (FULL + "    networks: [back]\n", True),
        (FULL + "    networks: [back, default]\nnetworks: {back: }\n", False),
        (FULL + "    depends_on: [db]\n", True),
        (FULL + "    depends_on: {db: }\n  db: {build: .}\n", False),
        ("services:\n  web: {extends: {file: base.yaml, service: web}}\n", False),
        ("volumes: {data: }\n", True),
        ("include: [other.yaml]\n", False),
        ("services: [\n", False),
        ("# nothing more than the base\n", True),
    ],
)
def test_a_layer_lacks_something(tmp_path, text, layer):
    file = tmp_path / "compose.x.yaml"
    file.write_text(text, encoding="utf-8")

    assert is_layer(str(file), OpenedFiles(str(tmp_path))) is layer


def test_other_yaml_files_are_left_alone(tree):
    found = tree(
        {
            "config.yaml": FULL,
            "stack.yaml": "resolver: lts\n",
            "decompose.yaml": FULL,
            ".git/compose.yaml": FULL,
            "node_modules/x/compose.yaml": FULL,
            "web-stack.yml": FULL,
            ".devcontainer/docker-compose.yml": FULL,
        }
    )

    assert found == [("web-stack.yml",), (".devcontainer/docker-compose.yml",)]


def test_excluded_files_and_folders_are_left_out(tmp_path, tree):
    tree({"a/compose.yaml": FULL, "a/compose.test.yaml": FULL, "b/compose.yaml": FULL})
    found = list(projects_below(str(tmp_path), ("b", "*.test.yaml"), str(tmp_path)))

    assert found == [(str(tmp_path / "a/compose.yaml"),)]


def test_a_file_stands_for_its_project(tmp_path, tree):
    tree({"compose.yaml": FULL, "compose.override.yaml": LAYER, "compose.prod.yaml": LAYER, "odd.yaml": FULL})
    path = {name: str(tmp_path / name) for name in os.listdir(tmp_path)}

    def of(*names):
        return [tuple(os.path.basename(file) for file in one) for one in projects_of(path[name] for name in names)]

    assert of("compose.override.yaml", "compose.yaml") == [("compose.yaml", "compose.override.yaml")]
    assert of("compose.prod.yaml") == [("compose.yaml", "compose.prod.yaml")]
    assert of("odd.yaml") == [("odd.yaml",)]
    assert projects_of([str(tmp_path / "new" / "compose.yaml")]) == [(str(tmp_path / "new" / "compose.yaml"),)]


def test_projects_that_share_files_are_a_group():
    assert sharing([("a", "b"), ("c",), ("b", "d"), ("e",), ("d", "e")]) == [[0, 2, 3, 4], [1]]
    assert sharing([]) == []


def test_a_file_that_is_only_named_like_a_compose_file_is_no_project(tree):
    found = tree(
        {
            "docker_compose_build.yaml": "command: docker compose build\nshort: Build or rebuild services\n",
            "docker-compose.old.yml": "web:\n  image: nginx:1\n",
            "docker-compose.empty.yml": "# later\n",
            "docker-compose.flow.yml": "{services: {web: {image: nginx}}}\n",
            "docker-compose.broken.yml": "services:\n  web: [\n",
        }
    )

    assert sorted(found) == [
        ("docker-compose.broken.yml",),
        ("docker-compose.empty.yml",),
        ("docker-compose.flow.yml",),
        ("docker-compose.old.yml",),
    ]


def test_an_override_in_a_folder_below_belongs_to_the_base_above(tree):
    found = tree({"compose.yaml": FULL, "ready/compose.override.yaml": FULL.replace("image: nginx:1", "build: ./web")})

    assert ("compose.yaml", "ready/compose.override.yaml") in found


def test_the_layers_of_one_base_may_be_read_together():
    assert stacked([("a",), ("a", "b"), ("a", "c"), ("x", "y")]) == [(("a", "b", "c"), [])]
    assert stacked([("a", "b"), ("a", "c"), ("a", "d")]) == [
        (("a", "b", "c", "d"), [("a", "b", "c"), ("a", "b", "d"), ("a", "c", "d")])
    ]


def test_what_is_a_project_already_is_no_other_combination():
    assert stacked([("a", "b"), ("a", "b", "c"), ("a", "c")]) == []
    assert stacked([("a",), ("b",), ()]) == []


def test_a_file_with_a_service_of_the_base_may_be_read_over_it(tmp_path):
    base, prod, other = (str(tmp_path / f"compose.{name}yaml") for name in ("", "prod.", "other."))
    for file, text in ((base, FULL), (prod, FULL), (other, FULL.replace("web", "x"))):
        Path(file).write_text(text, encoding="utf-8")

    assert over_base((prod,), OpenedFiles("")) == (base, prod)
    assert over_base((other,), OpenedFiles("")) == (other,)
    assert over_base((base,), OpenedFiles("")) == (base,)
    assert over_base((base, prod), OpenedFiles("")) == (base, prod)
