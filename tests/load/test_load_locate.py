"""Where the project is: files, directory, variables, profiles and name."""

import os

import pytest

from composekit.source.node import to_python

ONE = "services: {one: {image: x}}\n"
TWO = "services: {two: {image: x}}\n"


def services(loaded):
    assert not loaded.report.has_errors, list(loaded.report)
    return list(to_python(loaded.tree)["services"])


@pytest.mark.parametrize("name", ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"])
def test_the_usual_names_are_found(name, load):
    assert services(load({name: ONE}, use=())) == ["one"]


@pytest.mark.parametrize("name", ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml"])
def test_an_override_beside_it_is_taken(name, load):
    assert services(load({"compose.yaml": ONE, name: TWO}, use=())) == ["one", "two"]


def test_an_override_is_not_taken_with_f(load):
    assert services(load({"compose.yaml": ONE, "compose.override.yaml": TWO})) == ["one"]


def test_folders_above_are_searched(load, tmp_path):
    os.makedirs(tmp_path / "a" / "b")
    loaded = load({"compose.yaml": ONE}, use=(), cwd=str(tmp_path / "a" / "b"))
    assert services(loaded) == ["one"]
    assert loaded.directory == str(tmp_path)


def test_compose_file_names_files(load):
    files = {"1.yaml": ONE, "2.yaml": TWO}
    assert services(load(files, use=(), env={"COMPOSE_FILE": "1.yaml:2.yaml"})) == ["one", "two"]
    separated = {"COMPOSE_FILE": "1.yaml;2.yaml", "COMPOSE_PATH_SEPARATOR": ";"}
    assert services(load(files, use=(), env=separated)) == ["one", "two"]


def test_compose_file_may_stand_in_dot_env(load):
    assert services(load({"1.yaml": ONE, ".env": "COMPOSE_FILE=1.yaml\n"}, use=())) == ["one"]


def test_f_wins_over_compose_file(load):
    files = {"1.yaml": ONE, "2.yaml": TWO}
    assert services(load(files, use=("2.yaml",), env={"COMPOSE_FILE": "1.yaml"})) == ["two"]


def hostname(loaded):
    assert not loaded.report.has_errors, list(loaded.report)
    return to_python(loaded.tree)["services"]["a"].get("hostname", "")


HOST = "services: {a: {image: x, hostname: '${H:-none}'}}\n"
ORDER = {
    "nothing": ({}, {}, {}, "none"),
    "dot env": ({".env": "H=file"}, {}, {}, "file"),
    "the environment wins": ({".env": "H=file"}, {"H": "shell"}, {}, "shell"),
    "an env file instead of dot env": ({".env": "H=file", "b.env": "H=b"}, {}, {"env_files": ("b.env",)}, "b"),
    "the last env file wins": ({"b.env": "H=b", "c.env": "H=c"}, {}, {"env_files": ("b.env", "c.env")}, "c"),
    "env files of the environment": ({"b.env": "H=b"}, {"COMPOSE_ENV_FILES": "b.env"}, {}, "b"),
    "dot env switched off": ({".env": "H=file"}, {"COMPOSE_DISABLE_ENV_FILE": "1"}, {}, "none"),
}


@pytest.mark.parametrize("case", ORDER)
def test_variables_have_an_order(case, load):
    files, env, request, expected = ORDER[case]
    assert hostname(load({"compose.yaml": HOST, **files}, env=env, **request)) == expected


def test_dot_env_of_the_project_directory_is_read(load):
    loaded = load({"sub/compose.yaml": HOST, "sub/.env": "H=sub"}, use=("sub/compose.yaml",))
    assert hostname(loaded) == "sub"


PROFILES = "services: {a: {image: x}, b: {image: x, profiles: [one]}, c: {image: x, profiles: [two]}}\n"


@pytest.mark.parametrize(
    ("request_", "env", "expected"),
    [
        ({}, {}, ["a"]),
        ({"profiles": ("one",)}, {}, ["a", "b"]),
        ({"profiles": ("*",)}, {}, ["a", "b", "c"]),
        ({}, {"COMPOSE_PROFILES": "one, two"}, ["a", "b", "c"]),
        ({"profiles": ("two",)}, {"COMPOSE_PROFILES": "one"}, ["a", "c"]),
        ({"services": ("b",)}, {}, ["b"]),
    ],
)
def test_profiles_choose_services(request_, env, expected, load):
    assert services(load(PROFILES, env=env, **request_)) == expected


def test_a_needed_service_whose_profile_is_off_may_be_optional(load):
    needs = "{b: {condition: service_started, required: false}}"
    text = f"services: {{a: {{image: x, depends_on: {needs}}}, b: {{image: x, profiles: [p]}}}}"
    assert services(load(text)) == ["a"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Demo", "demo"), ("my app!", "myapp"), ("--x", "x"), ("${N}", "from-env"), ("a_b-1", "a_b-1")],
)
def test_a_name_is_made_a_project_name(name, expected, load):
    assert load(f"name: '{name}'\n{ONE}", env={"N": "from-env"}).name == expected


def test_the_folder_names_the_project(load, tmp_path):
    loaded = load({"My Shop/compose.yaml": ONE}, use=("My Shop/compose.yaml",))
    assert loaded.name == "myshop"
    assert loaded.directory == str(tmp_path / "My Shop")


def test_a_project_directory_is_given(load, tmp_path):
    os.makedirs(tmp_path / "elsewhere")
    text = "services: {a: {image: x, build: ./ctx}}\n"
    loaded = load({"compose.yaml": text}, project_directory="elsewhere")
    assert to_python(loaded.tree)["services"]["a"]["build"]["context"] == str(tmp_path / "elsewhere" / "ctx")
