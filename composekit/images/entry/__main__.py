"""Start an entry program by name."""

import importlib
import os
import sys

PROGRAMS = {
    "adminer": "adminer",
    "alpine-tool": "alpine_tool",
    "caddy": "caddy",
    "debian-tool": "debian_tool",
    "haproxy": "haproxy",
    "httpd": "httpd",
    "mariadb": "mariadb",
    "mariadb-health": "mysql_health",
    "mediawiki": "mediawiki",
    "mongo": "mongo",
    "mongo-client": "mongo_client",
    "mosquitto": "mosquitto",
    "mysql": "mysql",
    "mysql-client": "mysql_client",
    "nginx": "nginx",
    "node": "node",
    "php": "php",
    "php-fpm": "php_fpm",
    "phpmyadmin": "phpmyadmin",
    "postfixadmin": "postfixadmin",
    "postgres": "postgres",
    "postgres-client": "postgres_client",
    "rabbitmq": "rabbitmq",
    "rabbitmq-client": "rabbitmq_client",
    "rabbitmq-management": "rabbitmq_management",
    "redis": "redis",
    "redis-client": "redis_client",
    "server": "server",
    "wordpress": "wordpress",
    "zookeeper": "zookeeper",
}
"""Name -> module. `server:RECIPE` is told by the recipe what the server needs."""


def main(arguments: list[str]) -> int:
    """Run one entry program; returns only when it could not become the real one."""
    if len(arguments) < 2 or arguments[0].partition(":")[0] not in PROGRAMS:
        sys.stderr.write(f"usage: entry {'|'.join(PROGRAMS)} PROGRAM [ARGUMENT...]\n")
        return 2
    # Started by folder, Python puts this very folder first on the path, where redis.py and others could be taken for
    # libraries; the package's root is what is meant.
    root = os.path.abspath(__file__)
    for _ in range(4):
        root = os.path.dirname(root)
    sys.path[:] = [root, *(path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__)))]
    from composekit.errors import ComposekitError
    from composekit.images.entry.view import say

    entry, program, *rest = arguments
    name, _, recipe = entry.partition(":")
    name, told = (recipe, [recipe]) if recipe else (name, [])
    module = importlib.import_module(f"composekit.images.entry.{PROGRAMS[entry.partition(':')[0]]}")
    try:
        module.main(*told, program, rest, _environment())
    except ComposekitError as wrong:
        say(f"{name}: {wrong}")
        if wrong.hint:
            say(f"{name}: hint: {wrong.hint}")
        return wrong.exit_code
    return 0


def _environment() -> dict[str, str]:
    """Return the environment we were given, without the LC_CTYPE that Python may have added to it (PEP 538)."""
    environ = dict(os.environ)
    try:
        with open("/proc/self/environ", "rb") as file:
            given = {entry.partition(b"=")[0] for entry in file.read().split(b"\0")}
    except OSError:
        return environ
    return {name: value for name, value in environ.items() if name != "LC_CTYPE" or b"LC_CTYPE" in given}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
