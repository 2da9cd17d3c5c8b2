"""The postgres image's entrypoint: a cluster is made when there is none, then the server is started as `postgres`."""

import os

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.postgres_client import socket_directory
from composekit.images.entry.postgres_cluster import Cluster, make_cluster
from composekit.images.entry.view import View, become, from_file, read_view, without_own

_HELP = frozenset({"-?", "--help", "--describe-config", "-V", "--version"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    if arguments and arguments[0].startswith("-"):
        arguments = ["postgres", *arguments]
    if not arguments or os.path.basename(arguments[0]) != "postgres" or _HELP.intersection(arguments):
        become(arguments, environ, program=program if arguments and arguments[0] == "postgres" else None)
    view = read_view(environ)
    # Secrets are read before root is dropped: their files may be for root only.
    settings = read_settings(environ, view)
    view, environ = _as_server_user(view, without_own(environ))
    data = view.writable(environ.get("PGDATA", "/var/lib/postgresql/data"))
    options = server_options(arguments[1:], view)
    if not os.path.exists(os.path.join(data, "PG_VERSION")):
        scripts = view.listing("/docker-entrypoint-initdb.d")
        make_cluster(Cluster(os.path.dirname(program), data, settings, tuple(arguments[1:]), scripts), view, environ)
    # By its path: from a bare name the server would look itself up on PATH, and find its shim instead of its libraries.
    become([program, "-D", data, *options], {**environ, "PGDATA": data}, program=program)


def read_settings(environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the image's variables, each from its value or its file, with the image's defaults."""
    user = from_file(environ, "POSTGRES_USER", view, "postgres")
    return {
        "POSTGRES_USER": user,
        "POSTGRES_DB": from_file(environ, "POSTGRES_DB", view, user),
        "POSTGRES_PASSWORD": from_file(environ, "POSTGRES_PASSWORD", view),
        "POSTGRES_INITDB_ARGS": from_file(environ, "POSTGRES_INITDB_ARGS", view),
        "POSTGRES_INITDB_WALDIR": environ.get("POSTGRES_INITDB_WALDIR", ""),
        "POSTGRES_HOST_AUTH_METHOD": environ.get("POSTGRES_HOST_AUTH_METHOD", ""),
    }


def server_options(arguments: list[str], view: View) -> list[str]:
    """Return the server's options: ours last, so that the replica listens where it is reached."""
    options = [view.argument(word) for word in arguments]
    if view.addresses:
        options += ["-c", f"listen_addresses={','.join(view.addresses)}"]
    sockets = [path for path in (view.provided("/var/run/postgresql"), socket_directory(view)) if path]
    return [*options, "-c", f"unix_socket_directories={','.join(sockets)}"] if view.scratch else options


def _as_server_user(view: View, environ: dict[str, str]) -> tuple[View, dict[str, str]]:
    """Make the directories the server writes to and, as root, hand them to `postgres` and become that user."""
    data = view.writable(environ.get("PGDATA", "/var/lib/postgresql/data"))
    directories = [data]
    if environ.get("POSTGRES_INITDB_WALDIR"):
        directories.append(view.writable(environ["POSTGRES_INITDB_WALDIR"]))
    sockets = socket_directory(view)
    if sockets:
        directories.append(sockets)
    for directory in directories:
        os.makedirs(directory, exist_ok=True)
    if os.geteuid() != 0:
        os.chmod(data, 0o700)
        return view, environ
    user = user_named("postgres")
    if user is None:
        raise ComposekitError(
            "PostgreSQL does not run as root, and there is no user 'postgres' here",
            hint="run composekit as an ordinary user, or add the user 'postgres'",
        )
    for directory in directories:
        give(directory, user)
    os.chmod(data, 0o700)
    return within_reach(view, user), switch(user, environ)
