"""Making a PostgreSQL cluster as the postgres image does: initdb, the database, and the scripts of the service.

A cluster that could not be finished is removed again, so that the next start begins anew instead of serving half of it.
"""

import io
import locale
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.images.entry.steps import all_or_nothing, open_script, run
from composekit.images.entry.view import View, say

_LOCALES = ("en_US.UTF-8", "C.UTF-8", "C")
_START_SECONDS = 60.0
_SQL = (".sql", ".sql.gz", ".sql.xz")


class Cluster(NamedTuple):
    """What to make: with which programs, where, for whom; `options` are the server's, `scripts` name -> file."""

    programs: str
    data: str
    settings: dict[str, str]
    options: tuple[str, ...]
    scripts: dict[str, str]


def make_cluster(cluster: Cluster, view: View, environ: dict[str, str]) -> None:
    """Make the cluster. Raises `ComposekitError` when a setting is missing or a step fails; nothing is left then."""
    method = auth_method(cluster)
    refuse_open_server(cluster.settings, method)
    if os.listdir(cluster.data):
        raise ComposekitError(
            f"'{cluster.data}' holds files but no cluster", hint="give the database an empty directory or volume"
        )
    with all_or_nothing(cluster.data):
        _initdb(cluster, view, environ, method)
        with open(os.path.join(cluster.data, "pg_hba.conf"), "a", encoding="utf-8") as hba:
            hba.write(f"\nhost all all all {method}\n")
        with _temporary_server(cluster, view, environ) as directory:
            _fill(cluster, {**environ, "PGHOST": directory})
    say("postgres: the cluster is made")


def auth_method(cluster: Cluster) -> str:
    """Return how clients prove who they are: as asked, or as the server stores passwords."""
    asked = cluster.settings["POSTGRES_HOST_AUTH_METHOD"]
    if asked:
        return asked
    stored = [re.fullmatch(r"(?:--|-c)?password[_-]encryption=(\S+)", word) for word in cluster.options]
    named = next((match[1] for match in stored if match), "")
    version = re.search(r"/(\d+)/bin/?$", cluster.programs + "/")
    newest = int(version[1]) if version else 14
    return named or ("scram-sha-256" if newest >= 14 else "md5")


def refuse_open_server(settings: dict[str, str], method: str) -> None:
    """Raise `ComposekitError` when nobody would need a password without that having been asked for."""
    if not settings["POSTGRES_PASSWORD"] and method != "trust":
        raise ComposekitError(
            "the database has no superuser password",
            hint="set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everyone in without one",
        )


def initdb_arguments(cluster: Cluster, view: View, method: str) -> list[str]:
    """Return initdb's arguments; the service's own come last and so win.

    Connections to this host need the password too: without a network of its own, every replica of the machine is
    this host.
    """
    settings = cluster.settings
    known = method if method in {"trust", "reject", "md5", "password", "scram-sha-256"} else "scram-sha-256"
    arguments = ["-D", cluster.data, f"--username={settings['POSTGRES_USER']}", "--auth-local=trust"]
    arguments += [f"--auth-host={known}", "--encoding=UTF8", f"--locale={_locale()}"]
    if settings["POSTGRES_INITDB_WALDIR"]:
        arguments.append(f"--waldir={view.writable(settings['POSTGRES_INITDB_WALDIR'])}")
    return arguments + shlex.split(settings["POSTGRES_INITDB_ARGS"])


def _locale() -> str:
    for name in _LOCALES:
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        return name
    return "C"


def _initdb(cluster: Cluster, view: View, environ: dict[str, str], method: str) -> None:
    arguments = [os.path.join(cluster.programs, "initdb"), *initdb_arguments(cluster, view, method)]
    password = cluster.settings["POSTGRES_PASSWORD"]
    # initdb would complain about a LANG that the machine does not have even when --locale is given.
    environ = {key: value for key, value in environ.items() if key != "LANG" and not key.startswith("LC_")}
    if not password:
        run(arguments, environ)
        return
    with tempfile.NamedTemporaryFile("w", prefix="composekit-", encoding="utf-8") as file:
        file.write(password + "\n")
        file.flush()
        run([*arguments, f"--pwfile={file.name}"], environ)


@contextmanager
def _temporary_server(cluster: Cluster, view: View, environ: dict[str, str]) -> Iterator[str]:
    """Run the server on a socket in a directory of its own, which is yielded; nobody else can reach it."""
    directory = tempfile.mkdtemp(prefix="pg-")
    options = [view.argument(word) for word in cluster.options]
    arguments = [os.path.join(cluster.programs, "postgres"), "-D", cluster.data, *options]
    arguments += ["-c", "listen_addresses=", "-c", f"unix_socket_directories={directory}"]
    # In our own process group and not through pg_ctl, which makes it a session of its own: whoever stops the service
    # stops this too.
    server = subprocess.Popen(arguments, env=environ)
    try:
        _wait_ready(server, cluster.data)
        yield directory
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _wait_ready(server: subprocess.Popen[bytes], data: str) -> None:
    """Wait until the server says so in its pid file, whose last line is for that; it has no other sign for us."""
    limit = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < limit:
        try:
            with open(os.path.join(data, "postmaster.pid"), encoding="utf-8") as file:
                lines = file.read().splitlines()
        except OSError:
            lines = []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return
        time.sleep(0.02)
    raise ComposekitError("the server for the first steps did not start", hint="its messages stand above")


def _fill(cluster: Cluster, environ: dict[str, str]) -> None:
    settings = cluster.settings
    user, database = settings["POSTGRES_USER"], settings["POSTGRES_DB"]
    environ = {**environ, **settings, "PGUSER": user, "PGPASSWORD": settings["POSTGRES_PASSWORD"]}
    environ["PATH"] = f"{cluster.programs}:{environ.get('PATH', os.defpath)}"
    psql = [os.path.join(cluster.programs, "psql"), "-v", "ON_ERROR_STOP=1", "--no-password", "--no-psqlrc"]
    if database != "postgres":
        statement = b'CREATE DATABASE :"wanted" ;\n'
        run([*psql, "-q", "-d", "postgres", "-v", f"wanted={database}"], environ, given=io.BytesIO(statement))
    psql += ["-d", database]
    for name, real in cluster.scripts.items():
        _run_script(name, real, psql, environ)


def _run_script(name: str, real: str, psql: list[str], environ: dict[str, str]) -> None:
    suffix = next((one for one in _SQL if name.endswith(one)), "")
    if name.endswith(".sh"):
        say(f"postgres: running {name}")
        run(_shell_script(real, psql), environ)
    elif suffix:
        say(f"postgres: running {name}")
        with open_script(real, name) as script:
            run([*psql, "-f", "-"], environ, given=script)
    else:
        say(f"postgres: ignoring {name}")


def _shell_script(real: str, psql: list[str]) -> list[str]:
    """Return how to run a script: an executable one by itself, another one inside a shell that knows its function.

    The image sources such scripts in its own entrypoint, so `docker_process_sql` is theirs to use.
    """
    if os.access(real, os.X_OK):
        return [real]
    function = f'docker_process_sql() {{ {shlex.join(psql)} "$@"; }}'
    return [shutil.which("bash") or "/bin/sh", "-e", "-c", f'{function}; . "$1"', "docker-entrypoint.sh", real]
