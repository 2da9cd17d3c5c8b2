"""Include and extends: other files' directories, variables and paths."""

import os

import pytest


def test_an_included_project_has_its_own_directory(plain, tmp_path):
    files = {"compose.yaml": "include: [sub/compose.yaml]\n", "sub/compose.yaml": "services: {a: {build: ./x}}\n"}
    assert plain(files)["services"]["a"]["build"]["context"] == str(tmp_path / "sub" / "x")


def test_a_project_directory_of_an_include_moves_its_paths(plain, tmp_path):
    os.makedirs(tmp_path / "other")
    files = {
        "compose.yaml": "include: [{path: sub/compose.yaml, project_directory: other}]\n",
        "sub/compose.yaml": "services: {a: {build: ./x}}\n",
    }
    assert plain(files)["services"]["a"]["build"]["context"] == str(tmp_path / "other" / "x")


def test_an_include_reads_its_own_variables(plain):
    files = {
        "compose.yaml": "include: [{path: b.yaml, env_file: b.env}]\nservices: {a: {image: '${TAG:-none}'}}\n",
        "b.yaml": "services: {b: {image: '${TAG:-none}'}}\n",
        "b.env": "TAG=own\n",
    }
    services = plain(files)["services"]
    assert (services["a"]["image"], services["b"]["image"]) == ("none", "own")


def test_an_include_may_have_overrides(plain):
    files = {
        "compose.yaml": "include: [{path: [b.yaml, c.yaml]}]\n",
        "b.yaml": "services: {b: {image: x}}\n",
        "c.yaml": "services: {b: {image: y}}\n",
    }
    assert plain(files)["services"]["b"]["image"] == "y"


def test_includes_nest(plain, tmp_path):
    files = {
        "compose.yaml": "include: [a/compose.yaml]\n",
        "a/compose.yaml": "include: [b/compose.yaml]\n",
        "a/b/compose.yaml": "services: {deep: {build: .}}\n",
    }
    assert plain(files)["services"]["deep"]["build"]["context"] == str(tmp_path / "a" / "b")


def test_the_same_definition_may_be_included_twice(plain):
    files = {
        "compose.yaml": "include: [a.yaml, b.yaml]\n",
        "a.yaml": "include: [c.yaml]\n",
        "b.yaml": "include: [c.yaml]\n",
        "c.yaml": "services: {c: {image: x}}\n",
    }
    assert list(plain(files)["services"]) == ["c"]


def test_a_later_file_overrides_what_is_included(plain):
    files = {
        "compose.yaml": "include: [a.yaml]\n",
        "a.yaml": "services: {a: {image: x, hostname: h}}\n",
        "over.yaml": "services: {a: {image: y}}\n",
    }
    service = plain(files, use=("compose.yaml", "over.yaml"))["services"]["a"]
    assert (service["image"], service["hostname"]) == ("y", "h")


def test_a_service_extends_one_of_another_folder(plain, tmp_path):
    files = {
        "compose.yaml": "services: {a: {extends: {file: sub/base.yaml, service: base}, hostname: h}}\n",
        "sub/base.yaml": "services: {base: {build: ./x, env_file: [b.env], volumes: ['./v:/v']}}\n",
        "sub/b.env": "B=1\n",
    }
    service = plain(files)["services"]["a"]
    assert service["build"]["context"] == str(tmp_path / "sub" / "x")
    assert service["environment"] == {"B": "1"}
    assert service["volumes"][0]["source"] == str(tmp_path / "sub" / "v")
    assert service["hostname"] == "h"


def test_extends_chains_over_files(plain, tmp_path):
    files = {
        "compose.yaml": "services: {a: {extends: {file: one/f.yaml, service: b}}}\n",
        "one/f.yaml": "services: {b: {hostname: b, extends: {file: two/f.yaml, service: c}}}\n",
        "one/two/f.yaml": "services: {c: {build: ., hostname: c, domainname: d}}\n",
    }
    service = plain(files)["services"]["a"]
    assert service["build"]["context"] == str(tmp_path / "one" / "two")
    assert (service["hostname"], service["domainname"]) == ("b", "d")


@pytest.mark.parametrize("directory", ["", "sub"])
def test_without_path_resolution_paths_are_relative_to_the_project(directory, plain):
    where = f"{directory}/" if directory else ""
    files = {
        "compose.yaml": f"services: {{a: {{extends: {{file: {where}base.yaml, service: base}}}}}}\n",
        f"{where}base.yaml": "services: {base: {build: ./x, extends: {file: more.yaml, service: m}}}\n",
        f"{where}more.yaml": "services: {m: {env_file: [{path: gone.env, required: false}]}}\n",
    }
    assert plain(files, resolve_paths=False)["services"]["a"]["build"]["context"] == f"{where}x"


def test_a_reset_takes_away_what_is_extended(plain):
    text = """
        services:
          a:
            extends: b
            hostname: !reset null
            cap_add: !override [C]
          b: {image: x, hostname: h, cap_add: [A]}
    """
    service = plain(text)["services"]["a"]
    assert "hostname" not in service
    assert service["cap_add"] == ["C"]


def test_an_extended_service_leaves_its_dependencies_out_of_nothing(plain):
    text = "services: {a: {extends: b}, b: {image: x, depends_on: [c], links: [c]}, c: {image: x}}\n"
    assert plain(text)["services"]["a"]["depends_on"]["c"]["required"] is True
