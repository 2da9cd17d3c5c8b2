"""The adminer image's entrypoint: Adminer on PHP's own web server, with the server to log in to filled in.

ADMINER_DEFAULT_SERVER is the image's (https://hub.docker.com/_/adminer); its designs and plugins are not there.
"""

import os

from composekit.errors import ComposekitError
from composekit.images.entry.php import php_arguments
from composekit.images.entry.view import become, read_view, without_own

_FILES = ("/usr/share/adminer/adminer.php", "/usr/share/webapps/adminer/adminer.php")
_INDEX = """<?php
namespace docker {
    function adminer_object() {
        class Adminer extends \\Adminer {
            function loginFormField($name, $heading, $value) {
                $server = getenv('ADMINER_DEFAULT_SERVER');
                if ($name == 'server' && $server !== false && strpos($value, 'value=""') !== false) {
                    $value = str_replace('value=""', 'value="' . htmlspecialchars($server) . '"', $value);
                }
                return parent::loginFormField($name, $heading, $value);
            }
        }
        return new Adminer;
    }
}
namespace {
    function adminer_object() { return docker\\adminer_object(); }
    chdir(%s);
    require %s;
}
"""


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become PHP's web server with Adminer, or the command that was given instead."""
    if not arguments or os.path.basename(arguments[0]) != "php":
        become(arguments, without_own(environ))
    view = read_view(environ)
    file = next((path for path in _FILES if os.path.exists(path)), None)
    if file is None:
        raise ComposekitError("Adminer is not here", hint="install it, on Debian and Ubuntu: apt-get install adminer")
    folder = os.path.join(view.scratch, "adminer")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "index.php")):
        with open(os.path.join(folder, "index.php"), "w", encoding="utf-8") as index:
            index.write(_INDEX % (_quoted(os.path.dirname(file)), _quoted(file)))
    words = [folder if word == "/var/www/html" else word for word in php_arguments(arguments[1:], view)]
    become(["php", *words], without_own(environ), program=program)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
