"""The package's own source, read with `ast`: which module imports what, wherever in the module the import stands."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "composekit"

FLOORS: dict[int, tuple[str, ...]] = {
    6: ("pytest_plugin",),
    5: ("cli", "api", "testing"),
    4: ("lint", "swarm", "runtime"),
    3: ("load", "model", "images"),
    2: ("values", "schema", "report"),
    1: ("source", "supervise", "sandbox", "network"),
    0: ("errors", "data", "graph"),
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}

# The doors of the program, which only start what is in cli/; and the package itself, which holds the version.
DOORS = ("composekit", "composekit.__main__")


class Import(NamedTuple):
    """One import: by which module, of which module, where it stands, and when it happens."""

    by: str
    of: str
    place: str
    at_module_level: bool
    for_types_only: bool


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its full name."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imports() -> tuple[Import, ...]:
    return tuple(one for module in modules() for one in _imports_of(module))


def imports_of(module: str) -> list[Import]:
    return [one for one in imports() if one.by == module]


def part_of(module: str) -> str:
    """The package on a floor that a module belongs to, such as `load`; an empty text for the doors."""
    return "" if module in DOORS else module.split(".")[1]


@cache
def project_table() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _imports_of(module: str) -> Iterator[Import]:
    tree = tree_of(module)
    top = {id(node) for statement in tree.body for node in _unnested(statement)}
    types = {id(node) for statement in tree.body if _is_for_types(statement) for node in ast.walk(statement)}
    for node in ast.walk(tree):
        place = f"{modules()[module].relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for name in _names(node, module):
            yield Import(module, name, place, id(node) in top, id(node) in types)


def _is_for_types(statement: ast.AST) -> bool:
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test)


def _unnested(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and what runs with it when the module is imported."""
    if _is_for_types(statement):
        return
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement
        for inner in ast.iter_child_nodes(statement):
            if isinstance(inner, ast.stmt):
                yield from _unnested(inner)


def _names(node: ast.AST, module: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=base, names=names, level=0) if base is not None:
            for alias in names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in modules() else base
        case ast.ImportFrom():
            raise AssertionError(f"{module} has a relative import; whole names are easier to find")
        case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name))]):
            yield name
