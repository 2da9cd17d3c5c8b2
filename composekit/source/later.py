"""A package whose own code runs only when something of it is asked for; its submodules can be imported before.

The C parser needs the exceptions and events of ruamel.yaml, which are submodules, and nothing of the package itself.
Importing all of it takes as long as reading a small project.
"""

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        self.__class__ = ModuleType  # type: ignore[assignment]  # from now on it is a package as any other
        spec = self.__spec__
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module(self)
        return getattr(self, name)


def put_off(package: str) -> None:
    """Let submodules of a package be imported before its own code runs; nothing happens to one that is imported."""
    if package in sys.modules:
        return
    try:
        spec = find_spec(package)
    except ImportError:
        return
    if spec is not None:
        module = module_from_spec(spec)
        module.__class__ = _Later
        sys.modules[package] = module
        parent, _, name = package.rpartition(".")
        if parent:
            setattr(sys.modules[parent], name, module)
