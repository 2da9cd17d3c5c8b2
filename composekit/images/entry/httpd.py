"""The httpd and php:apache images' entrypoint: Apache in the foreground on a copy of the image's configuration.

The copy is a server root in the scratch directory: conf/ with every file of the service rewritten, modules/ the
machine's, logs/ empty. `Listen` gets the replica's addresses, paths of the image become this machine's.
"""

import os
import re

from composekit.errors import ComposekitError
from composekit.images.entry import httpd_config
from composekit.images.entry.identity import user_named, within_reach
from composekit.images.entry.view import View, become, read_view, say, without_own

_NAMES = frozenset({"apache2", "apache2-foreground", "apachectl", "httpd", "httpd-foreground"})
_OWN_ACTIONS = frozenset({"-v", "-V", "-l", "-L", "-h"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become Apache, or the command that was given instead."""
    name = os.path.basename(arguments[0]) if arguments else ""
    if name.startswith("-"):
        arguments, name = ["apache2-foreground", *arguments], "apache2-foreground"
    if name not in _NAMES or _OWN_ACTIONS.intersection(arguments):
        become(arguments, without_own(environ), program=program if name in _NAMES else None)
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and Apache needs one to write to")
    view, user = _worker(view)
    root = os.path.join(view.scratch, "httpd")
    kind = httpd_config.PHP if "APACHE_CONFDIR" in environ else httpd_config.PLAIN
    file = httpd_config.write(view, root, kind, user=user)
    words = [word for word in arguments[1:] if not re.fullmatch(r"-D?FOREGROUND|FOREGROUND|-D", word)]
    command = [program, "-d", root, "-f", file, "-D", "FOREGROUND", *words]
    become(command, {**without_own(environ), "APACHE_RUN_DIR": root, "APACHE_LOG_DIR": root}, program=program)


def _worker(view: View) -> tuple[View, str | None]:
    """Return the view that the workers can read, and the user they run as: `None` when we are not root."""
    user = user_named("www-data", "apache", "daemon", "nobody") if os.geteuid() == 0 else None
    if user is None:
        return view, None
    try:
        return within_reach(view, user), user.pw_name
    except ComposekitError as wrong:
        say(f"httpd: {wrong}: files that its workers cannot reach are forbidden")
        return view, user.pw_name
