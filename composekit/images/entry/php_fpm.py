"""The php:fpm image's entrypoint: FPM in the foreground, listening at the replica's address, with the image's pool.

The service's own files in /usr/local/etc/php-fpm.d and /usr/local/etc/php/conf.d count; the machine's pools do not.
"""

import os
import re

from composekit.errors import ComposekitError
from composekit.images.entry.identity import user_named
from composekit.images.entry.listening import bracketed, with_address
from composekit.images.entry.view import View, become, read_view, without_own

_POOL = """[www]
listen = 9000
pm = dynamic
pm.max_children = 5
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
access.log = /proc/self/fd/2
clear_env = no
catch_workers_output = yes
decorate_workers_output = no
"""
_LISTEN = re.compile(r"(?m)^(\s*listen\s*=\s*)(\S+)")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become php-fpm, or the command that was given instead."""
    if arguments and not arguments[0].startswith("-") and os.path.basename(arguments[0]) != "php-fpm":
        become(arguments, without_own(environ))
    words = arguments if not arguments or arguments[0].startswith("-") else arguments[1:]
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and php-fpm needs one to write to")
    file = os.path.join(view.scratch, "php-fpm.conf")
    with open(file, "w", encoding="utf-8", errors="surrogateescape") as opened:
        opened.write(configuration(view, is_root=os.geteuid() == 0))
    words = [word for word in words if word not in {"-F", "--nodaemonize"}]
    folder = view.provided("/usr/local/etc/php/conf.d")
    scanned = {"PHP_INI_SCAN_DIR": f":{folder}"} if folder and not environ.get("PHP_INI_SCAN_DIR") else {}
    become([program, "-F", "-y", file, *words], {**without_own(environ), **scanned}, program=program)


def configuration(view: View, *, is_root: bool) -> str:
    """Return FPM's configuration: messages to the output, the image's pool, then the service's files."""
    address = view.addresses[0] if view.addresses else ""
    user = user_named("www-data", "apache", "nobody") if is_root else None
    pool = _POOL + (f"user = {user.pw_name}\ngroup = {user.pw_gid}\n" if user else "")
    parts = [pool]
    for name, real in view.listing("/usr/local/etc/php-fpm.d").items():
        if name.endswith(".conf") and name != "docker.conf":
            with open(real, encoding="utf-8", errors="surrogateescape") as file:
                parts.append(file.read().rstrip("\n") + "\n")
    text = "".join(parts)
    if address:
        text = _LISTEN.sub(lambda match: match[1] + _listening(match[2], address), text)
    return f"[global]\nerror_log = /proc/self/fd/2\nlog_limit = 8192\ndaemonize = no\n{text}"


def _listening(value: str, address: str) -> str:
    return f"{bracketed(address)}:{value}" if value.isdigit() else with_address(value, address)
