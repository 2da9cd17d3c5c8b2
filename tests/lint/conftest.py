"""Loads what the lint tests write down."""

import pytest

from composekit.lint.engine import lint
from composekit.lint.settings import Settings
from composekit.load.pipeline import load as load_project
from composekit.load.request import LoadRequest


@pytest.fixture
def load(tmp_path):
    """Load files given by name, as one project."""

    def run(texts):
        for name, text in texts.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        request = LoadRequest(
            cwd=str(tmp_path),
            environment={"FROM_SHELL_PASSWORD": "hunter2"},
            files=tuple(name for name in texts if not name.endswith(".env")),
            project_name="project",
            all_resources=True,
        )
        return load_project(request)

    return run


@pytest.fixture
def findings(load):
    """Return the diagnostics of one Compose file."""

    def run(text, *, select=(), ignore=()):
        return lint(load({"compose.yaml": text}), Settings(tuple(select), tuple(ignore)))

    return run
