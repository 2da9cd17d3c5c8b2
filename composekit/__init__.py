"""composekit: one engine that lints, runs and converts Docker Compose projects.

`load` and `validate` are the Python API (`composekit.api`); they are imported when they are first asked for, so that
the command line does not pay for them.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composekit.api import LoadResult, load, validate

__version__ = "0.1.0"

__all__ = ["LoadResult", "__version__", "load", "validate"]

_PUBLIC = frozenset(("LoadResult", "load", "validate"))


class _LoadPackage(ModuleType):
    """The package `composekit.load`, which is the function of the API when it is called."""

    def __call__(self, *args: Any, **kwargs: Any) -> "LoadResult":
        from composekit import api

        return api.load(*args, **kwargs)


class _Package(ModuleType):
    """The package `composekit`: Python binds `load` in it to the package of that name once anything imports that."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "load" and isinstance(value, ModuleType):
            value.__class__ = _LoadPackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'composekit' has no attribute '{name}'")
    from composekit import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
