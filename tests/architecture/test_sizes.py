"""A module is one idea and a function fits a screen; every exception has a reason."""

import ast
import re
from pathlib import Path

import pytest
from code_tree import PACKAGE, ROOT, modules, project_table, tree_of

LINES_OF_A_MODULE = 450
LINES_OF_A_FUNCTION = 45

LONGER: dict[str, tuple[int, str]] = {
    "composekit.load.fields": (700, "THE table: one row per attribute of a Compose file, and no code"),
    "composekit.runtime.labels.labels_of": (50, "one label per line"),
    "composekit.runtime.translate.spec": (50, "one member of the spec per line"),
}
"""Module, or module and function with a dot between: how many lines it may have, and why."""

EXCEPTION = re.compile(r"#\s*(?:noqa|type: ignore)")
WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z0-9]+(?:, ?[A-Z0-9]+)*|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\])\s*(?:#|-|\()"
)


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_is_one_idea(module: str) -> None:
    lines = len(modules()[module].read_text(encoding="utf-8").splitlines())

    assert lines <= LONGER.get(module, (LINES_OF_A_MODULE, ""))[0]


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_function_fits_a_screen(module: str) -> None:
    wrong = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGER.get(f"{module}.{node.name}", (LINES_OF_A_FUNCTION, ""))[0]:
                wrong.append(f"{node.name}: {lines} lines")

    assert wrong == []


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_says_what_it_owns(module: str) -> None:
    assert ast.get_docstring(tree_of(module)), module


def test_names_say_what_a_module_is_about() -> None:
    vague = ("util", "helper", "manager", "handler", "common", "misc")
    wrong = [name for name in modules() if any(word in name.rpartition(".")[2] for word in vague)]

    assert wrong == []


def test_every_exception_to_a_check_has_a_reason_beside_it() -> None:
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if EXCEPTION.search(line) and not WITH_REASON.search(line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()}")

    assert wrong == []


def test_every_setting_that_relaxes_a_check_has_a_reason_beside_it() -> None:
    text = Path(ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = project_table()["tool"]["ruff"]["lint"]
    rules = [*ruff["ignore"], *(rule for found in ruff["per-file-ignores"].values() for rule in found)]
    relaxed = re.compile(r'"(?:' + "|".join(rules) + r')"')
    lines = [line for line in text.splitlines() if relaxed.search(line) and not line.startswith("select")]

    assert len(lines) >= len(set(rules)) - 5
    assert [line for line in lines if "#" not in line] == []
