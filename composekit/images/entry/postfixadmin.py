"""The postfixadmin image's entrypoint: this machine's Postfix Admin, set up by the image's variables, on Apache.

Its database is brought up to date before Apache starts, once its server answers.
https://hub.docker.com/_/postfixadmin
"""

import json
import os
import shutil
import socket
import subprocess
import time

from composekit.errors import ComposekitError
from composekit.images.entry import httpd
from composekit.images.entry.identity import give, user_named
from composekit.images.entry.view import View, from_file, read_view, say, without_own

_ROOT = "/var/www/html"
_HERE = "/usr/share/postfixadmin"
_SERVERS = frozenset({"apache2", "apache2-foreground"})
_PORTS = {"mysqli": "3306", "mysql": "3306", "pgsql": "5432"}
_WAIT_SECONDS = 60.0
_SETTINGS = {
    "database_type": "POSTFIXADMIN_DB_TYPE",
    "database_host": "POSTFIXADMIN_DB_HOST",
    "database_port": "POSTFIXADMIN_DB_PORT",
    "database_user": "POSTFIXADMIN_DB_USER",
    "database_password": "POSTFIXADMIN_DB_PASSWORD",
    "database_name": "POSTFIXADMIN_DB_NAME",
    "setup_password": "POSTFIXADMIN_SETUP_PASSWORD",
    "smtp_server": "POSTFIXADMIN_SMTP_SERVER",
    "smtp_port": "POSTFIXADMIN_SMTP_PORT",
    "encrypt": "POSTFIXADMIN_ENCRYPT",
}
_SQLITE = "/var/tmp/postfixadmin.db"  # noqa: S108  # the image's own default


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become Apache with Postfix Admin, or the command that was given instead."""
    if arguments and os.path.basename(arguments[0]) in _SERVERS:
        view = read_view(environ)
        for name in _SETTINGS.values():
            value = from_file(environ, name, view)
            environ.pop(f"{name}_FILE", None)
            environ |= {name: value} if value else {}
        root = _assembled(view, environ)
        environ["COMPOSEKIT_PATHS"] = json.dumps({**view.paths, _ROOT: os.path.join(root, "public")})
        _bring_up_to_date(root, environ)
    httpd.main(program, arguments, environ)


def _assembled(view: View, environ: dict[str, str]) -> str:
    """Return a copy with the service's settings; what PHP compiles goes below it."""
    if not os.path.isdir(_HERE):
        raise ComposekitError(
            "Postfix Admin is not here", hint="install it, on Debian and Ubuntu: apt-get install postfixadmin"
        )
    root = os.path.join(view.scratch, "postfixadmin")
    if not os.path.isdir(root):
        left_out = shutil.ignore_patterns("config.local.php", "templates_c")
        shutil.copytree(_HERE, f"{root}.new", ignore=left_out, ignore_dangling_symlinks=True)
        os.rename(f"{root}.new", root)
    compiled = os.path.join(root, "templates_c")
    os.makedirs(compiled, exist_ok=True)
    given = view.provided(f"{_ROOT}/config.local.php")
    text = configuration(environ, view)
    if given is not None:
        with open(given, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    with open(os.path.join(root, "dbconfig.inc.php"), "w", encoding="utf-8") as file:
        file.write("<?php $dbtype = $dbserver = $dbport = $dbuser = $dbpass = $dbname = '';\n")  # Debian wants it
    with open(os.path.join(root, "config.local.php"), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
    user = user_named("www-data", "apache") if os.geteuid() == 0 else None
    if user is not None:
        give(root, user)  # the packaged settings are not everybody's to read
        if view.writable(_SQLITE).startswith(view.scratch):
            give(os.path.dirname(view.writable(_SQLITE)), user)
    return root


def configuration(environ: dict[str, str], view: View) -> str:
    """Return the settings that the variables make; without a kind of database it is a file."""
    values = {key: environ[name] for key, name in _SETTINGS.items() if environ.get(name)}
    values.setdefault("database_type", "sqlite")
    if values["database_type"] == "sqlite":
        values.setdefault("database_name", view.writable(_SQLITE))
        os.makedirs(os.path.dirname(values["database_name"]), exist_ok=True)
    lines = ["<?php", "$CONF['configured'] = true;"]
    lines += [f"$CONF['{key}'] = {_quoted(value)};" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _bring_up_to_date(root: str, environ: dict[str, str]) -> None:
    """Run the upgrade of the database as soon as its server answers; what goes wrong there is shown, not fatal."""
    kind = environ.get("POSTFIXADMIN_DB_TYPE", "sqlite")
    host = environ.get("POSTFIXADMIN_DB_HOST", "")
    port = environ.get("POSTFIXADMIN_DB_PORT") or _PORTS.get(kind, "")
    php = shutil.which("php", path=environ.get("PATH"))
    if php is None or (host and not host.startswith("/") and not _answers(host, port)):
        say("postfixadmin: its database is not brought up to date" + ("" if php else ": there is no 'php' to do it"))
        return
    words = [php, os.path.join(root, "public", "upgrade.php")]
    user = user_named("www-data", "apache") if os.geteuid() == 0 else None
    done = subprocess.run(
        words, env=without_own(environ), cwd=os.path.join(root, "public"), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, errors="replace", check=False,
        user=user.pw_uid if user else None, group=user.pw_gid if user else None, extra_groups=[] if user else None,
    )  # fmt: skip
    told = done.stdout[-2000:] if done.returncode else "its database is up to date"
    say(f"postfixadmin: {told}")


def _answers(host: str, port: str) -> bool:
    limit = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < limit:
        try:
            socket.create_connection((host, int(port or 0)), timeout=5).close()
        except (OSError, ValueError):
            time.sleep(0.3)
        else:
            return True
    return False
