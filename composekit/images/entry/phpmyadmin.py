"""The phpmyadmin image's entrypoint: this machine's phpMyAdmin, set up by the image's variables, on Apache with PHP.

Variables: https://hub.docker.com/_/phpmyadmin, as far as they name servers, users and limits.
"""

import json
import os
import secrets
import shutil

from composekit.errors import ComposekitError
from composekit.images.entry import httpd
from composekit.images.entry.identity import give, user_named
from composekit.images.entry.view import View, from_file, read_view

_ROOT = "/var/www/html"
_HERE = "/usr/share/phpmyadmin"
_FROM_FILES = ("PMA_PASSWORD", "PMA_USER", "PMA_HOST", "PMA_HOSTS", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD")
_SERVERS = frozenset({"apache2", "apache2-foreground"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become Apache with phpMyAdmin, or the command that was given instead."""
    if arguments and os.path.basename(arguments[0]) in _SERVERS:
        view = read_view(environ)
        for name in _FROM_FILES:
            value = from_file(environ, name, view)
            environ.pop(f"{name}_FILE", None)
            environ |= {name: value} if value else {}
        environ["COMPOSEKIT_PATHS"] = json.dumps({**view.paths, _ROOT: _assembled(view, environ)})
    httpd.main(program, arguments, environ)


def _assembled(view: View, environ: dict[str, str]) -> str:
    """Return a copy of phpMyAdmin with the service's settings; what PHP writes goes below it."""
    if not os.path.isdir(_HERE):
        raise ComposekitError(
            "phpMyAdmin is not here", hint="install it, on Debian and Ubuntu: apt-get install phpmyadmin"
        )
    root, sessions = os.path.join(view.scratch, "phpmyadmin"), os.path.join(view.scratch, "phpmyadmin-tmp")
    if not os.path.isdir(root):
        shutil.copytree(_HERE, f"{root}.new", ignore_dangling_symlinks=True)
        _direct(os.path.join(f"{root}.new", "libraries", "vendor_config.php"), root, sessions)
        os.rename(f"{root}.new", root)
    os.makedirs(sessions, exist_ok=True)
    with open(os.path.join(root, "config.inc.php"), "w", encoding="utf-8") as file:
        file.write(configuration(environ, secrets.token_bytes(16).hex(), view.provided("/etc/phpmyadmin")))
    user = user_named("www-data", "apache") if os.geteuid() == 0 else None
    if user is not None:
        give(sessions, user)
    return root


def _direct(path: str, root: str, sessions: str) -> None:
    """Point the packaged program at this service's settings instead of the machine's."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for name, place in (("configFile", f"{root}/config.inc.php"), ("tempDir", f"{sessions}/")):
        head, key, tail = text.partition(f"'{name}' => ")
        if key:
            text = f"{head}{key}{_quoted(place)}{tail[tail.index(',') :]}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def configuration(environ: dict[str, str], secret: str, folder: str | None) -> str:
    """Return the settings: one server for each host, and what the service mounts as its own settings last."""
    hosts = [one.strip() for one in (environ.get("PMA_HOSTS") or environ.get("PMA_HOST") or "db").split(",")]
    names = environ.get("PMA_VERBOSES", environ.get("PMA_VERBOSE", "")).split(",")
    ports = environ.get("PMA_PORTS", environ.get("PMA_PORT", "")).split(",")
    lines = ["<?php", f"$cfg['blowfish_secret'] = hex2bin('{secret}');"]
    if environ.get("PMA_ARBITRARY") in {"1", "true"}:
        lines.append("$cfg['AllowArbitraryServer'] = true;")
    if environ.get("PMA_ABSOLUTE_URI"):
        lines.append(f"$cfg['PmaAbsoluteUri'] = {_quoted(environ['PMA_ABSOLUTE_URI'])};")
    for number, host in enumerate(hosts, 1):
        server = {
            "host": host,
            "verbose": _nth(names, number),
            "port": _nth(ports, number),
            "compress": "",
        }
        if environ.get("PMA_USER"):
            server |= {"auth_type": "config", "user": environ["PMA_USER"], "password": environ.get("PMA_PASSWORD", "")}
        lines += [
            f"$cfg['Servers'][{number}][{_quoted(key)}] = {_quoted(text)};" for key, text in server.items() if text
        ]
        lines.append(f"$cfg['Servers'][{number}]['AllowNoPassword'] = true;")
    if folder is not None:
        lines.append(f"foreach (glob({_quoted(folder + '/*.inc.php')}) as $file) {{ include $file; }}")
    return "\n".join(lines) + "\n"


def _nth(texts: list[str], number: int) -> str:
    return texts[number - 1].strip() if number <= len(texts) else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
