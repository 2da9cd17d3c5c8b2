"""The documentation holds: its examples print what they say, and its links lead somewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from code_tree import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^<!-- run in (?P<folder>\S+) -->\n```console\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<to>[^)\s]+)\)")


class Example(NamedTuple):
    """A ```console block with <!-- run in FOLDER --> above it: lines after `$ ` are typed, the others are printed."""

    place: str
    folder: str
    text: str


def examples() -> list[Example]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Example(f"{page.relative_to(ROOT)}:{line}", match["folder"], match["text"]))
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH with this very composekit in it."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "composekit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m composekit "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.place)
def test_an_example_prints_what_the_page_says(example: Example, programs: Path, tmp_path: Path) -> None:
    folder = tmp_path / Path(example.folder).name
    shutil.copytree(ROOT / example.folder, folder)
    keep = {name: os.environ[name] for name in ("LANG", "LC_ALL", "HOME", "TMPDIR") if name in os.environ}
    environment = {
        **keep,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COMPOSEKIT_HOME": str(tmp_path / "state"),
    }
    shown, code = "", 0
    for line in [line.removeprefix("$ ") for line in example.text.splitlines() if line.startswith("$ ")]:
        # `$?` is that of the line before, as for a person who types them one after the other.
        done = subprocess.run(
            ["sh", "-c", f"(exit {code})\n{line}"], cwd=folder, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )  # fmt: skip
        shown += f"$ {line}\n{done.stdout}"
        code = done.returncode

    assert shown == example.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for match in LINK.finditer(text):
        target, _, anchor = match["to"].partition("#")
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(match["to"])

    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {
        (index.parent / match["to"].partition("#")[0]).resolve() for match in LINK.finditer(index.read_text("utf-8"))
    }

    assert set(PAGES) - {index} - linked == set()


def test_readme_has_one_command_to_try_and_one_to_test() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [
        line for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE) for line in block.split("\n")
    ]

    assert [line.rpartition(" && ")[2] for line in lines if line] == [
        "v/bin/composekit -f fixtures/quickstart/compose.yaml up",
        "v/bin/python -m pytest",
    ]


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub makes from a page's headings."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
