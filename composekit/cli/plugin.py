"""The file that makes the docker CLI take composekit for `docker compose`: where and whose it is, its coming and going.

A file that is not ours is never lost: it is kept under a name that the docker CLI does not look at, and comes back when
ours goes.
"""

import os
import shlex
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from composekit.cli.dropin import NAME
from composekit.errors import ComposekitError
from composekit.runtime.places import home_directory

_MARK = "# Made by 'composekit plugin install'; 'composekit plugin uninstall' removes it."
_KEPT = f".{NAME}.kept"  # the docker CLI takes everything that begins with `docker-` for a plugin
_LONGEST = 4096


class Standing(NamedTuple):
    """What is at a path. `state`: absent, installed (this very composekit), other (another composekit), foreign."""

    path: str
    state: str


def docker_folder(environ: Mapping[str, str]) -> str:
    """Return the folder of the docker CLI's settings: $DOCKER_CONFIG, else ~/.docker."""
    return environ.get("DOCKER_CONFIG") or os.path.join(home_directory(environ), ".docker")


def plugin_path(environ: Mapping[str, str]) -> str:
    """Return where the docker CLI looks first for the plugin of `docker compose`, as far as users decide it."""
    return os.path.join(os.path.abspath(docker_folder(environ)), "cli-plugins", NAME)


def script() -> str:
    """Return the program that starts this composekit, with this interpreter, whatever the working directory holds."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    program = f"import sys; sys.path.append({root!r}); from composekit.cli.dropin import main; sys.exit(main())"
    return f'#!/bin/sh\n{_MARK}\nexec {shlex.quote(sys.executable)} -P -c {shlex.quote(program)} "$@"\n'


def look(path: str) -> Standing:
    """Return what is at a path; only what carries our mark is ours."""
    if not os.path.lexists(path):
        return Standing(path, "absent")
    text = ""
    with suppress(OSError, UnicodeDecodeError):
        if stat.S_ISREG(os.lstat(path).st_mode):
            with open(path, encoding="utf-8") as file:
                text = file.read(_LONGEST)
    if _MARK not in text:
        return Standing(path, "foreign")
    return Standing(path, "installed" if text == script() else "other")


def install(path: str, *, force: bool) -> str | None:
    """Put our program at a path; return where what was there before is kept, if it was not ours.

    Raises `ComposekitError` where something foreign is there and `force` is not given, and where writing is impossible.
    """
    kept = None
    try:
        if look(path).state == "foreign":
            if os.path.isdir(path):
                raise ComposekitError(f"'{path}' is a directory")
            if not force:
                raise ComposekitError(
                    f"'{path}' is there already and is not composekit's",
                    hint="--force puts composekit there and keeps the other for 'composekit plugin uninstall'",
                )
            kept = _free_name(path)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        made = _write_beside(path)
        if kept is not None:
            os.rename(path, kept)
        os.replace(made, path)
    except OSError as error:
        raise _cannot("write", path, error) from None
    return kept


def uninstall(path: str) -> str | None:
    """Remove our program, and put back what was there before it; return where that had been kept.

    Raises `ComposekitError` for what is not ours.
    """
    if look(path).state == "foreign":
        raise ComposekitError(f"'{path}' is not composekit's", hint="remove it yourself if it is not wanted")
    kept = _kept_of(path)
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
        if kept:
            os.rename(kept[-1], path)
    except OSError as error:
        raise _cannot("remove", path, error) from None
    return kept[-1] if kept else None


def _write_beside(path: str) -> str:
    made = os.path.join(os.path.dirname(path), f".{NAME}.new.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o755)
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o755)
        file.write(script())
    return made


def _kept_of(path: str) -> list[str]:
    """Return what was kept of this path, the newest last."""
    folder = os.path.dirname(path)
    try:
        names = [name for name in os.listdir(folder) if name.startswith(f"{_KEPT}-")]
    except OSError:
        return []
    numbered = sorted((int(number), name) for name in names if (number := name.rpartition("-")[2]).isdecimal())
    return [os.path.join(folder, name) for _, name in numbered]


def _free_name(path: str) -> str:
    last = _kept_of(path)
    number = int(last[-1].rpartition("-")[2]) + 1 if last else 1
    return os.path.join(os.path.dirname(path), f"{_KEPT}-{number}")


def _cannot(what: str, path: str, error: OSError) -> ComposekitError:
    return ComposekitError(f"cannot {what} '{path}': {(error.strerror or str(error)).lower()}")
