"""Imports go down the floors of ARCHITECTURE.md only, and each heavy library has one owner."""

import pytest
from code_tree import DOORS, FLOOR_OF, imports, imports_of, is_standard, modules, part_of, project_table

OWNERS = {
    "_ruamel_yaml": "composekit.source.events",
    "ruamel": "composekit.source.events",
    "jsonschema": "composekit.schema.explain",
    "lark": "composekit.values.grammar",
    "click": "composekit.cli.parser",
    "pytest": "composekit.pytest_plugin",
}

INSIDE_THE_SUPERVISOR = ("supervise", "sandbox", "network", "errors", "data", "graph")

EXTRAS = ("watch",)
"""The extras that make composekit do something better; the others are for its tests and its development."""


def test_every_part_of_the_package_stands_on_a_floor() -> None:
    assert {part_of(module) for module in modules() if module not in DOORS} == set(FLOOR_OF)


def test_imports_go_down_only_and_siblings_do_not_import_each_other() -> None:
    wrong = []
    for one in imports():
        if one.by in DOORS or not one.of.startswith("composekit."):
            continue
        here, there = part_of(one.by), part_of(one.of)
        if here != there and FLOOR_OF[there] >= FLOOR_OF[here]:
            wrong.append(f"{one.place}: {here} (floor {FLOOR_OF[here]}) imports {one.of} (floor {FLOOR_OF[there]})")

    assert wrong == []


def test_only_the_command_line_imports_the_command_line() -> None:
    wrong = [
        one.place
        for one in imports()
        if one.of.startswith("composekit.cli") and part_of(one.by) != "cli" and one.by not in DOORS
    ]

    assert wrong == []


def test_floor_0_is_the_standard_library_only() -> None:
    wrong = [
        one.place
        for one in imports()
        if one.by not in DOORS and FLOOR_OF[part_of(one.by)] == 0 and not is_standard(one.of)
    ]

    assert wrong == []


@pytest.mark.parametrize(("library", "owner"), OWNERS.items())
def test_a_heavy_library_is_imported_by_its_owner_only(library: str, owner: str) -> None:
    users = {one.by: one.place for one in imports() if one.of.partition(".")[0] == library and not one.for_types_only}

    assert list(users) == [owner], users


@pytest.mark.parametrize("library", sorted({*OWNERS, "asyncio", "logging", "inspect"} - {"click", "pytest"}))
def test_a_heavy_library_is_imported_inside_functions(library: str) -> None:
    wrong = [one.place for one in imports() if one.of.partition(".")[0] == library and one.at_module_level]

    assert wrong == []


def test_what_is_imported_from_others_is_a_dependency() -> None:
    project = project_table()["project"]
    optional = [line for name, lines in project["optional-dependencies"].items() if name in EXTRAS for line in lines]
    named = {line.split(";")[0].split(">")[0].strip() for line in [*project["dependencies"], *optional]}
    packages = {"ruamel": "ruamel.yaml", "_ruamel_yaml": "ruamel.yaml.clib"}
    used = {one.of.partition(".")[0] for one in imports() if not is_standard(one.of)} - {"composekit"}
    used -= {"pytest"}  # who imports the plugin is pytest
    used -= {"_sha2", "_sha256"}  # of the standard library, one before Python 3.12 and one since

    assert {packages.get(name, name) for name in used} == named


def test_only_processes_and_no_compose_are_known_inside_the_supervisor() -> None:
    seen: set[str] = set()
    waiting = ["composekit.runtime.daemon"]
    while waiting:
        module = waiting.pop()
        if module not in seen and module in modules():
            seen.add(module)
            waiting += [one.of for one in imports_of(module)]
    beyond = {module for module in seen if part_of(module) not in INSIDE_THE_SUPERVISOR}

    assert beyond - set(DOORS) == {"composekit.runtime.daemon"}
    assert {"composekit.supervise.daemon", "composekit.sandbox.enter", "composekit.network.hook"} <= seen
