"""The mysql image's entrypoint: a data directory is made when there is none, then the server is started as `mysql`.

The machine's own configuration is not read: what counts are the image's few settings, the service's files in
/etc/mysql, and the command. Where MariaDB stands in for MySQL, options that it does not know are passed over.
"""

import os
import re

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.mysql_client import server_socket
from composekit.images.entry.mysql_database import Database, make_database, read_settings
from composekit.images.entry.view import View, become, read_view, without_own

_NAMES = frozenset({"mysqld", "mariadbd"})
_HELP = frozenset({"-?", "--help", "-V", "--version", "--print-defaults"})
_FOLDERS = ("/etc/mysql/conf.d", "/etc/mysql/mariadb.conf.d", "/etc/my.cnf.d")
_MAIN = ("/etc/mysql/my.cnf", "/etc/my.cnf", "/etc/mysql/mariadb.cnf")
_DATA = "/var/lib/mysql"
_UNKNOWN_COLLATION = re.compile(r"utf8mb4_0900_(?:ai_ci|as_ci|as_cs)")
_LINE = re.compile(r"(\s*)([a-zA-Z][\w-]*)(\s*(?:=.*)?)", re.DOTALL)


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    start(program, arguments, environ, is_mysql=True)


def start(program: str, arguments: list[str], environ: dict[str, str], *, is_mysql: bool) -> None:
    """Become the server; `is_mysql` tells which image it is, whatever the machine's program."""
    if not arguments or arguments[0].startswith("-"):
        arguments = ["mysqld", *arguments]
    if os.path.basename(arguments[0]) not in _NAMES or _HELP.intersection(arguments):
        become(arguments, without_own(environ), program=program if arguments[0] in _NAMES else None)
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and the server needs one to write to")
    is_mariadb = os.path.basename(os.path.realpath(program)).startswith("mariadb")
    forgiving = is_mysql and is_mariadb
    # Secrets are read before root is dropped: their files may be for root only.
    settings = read_settings(environ, view)
    text = configuration(view, forgiving=forgiving)
    data = view.writable(data_directory(arguments[1:]))
    view, environ = _as_server_user(view, data, without_own(environ))
    data = view.writable(data_directory(arguments[1:]))
    file = os.path.join(view.scratch, "my.cnf")
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(text)
    options = server_options(arguments[1:], view, forgiving=forgiving)
    if not os.path.isdir(os.path.join(data, "mysql")):
        scripts = view.listing("/docker-entrypoint-initdb.d")
        make_database(Database(program, data, file, tuple(options), scripts, settings, is_mariadb), environ)
    listening = [f"--bind-address={','.join(view.addresses)}"] if view.addresses else []
    socket = server_socket(view)
    mine = [f"--datadir={data}", f"--pid-file={os.path.join(view.scratch, 'mysqld.pid')}"]
    mine += [f"--socket={socket}"] if socket else []
    become([program, f"--defaults-file={file}", *options, *mine, *listening], environ, program=program)


def data_directory(arguments: list[str]) -> str:
    """Return the data directory that a command names, else the image's."""
    named = [word.partition("=")[2] for word in arguments if word.startswith("--datadir=")]
    return named[-1] if named else _DATA


def server_options(arguments: list[str], view: View, *, forgiving: bool) -> list[str]:
    """Return the command's options with places replaced; those that say where it is are given by us.

    A `forgiving` server lets options pass that it does not know: https://mariadb.com/kb/en/mariadbd-options/ (--loose).
    """
    options = []
    for word in arguments:
        name = word.partition("=")[0].replace("_", "-")
        if name in {"--datadir", "--bind-address", "--socket", "--pid-file", "--user"} and "=" in word:
            continue
        shown = view.argument(word)
        if forgiving and shown.startswith("--") and not shown.startswith("--loose"):
            shown = "--loose-" + _UNKNOWN_COLLATION.sub("utf8mb4_unicode_520_ci", shown[2:])
        options.append(shown)
    return options


def configuration(view: View, *, forgiving: bool) -> str:
    """Return the image's settings followed by those of the service's own files, later ones over earlier ones."""
    # MySQL 8's own defaults, which MariaDB does not share, and what the image sets.
    own = "character-set-server=utf8mb4\ncollation-server=utf8mb4_unicode_520_ci\n" if forgiving else ""
    parts = [f"[mysqld]\nskip-name-resolve\n{own}"]
    files = [path for path in (view.provided(one) for one in _MAIN) if path and os.path.isfile(path)]
    for folder in _FOLDERS:
        files += [real for name, real in view.listing(folder).items() if name.endswith(".cnf")]
    for file in files:
        with open(file, encoding="utf-8", errors="surrogateescape") as opened:
            lines = opened.read().splitlines(keepends=True)
        parts.append("".join(_config_line(line, view, forgiving=forgiving) for line in lines).rstrip("\n") + "\n")
    return "".join(parts)


def _config_line(line: str, view: View, *, forgiving: bool) -> str:
    if line.lstrip().startswith(("!includedir", "#", ";", "[")):
        return "" if line.lstrip().startswith("!") else line
    match = _LINE.fullmatch(line)
    if match is None:
        return line
    name = match[2].replace("_", "-")
    if name in {"datadir", "bind-address", "socket", "pid-file", "user"}:
        return ""
    value = _UNKNOWN_COLLATION.sub("utf8mb4_unicode_520_ci", match[3]) if forgiving else match[3]
    path = re.fullmatch(r"(\s*=\s*)(/[^\s]*)(\s*)", value, re.DOTALL)
    value = path[1] + view.argument(path[2]) + path[3] if path else value
    loose = "loose-" if forgiving and not name.startswith("loose-") else ""
    return match[1] + loose + match[2] + value


def _as_server_user(view: View, data: str, environ: dict[str, str]) -> tuple[View, dict[str, str]]:
    """Make what the server writes to and, as root, hand it to `mysql` and become that user."""
    os.makedirs(data, exist_ok=True)
    socket = server_socket(view)
    if socket:
        os.makedirs(os.path.dirname(socket), exist_ok=True)
    if os.geteuid() != 0:
        return view, environ
    user = user_named("mysql")
    if user is None:
        raise ComposekitError(
            "the database server does not run as root, and there is no user 'mysql' here",
            hint="run composekit as an ordinary user, or add the user 'mysql'",
        )
    for directory in (data, view.scratch):
        give(directory, user)
    return within_reach(view, user), switch(user, environ)
