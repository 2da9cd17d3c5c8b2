"""Making a data directory as the mysql and mariadb images do: system tables, users, the database, the scripts.

Variables are those of https://hub.docker.com/_/mysql and https://hub.docker.com/_/mariadb. A directory that could not
be finished is emptied again, so that the next start begins anew instead of serving half of it.
"""

import os
import secrets
import shlex
import shutil
import socket
import string
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.images.entry.steps import (
    all_or_nothing,
    open_script,
    output_of,
    run,
    run_text,
    socket_directory,
    temporary_server,
)
from composekit.images.entry.view import View, from_file, say

_FROM_FILES = ("ROOT_PASSWORD", "ROOT_PASSWORD_HASH", "ROOT_HOST", "DATABASE", "USER", "PASSWORD", "PASSWORD_HASH")
_PLAIN = ("ALLOW_EMPTY_PASSWORD", "ALLOW_EMPTY_ROOT_PASSWORD", "RANDOM_ROOT_PASSWORD", "ONETIME_PASSWORD")
_MORE = ("INITDB_SKIP_TZINFO", "CHARSET", "COLLATION")
_SQL = (".sql", ".sql.gz", ".sql.xz", ".sql.bz2", ".sql.zst")
_COLLATIONS = ("utf8mb4_0900_ai_ci", "utf8mb4_unicode_520_ci")


class Database(NamedTuple):
    """What to make: with which server, where, its configuration and options, scripts name -> file, the settings."""

    program: str
    data: str
    defaults: str
    options: tuple[str, ...]
    scripts: dict[str, str]
    settings: dict[str, str]
    is_mariadb: bool


