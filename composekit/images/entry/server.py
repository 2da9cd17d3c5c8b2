"""The entrypoint of servers that need nothing made up for them: what to add is in the recipe, under `server`.

Arguments and variables that make the server listen where the replica is reached, directories it may write to, the user
to become, and variables that may come from files.
"""

import os
import re
from fnmatch import fnmatchcase
from typing import Any

from composekit.errors import ComposekitError
from composekit.images.catalogue import read_recipe
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.listening import with_address
from composekit.images.entry.view import View, become, from_file, read_view, say, without_own

_PATH = re.compile(r"\{path:([^}]+)\}")
_SETTING = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+", re.ASCII)


def main(recipe: str, program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the recipe's server, or the command that was given instead."""
    about = read_recipe(recipe)["server"]
    words = server_words(about, arguments)
    if words is None:
        become(arguments, without_own(environ))
    view = with_defaults(about, read_view(environ))
    environ = with_secrets(about, environ, view)
    view, environ = as_server_user(recipe, about, view, without_own(environ))
    command = server_arguments(about, words, environ, view)
    become([program, *command], server_environment(about, environ, view), program=program)


def server_words(about: dict[str, Any], arguments: list[str]) -> list[str] | None:
    """Return the server's arguments, without its name; `None` for a command that is not the server."""
    first = os.path.basename(arguments[0]) if arguments else ""
    if first in about["names"]:
        return arguments[1:]
    is_option = not arguments or arguments[0].startswith("-") or first in about.get("subcommands", ())
    return arguments if is_option or about.get("takes_all") else None


def with_defaults(about: dict[str, Any], view: View) -> View:
    """Return the view with the image's own files for which the service has none; they are in the scratch directory.

    What this machine has at their places is another distribution's, or its administrator's.
    """
    made = dict(view.paths)
    for path, lines in about.get("defaults", {}).items():
        if view.scratch and not view.provided(path) and not view.written(path):
            made[path] = os.path.join(view.scratch, "defaults", path.lstrip("/"))
            os.makedirs(os.path.dirname(made[path]), exist_ok=True)
            with open(made[path], "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
    return View(made, view.scratch, view.addresses, has_root=view.has_root)


def with_secrets(about: dict[str, Any], environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the environment with the contents of the files that NAME_FILE variables name.

    Raises `ComposekitError` for a variable that is set both ways, or a file that cannot be read.
    """
    secrets = about.get("secrets", {"names": []})
    suffix = secrets.get("suffix", "_FILE")
    made = dict(environ)
    for variable in environ:
        name = variable.removesuffix(suffix)
        if name != variable and any(fnmatchcase(name, pattern) for pattern in secrets["names"]):
            made[name] = from_file(environ, name, view, suffix=suffix)
            del made[variable]
    return made


def server_arguments(about: dict[str, Any], words: list[str], environ: dict[str, str], view: View) -> list[str]:
    """Return the server's arguments: the recipe's first ones, the command's with places replaced, what is added."""
    address = view.addresses[0] if view.addresses else ""
    given = [with_address(placed(about, word, view), address) for word in words]
    if about.get("settings"):
        given += [f"{about['settings']}{name}={value}" for name, value in environ.items() if _SETTING.fullmatch(name)]
    present = [*(word.partition("=")[0] for word in given), *environ]
    present += [path for path in view.paths if path.startswith("/etc/")]
    present += [word[len(about["settings"]) :].partition("=")[0] for word in given] if about.get("settings") else []
    added = []
    for group in about.get("arguments", ()):
        is_there = any(fnmatchcase(one, pattern) for one in present for pattern in group.get("unless", ()))
        is_for_another = "after" in group and group["after"] not in words
        if not is_there and not is_for_another:
            added += filled(group["words"], view)
    return [*filled(about.get("first", []), view), *given, *added]


def placed(about: dict[str, Any], word: str, view: View) -> str:
    """Return a word with the path in it, if it has one, as it is on this machine."""
    match = re.fullmatch(r"([^/]*=)?(/.*)", word)
    inside = match[2].rstrip("/") + "/" if match else ""
    if match and any(inside.startswith(top + "/") for top in about.get("directories", ())):
        return (match[1] or "") + view.writable(match[2])
    return view.argument(word)


def filled(words: list[str], view: View) -> list[str]:
    """Return words with what stands in braces replaced; none when they want an address and there is none."""
    if not view.addresses and any("{address" in word for word in words):
        return []
    values = {"{address}": view.addresses[0], "{addresses}": ",".join(view.addresses)} if view.addresses else {}
    made = []
    for word in words:
        text = _PATH.sub(lambda match: view.writable(match[1]), word)
        for name, value in values.items():
            text = text.replace(name, value)
        made.append(view.argument(text))
    return made


def server_environment(about: dict[str, Any], environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the variables with the recipe's own ones; the service's win, but listen at the replica's address."""
    address = view.addresses[0] if view.addresses else ""
    made = dict(environ)
    for name, value in about.get("environment", {}).items():
        if name in made:
            made[name] = with_address(made[name], address)
        else:
            made.update(zip([name], filled([value], view), strict=False))
    return made


def as_server_user(
    recipe: str, about: dict[str, Any], view: View, environ: dict[str, str]
) -> tuple[View, dict[str, str]]:
    """Make the directories the server writes to and, as root, hand them to its user and become that user."""
    directories = [view.writable(path) for path in about.get("directories", ())]
    for directory in directories:
        os.makedirs(directory, exist_ok=True)
    user = user_named(*about.get("users", ())) if os.geteuid() == 0 else None
    if user is None:
        return view, environ
    for directory in (*directories, *([view.scratch] if view.scratch else [])):
        give(directory, user)
    try:
        return within_reach(view, user), switch(user, environ)
    except ComposekitError as wrong:
        say(f"{recipe}: {wrong}, so it runs as root")
        return view, environ
