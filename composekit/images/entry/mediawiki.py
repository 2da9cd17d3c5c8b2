"""The mediawiki image's entrypoint: this machine's MediaWiki below /var/www/html, on Apache with PHP.

What the service puts there (LocalSettings.php, images, extensions, skins) lies over it; the machine's own settings are
not used. https://hub.docker.com/_/mediawiki
"""

import json
import os
import shutil

from composekit.errors import ComposekitError
from composekit.images.entry import httpd
from composekit.images.entry.identity import give, user_named, within_reach
from composekit.images.entry.view import View, read_view

_ROOT = "/var/www/html"
_HERE = "/usr/share/mediawiki"
_OWN = frozenset({"LocalSettings.php", "cache", "config", "extensions", "images"})
_SERVERS = frozenset({"apache2", "apache2-foreground"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become Apache with MediaWiki, or the command that was given instead."""
    if arguments and os.path.basename(arguments[0]) in _SERVERS:
        user = user_named("www-data", "apache") if os.geteuid() == 0 else None
        view = within_reach(read_view(environ), user) if user is not None else read_view(environ)
        if not os.path.isdir(_HERE):
            raise ComposekitError(
                "MediaWiki is not here", hint="install it, on Debian and Ubuntu: apt-get install mediawiki"
            )
        base = _base(os.path.join(view.scratch, "mediawiki"))
        for name in ("cache", "images"):
            os.makedirs(os.path.join(base, name), exist_ok=True)
            if user is not None:
                give(os.path.join(base, name), user)
        root = View({**view.paths, _ROOT: base}, view.scratch, view.addresses).reading(_ROOT)
        environ["COMPOSEKIT_PATHS"] = json.dumps({**view.paths, _ROOT: root})
        environ |= {"COMPOSEKIT_SCRATCH": view.scratch, "MW_INSTALL_PATH": root}
    httpd.main(program, arguments, environ)


def _base(base: str) -> str:
    """Return a directory with MediaWiki in it: links to what is only read, and places of its own to write to."""
    os.makedirs(os.path.join(base, "extensions"), exist_ok=True)
    for name in sorted(set(os.listdir(_HERE)) - _OWN):
        source, place = os.path.join(_HERE, name), os.path.join(base, name)
        if os.path.lexists(place):
            continue
        if os.path.isdir(source):
            os.symlink(source, place)
        else:
            shutil.copyfile(source, place)
    bundled = os.path.join(_HERE, "extensions-core")
    for name in os.listdir(bundled) if os.path.isdir(bundled) else ():
        place = os.path.join(base, "extensions", name)
        if not os.path.lexists(place):
            os.symlink(os.path.join(bundled, name), place)
    return base
