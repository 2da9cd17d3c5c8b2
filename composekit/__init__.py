"""composekit: one engine that lints, runs and converts Docker Compose projects.

`load` and `validate` are the Python API (`composekit.api`); they are imported when they are first asked for, so that
the command line does not pay for them.
"""

from typing import Any

__version__ = "0.1.0"

__all__ = ["LoadResult", "__version__", "load", "validate"]

_PUBLIC = frozenset(("LoadResult", "load", "validate"))


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'composekit' has no attribute '{name}'")
    from composekit import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
