"""A program as JSON, for images that have been built and are used later."""

import dataclasses
from typing import Any

from composekit.images.program import FileCopy, Health, Missing, Program


def to_json(program: Program) -> dict[str, Any]:
    """Return a program as plain values."""
    return dataclasses.asdict(program)


def from_json(value: dict[str, Any]) -> Program:
    """Return the program that `to_json` wrote. Raises `ValueError` when it is not one."""
    try:
        made: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
        health, missing = value.get("health"), value.get("missing")
        made["health"] = Health(**{**health, "test": tuple(health["test"])}) if health else None
        made["missing"] = Missing(**missing) if missing else None
        made["files"] = tuple(FileCopy(**one) for one in value.get("files", ()))
        made["shims"] = {name: tuple(words) for name, words in value.get("shims", {}).items()}
        made["users"] = {name: tuple(one) for name, one in value.get("users", {}).items()}
        return Program(**made)
    except (TypeError, KeyError, AttributeError) as wrong:
        raise ValueError(f"no program: {wrong}") from None
