"""ARCHITECTURE.md says what the code says."""

import re
from functools import cache

import pytest
from code_tree import FLOORS, PACKAGE, ROOT, modules, project_table
from test_floors import OWNERS

from composekit.load import pipeline
from composekit.load.table import Field

STEPS = sorted(name for name in vars(pipeline) if name.endswith("_STEPS"))


@cache
def page() -> str:
    return (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page(), re.DOTALL | re.MULTILINE)
    assert found, f"ARCHITECTURE.md has no heading '{heading}'"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("name", STEPS)
def test_the_steps_are_those_of_the_pipeline(name: str) -> None:
    told = [(words(row[0])[0], words(row[1])[0]) for row in rows_under(name)]
    steps = getattr(pipeline, name)

    assert told == [
        (step.__name__, step.__module__.removeprefix("composekit.").replace(".", "/") + ".py") for step in steps
    ]


def test_every_tuple_of_steps_has_its_section() -> None:
    assert re.findall(r"^### (\w+_STEPS)$", page(), re.MULTILINE) != []
    assert sorted(re.findall(r"^### (\w+_STEPS)$", page(), re.MULTILINE)) == STEPS


def test_the_floors_are_those_the_imports_are_held_to() -> None:
    told = {int(row[0]): tuple(words(row[1])) for row in rows_under("Floors")}

    assert told == FLOORS


def test_the_columns_are_those_of_a_row() -> None:
    told = [words(row[0])[0] for row in rows_under("The table of attributes")]

    assert set(told) == set(Field.__slots__) - {"path"}


def test_the_owners_are_those_that_import() -> None:
    told = {words(row[0])[0]: words(row[1])[0] for row in rows_under("Heavy libraries and their owners")}
    owners = {
        library: owner.removeprefix("composekit.").replace(".", "/") + ".py"
        for library, owner in OWNERS.items()
        if library != "_ruamel_yaml"
    }

    assert told == owners


def test_every_dependency_is_named_with_its_reason() -> None:
    project = project_table()["project"]
    told = {words(row[0])[0]: row[1] for row in rows_under("Dependencies")}

    assert set(told) == {name_of(line) for line in project["dependencies"]}
    assert all(len(reason) > 20 for reason in told.values())
    below = page().partition("## Dependencies")[2].partition("\n## ")[0]
    optional = {name_of(line) for lines in project["optional-dependencies"].values() for line in lines}
    assert optional - {"composekit"} <= set(words(below))


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:composekit/)?(?:[a-z_]+/)*[a-z_]+\.(?:py|json|lark))`", page()))
    folders = {file.parent for file in modules().values()}
    missing = []
    for name in named:
        places = [ROOT / name, PACKAGE / name]
        if "/" not in name:
            places += [folder / name for folder in folders]
        if name not in ("live.json", "exit.json") and not any(place.exists() for place in places):
            missing.append(name)

    assert missing == []


def name_of(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0]