def read_settings(environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the image's variables without their prefix; MARIADB_ ones come before MYSQL_ ones."""
    found = {}
    for name in _FROM_FILES:
        values = (from_file(environ, prefix + name, view) for prefix in ("MARIADB_", "MYSQL_"))
        found[name] = next((value for value in values if value), "")
    for name in (*_PLAIN, *_MORE):
        found[name] = environ.get("MARIADB_" + name) or environ.get("MYSQL_" + name, "")
    found["ROOT_HOST"] = found["ROOT_HOST"] or "%"
    return found


def make_database(database: Database, environ: dict[str, str]) -> None:
    """Fill the data directory. Raises `ComposekitError` when a setting is missing or a step fails; nothing is left."""
    settings = checked(database.settings)
    if os.listdir(database.data) not in ([], ["lost+found"]):
        raise ComposekitError(
            f"'{database.data}' holds files but no database", hint="give the server an empty directory or volume"
        )
    with all_or_nothing(database.data), socket_directory(None) as directory:
        _initialize(database, environ)
        path = os.path.join(directory, "mysqld.sock")
        words = [database.program, f"--defaults-file={database.defaults}", *database.options]
        words += [f"--datadir={database.data}", f"--socket={path}", "--skip-networking"]
        words += [f"--pid-file={os.path.join(directory, 'pid')}"]
        with temporary_server(words, environ, lambda: _answers(path)):
            _fill(database, settings, path, environ)
    say("mysql: the database is made")


def checked(settings: dict[str, str]) -> dict[str, str]:
    """Return the settings with the root password that is used. Raises `ComposekitError` for what images refuse."""
    empty = settings["ALLOW_EMPTY_PASSWORD"] or settings["ALLOW_EMPTY_ROOT_PASSWORD"]
    if not (settings["ROOT_PASSWORD"] or settings["ROOT_PASSWORD_HASH"] or empty or settings["RANDOM_ROOT_PASSWORD"]):
        raise ComposekitError(
            "the database has no root password",
            hint="set MYSQL_ROOT_PASSWORD or MYSQL_ALLOW_EMPTY_PASSWORD, or MARIADB_...",
        )
    if settings["USER"] == "root":
        raise ComposekitError("MYSQL_USER may not be root", hint="leave it out: MYSQL_ROOT_PASSWORD is for root")
    if settings["USER"] and not (settings["PASSWORD"] or settings["PASSWORD_HASH"]):
        say(f"mysql: user '{settings['USER']}' is not made, as it has no password: set MYSQL_PASSWORD")
    if settings["RANDOM_ROOT_PASSWORD"] and not settings["ROOT_PASSWORD"]:
        letters = string.ascii_letters + string.digits
        made = "".join(secrets.choice(letters) for _ in range(32))
        say(f"mysql: GENERATED ROOT PASSWORD: {made}")
        return {**settings, "ROOT_PASSWORD": made}
    return settings


def statements(settings: dict[str, str], *, is_mariadb: bool) -> str:
    """Return the SQL that makes the users and the database; written for a session without special quoting rules."""
    root = _identified(settings["ROOT_PASSWORD"], settings["ROOT_PASSWORD_HASH"])
    lines = ["SET SESSION sql_mode='';"]
    if is_mariadb:
        lines.append("DELETE FROM mysql.global_priv WHERE user='' OR user='root' AND host<>'localhost';")
        lines.append("DELETE FROM mysql.proxies_priv WHERE host<>'localhost';")
        lines.append("FLUSH PRIVILEGES;")
    if settings["ROOT_HOST"] != "localhost":
        host = f"'root'@{quoted(settings['ROOT_HOST'])}"
        lines += [f"CREATE USER {host}{root};", f"GRANT ALL ON *.* TO {host} WITH GRANT OPTION;"]
    if settings["DATABASE"]:
        options = "".join(
            f" {word} {settings[name]}" for name, word in (("CHARSET", "CHARACTER SET"), ("COLLATION", "COLLATE"))
            if settings[name]
        )  # fmt: skip
        lines.append(f"CREATE DATABASE IF NOT EXISTS {_name(settings['DATABASE'])}{options};")
    if settings["USER"] and (settings["PASSWORD"] or settings["PASSWORD_HASH"]):
        user = f"{quoted(settings['USER'])}@'%'"
        lines.append(f"CREATE USER {user}{_identified(settings['PASSWORD'], settings['PASSWORD_HASH'])};")
        if settings["DATABASE"]:
            pattern = settings["DATABASE"].replace("_", "\\_")
            lines.append(f"GRANT ALL ON {_name(pattern)}.* TO {user};")
    # Last: from here on, root needs the password.
    lines += ["FLUSH PRIVILEGES;", f"ALTER USER 'root'@'localhost'{root};"]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as an SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _name(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _identified(password: str, hashed: str) -> str:
    return f" IDENTIFIED BY PASSWORD {quoted(hashed)}" if hashed else f" IDENTIFIED BY {quoted(password)}"


def _initialize(database: Database, environ: dict[str, str]) -> None:
    if not database.is_mariadb:
        words = [database.program, f"--defaults-file={database.defaults}", *database.options]
        run([*words, f"--datadir={database.data}", "--initialize-insecure"], environ)
        return
    folder = os.path.dirname(database.program)
    places = (os.path.join(folder, "../bin"), folder, os.path.join(folder, "../scripts"))
    path = ":".join([*places, environ.get("PATH", os.defpath)])
    names = ("mariadb-install-db", "mysql_install_db")
    program = next((found for name in names if (found := shutil.which(name, path=path))), None)
    if program is None:
        raise ComposekitError("'mariadb-install-db' is not here", hint="install the package mariadb-server")
    words = [program, f"--defaults-file={database.defaults}", f"--datadir={database.data}", "--rpm"]
    words += ["--auth-root-authentication-method=normal", "--skip-test-db", *database.options]
    output_of(words, environ)  # its words of advice are not for this place; mistakes go to standard error


def _fill(database: Database, settings: dict[str, str], path: str, environ: dict[str, str]) -> None:
    client = _client(database, environ)
    base = [client, f"--defaults-file={database.defaults}", "--protocol=socket", f"--socket={path}", "-uroot"]
    if database.is_mariadb and not settings["INITDB_SKIP_TZINFO"]:
        _time_zones(base, environ)
    run_text([*base, "--database=mysql"], environ, statements(settings, is_mariadb=database.is_mariadb))
    secret = {**environ, "MYSQL_PWD": settings["ROOT_PASSWORD"]} if settings["ROOT_PASSWORD"] else environ
    words = [*base, *([f"--database={settings['DATABASE']}"] if settings["DATABASE"] else [])]
    for name, real in database.scripts.items():
        _run_script(database, name, real, words, secret)
    if settings["ONETIME_PASSWORD"] and not database.is_mariadb:
        run_text([*base, "--database=mysql"], secret, "ALTER USER 'root'@'%' PASSWORD EXPIRE;\n")


def _client(database: Database, environ: dict[str, str]) -> str:
    path = ":".join([os.path.dirname(database.program), environ.get("PATH", os.defpath), "/usr/bin"])
    names = ("mariadb", "mysql") if database.is_mariadb else ("mysql",)
    # Our own programs of these names lie in front on PATH; they lead to the server that is not there yet.
    folders = [folder for folder in path.split(":") if "composekit" not in folder]
    for name in names:
        found = shutil.which(name, path=":".join(folders))
        if found:
            return found
    raise ComposekitError(f"'{names[0]}' is not here, which fills the database", hint="install the server's client")


def _time_zones(base: list[str], environ: dict[str, str]) -> None:
    program = shutil.which("mariadb-tzinfo-to-sql", path=environ.get("PATH", os.defpath))
    if program and os.path.isdir("/usr/share/zoneinfo"):
        text = output_of([program, "--skip-write-binlog", "/usr/share/zoneinfo"], environ)
        run_text([*base, "--database=mysql"], environ, text)


def _run_script(database: Database, name: str, real: str, words: list[str], environ: dict[str, str]) -> None:
    if name.endswith(".sh"):
        say(f"mysql: running {name}")
        folder, path = os.path.dirname(words[0]), words[3].removeprefix("--socket=")
        # A client that the script calls finds the server too, whatever the machine's configuration says.
        with open(os.path.join(os.path.dirname(path), "my.cnf"), "w", encoding="utf-8") as file:
            file.write(f"[client]\nsocket={path}\n")
        more = {"MYSQL_UNIX_PORT": path, "MYSQL_HOME": os.path.dirname(path)}
        environ = {**environ, **more, "PATH": f"{folder}:{environ.get('PATH', os.defpath)}"}
        run(_shell_script(real, words), environ)
    elif name.endswith(_SQL[:3]):
        say(f"mysql: running {name}")
        with open_script(real, name) as script:
            if database.is_mariadb:
                text = script.read().decode(errors="surrogateescape").replace(*_COLLATIONS)
                run_text(words, environ, text)
            else:
                run(words, environ, given=script)
    else:
        say(f"mysql: ignoring {name}")


def _shell_script(real: str, words: list[str]) -> list[str]:
    """Return how to run a script: an executable one by itself, another in a shell with the image's function."""
    if os.access(real, os.X_OK):
        return [real]
    function = f'docker_process_sql() {{ {shlex.join(words)} "$@"; }}; mysql=( {shlex.join(words)} )'
    return [shutil.which("bash") or "/bin/sh", "-e", "-c", f'{function}; . "$1"', "docker-entrypoint.sh", real]


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
