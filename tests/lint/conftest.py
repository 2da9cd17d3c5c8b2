"""Loads what the lint tests write down."""

import pytest
from small_loader import load_texts

from composekit.lint.engine import lint
from composekit.lint.settings import Settings


@pytest.fixture
def load():
    """Load files given by name, as one project."""
    return load_texts


@pytest.fixture
def findings(load):
    """Return the diagnostics of one Compose file."""

    def run(text, *, select=(), ignore=()):
        return lint(load({"compose.yaml": text}), Settings(tuple(select), tuple(ignore)))

    return run
