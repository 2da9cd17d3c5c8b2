"""A package that is put off runs its own code when something of it is asked for."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from composekit.source.later import put_off


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a package that tells in its parent's file that it has run."""
    inner = tmp_path / "shelf_of_tests" / "inner"
    inner.mkdir(parents=True)
    (inner.parent / "__init__.py").write_text("runs = []\n")
    (inner / "__init__.py").write_text("import shelf_of_tests\nshelf_of_tests.runs.append(1)\nfrom .part import BOOK\n")
    (inner / "part.py").write_text("BOOK = 'a book'\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("shelf_of_tests", "shelf_of_tests.inner", "shelf_of_tests.inner.part"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "shelf_of_tests.inner"


def test_submodules_come_without_the_packages_own_code(shelf: str) -> None:
    put_off(shelf)
    part = import_module(f"{shelf}.part")

    assert part.BOOK == "a book"
    assert shelf_of_tests_runs() == []


def test_the_code_runs_once_when_something_is_asked_for(shelf: str) -> None:
    put_off(shelf)
    import shelf_of_tests.inner

    assert shelf_of_tests.inner.BOOK == "a book"
    assert shelf_of_tests.inner.part.BOOK == "a book"
    assert shelf_of_tests_runs() == [1]


def test_a_package_that_is_there_is_left_alone() -> None:
    import json

    put_off("json")

    assert sys.modules["json"] is json


def test_a_package_that_is_not_installed_is_not_there_later() -> None:
    put_off("no_such_package_of_tests")
    put_off("no_such_package_of_tests.inner")

    assert "no_such_package_of_tests" not in sys.modules


def shelf_of_tests_runs() -> list[int]:
    return list(sys.modules["shelf_of_tests"].runs)
