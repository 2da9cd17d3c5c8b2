"""The mongo image's entrypoint: a first user and the service's scripts when there is no database, then mongod.

Variables are those of https://hub.docker.com/_/mongo. A database that could not be finished is removed again.
"""

import json
import os
import shlex
import shutil
import socket

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.steps import all_or_nothing, run, socket_directory, temporary_server
from composekit.images.entry.view import View, become, from_file, read_view, say, without_own

_SERVERS = frozenset({"mongod", "mongos"})
_DATA = "/data/db"


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    if not arguments or arguments[0].startswith("-"):
        arguments = ["mongod", *arguments]
    name = os.path.basename(arguments[0])
    if name not in _SERVERS or {"--help", "--version"}.intersection(arguments):
        become(arguments, without_own(environ), program=program if name == "mongod" else None)
    view = read_view(environ)
    settings = read_settings(environ, view)
    options = [view.argument(word) for word in arguments[1:]]
    data = view.writable(option(arguments, "--dbpath") or _DATA)
    view, environ = _as_server_user(view, data, without_own(environ))
    if name == "mongod":
        data = view.writable(option(arguments, "--dbpath") or _DATA)
        if not os.listdir(data) and (settings["USERNAME"] or view.listing("/docker-entrypoint-initdb.d")):
            with all_or_nothing(data):
                _fill(program, data, settings, view, environ)
        if settings["USERNAME"] and "--auth" not in options:
            options.append("--auth")
        options = [*without_options(options, ("--dbpath",)), "--dbpath", data]
    listening = ["--bind_ip", ",".join(view.addresses)] if view.addresses else ["--bind_ip_all"]
    if view.scratch:
        listening += ["--unixSocketPrefix", view.scratch] if len(view.scratch) < 80 else ["--nounixsocket"]
    command = [*without_options(options, ("--bind_ip", "--bind_ip_all", "--unixSocketPrefix")), *listening]
    beside = os.path.join(os.path.dirname(program), name)
    become([name, *command], environ, program=beside if os.path.exists(beside) else program)


def read_settings(environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the first user and database. Raises `ComposekitError` when a name or a password is alone."""
    name = from_file(environ, "MONGO_INITDB_ROOT_USERNAME", view)
    password = from_file(environ, "MONGO_INITDB_ROOT_PASSWORD", view)
    if bool(name) != bool(password):
        raise ComposekitError(
            "MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD go together", hint="set both or none"
        )
    return {"USERNAME": name, "PASSWORD": password, "DATABASE": environ.get("MONGO_INITDB_DATABASE") or "test"}


def option(arguments: list[str], name: str) -> str:
    """Return an option's value, written in one word or two; empty when it is not there."""
    for at, word in enumerate(arguments):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name:
            return arguments[at + 1] if at + 1 < len(arguments) else ""
    return ""


def without_options(arguments: list[str], names: tuple[str, ...]) -> list[str]:
    """Return arguments without some options and their values."""
    left, words = [], iter(arguments)
    for word in words:
        if word in names:
            if word != "--bind_ip_all":
                next(words, None)
        elif word.partition("=")[0] not in names:
            left.append(word)
    return left


def _fill(program: str, data: str, settings: dict[str, str], view: View, environ: dict[str, str]) -> None:
    shell = _shell(program, environ)
    with socket_directory(None) as directory:
        port = "27017"
        path = os.path.join(directory, f"mongodb-{port}.sock")
        # It listens on its socket only: with no address of the machine, nobody else can reach it.
        words = [program, "--dbpath", data, "--bind_ip", path, "--port", port, "--unixSocketPrefix", directory]
        host = path.replace("/", "%2F")
        with temporary_server(words, environ, lambda: _answers(path)):
            base = [shell, "--quiet", "--norc"] if shell.endswith("mongosh") else [shell, "--quiet"]
            if settings["USERNAME"]:
                run([*base, f"mongodb://{host}/admin", "--eval", creation(settings)], environ)
            for name, real in view.listing("/docker-entrypoint-initdb.d").items():
                _run_script(name, real, [*base, f"mongodb://{host}/{settings['DATABASE']}"], environ)
    say("mongo: the database is made")


def creation(settings: dict[str, str]) -> str:
    """Return the statement that makes the first user."""
    user = {
        "user": settings["USERNAME"], "pwd": settings["PASSWORD"], "roles": [{"role": "root", "db": "admin"}],
    }  # fmt: skip
    return f"db.createUser({json.dumps(user)})"


def _run_script(name: str, real: str, words: list[str], environ: dict[str, str]) -> None:
    if name.endswith(".js"):
        say(f"mongo: running {name}")
        run([*words, real], environ)
    elif name.endswith(".sh"):
        say(f"mongo: running {name}")
        function = f'mongosh() {{ {shlex.join(words)} "$@"; }}; mongo() {{ mongosh "$@"; }}'
        shell = shutil.which("bash") or "/bin/sh"
        is_program = os.access(real, os.X_OK)
        run([real] if is_program else [shell, "-e", "-c", f'{function}; . "$1"', "docker-entrypoint.sh", real], environ)
    else:
        say(f"mongo: ignoring {name}")


def _shell(program: str, environ: dict[str, str]) -> str:
    folders = [os.path.dirname(program), *environ.get("PATH", os.defpath).split(":")]
    path = ":".join(folder for folder in folders if "composekit" not in folder)  # not our own programs of these names
    found = shutil.which("mongosh", path=path) or shutil.which("mongo", path=path)
    if found is None:
        raise ComposekitError(
            "'mongosh' is not here, which makes the first user and runs the scripts",
            hint="install it from https://www.mongodb.com/try/download/shell",
        )
    return found


def _as_server_user(view: View, data: str, environ: dict[str, str]) -> tuple[View, dict[str, str]]:
    os.makedirs(data, exist_ok=True)
    user = user_named("mongodb", "mongod") if os.geteuid() == 0 else None
    if user is None:
        return view, environ
    for directory in (data, *([view.scratch] if view.scratch else [])):
        give(directory, user)
    return within_reach(view, user), switch(user, environ)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
