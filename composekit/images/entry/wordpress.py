"""The wordpress image's entrypoint: WordPress in /var/www/html on its first start, then Apache with PHP, or PHP's FPM.

Variables are those of https://hub.docker.com/_/wordpress. The files are those of this
machine's WordPress, as Debian packages it.
"""

import os
import secrets
import shutil

from composekit.errors import ComposekitError
from composekit.images.entry import httpd, php_fpm
from composekit.images.entry.identity import give, user_named
from composekit.images.entry.view import View, from_file, read_view, say

_ROOT = "/var/www/html"
_HERE = "/usr/share/wordpress"
_CONTENT = "/var/lib/wordpress/wp-content"
_SERVERS = frozenset({"apache2", "apache2-foreground", "php-fpm"})
_KEYS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT",
         "LOGGED_IN_SALT", "NONCE_SALT")  # fmt: skip
_SETTINGS = {
    "DB_NAME": "wordpress",
    "DB_USER": "example username",
    "DB_PASSWORD": "example password",
    "DB_HOST": "mysql",
    "DB_CHARSET": "utf8mb4",
    "DB_COLLATE": "",
}


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the web server, or the command that was given instead."""
    name = os.path.basename(arguments[0]) if arguments else ""
    if name in _SERVERS:
        view = read_view(environ)
        environ = with_secrets(environ, view)
        _fill(view.writable(_ROOT), environ)
    start = php_fpm.main if name == "php-fpm" else httpd.main
    start(program, arguments, environ)


def with_secrets(environ: dict[str, str], view: View) -> dict[str, str]:
    """Return the environment with what WORDPRESS_..._FILE variables name in its place, as PHP may not read secrets."""
    made = dict(environ)
    for variable in environ:
        name = variable.removesuffix("_FILE")
        if name != variable and name.startswith("WORDPRESS_"):
            made[name] = from_file(environ, name, view)
            del made[variable]
    return made


def _fill(root: str, environ: dict[str, str]) -> None:
    """Put WordPress into a directory that has none, and its settings, if any are given."""
    os.makedirs(root, exist_ok=True)
    user = user_named("www-data", "apache") if os.geteuid() == 0 else None
    is_new = not os.path.exists(os.path.join(root, "wp-includes", "version.php"))
    if is_new:
        if not os.path.isdir(_HERE):
            raise ComposekitError(
                "WordPress is not here", hint="install it, on Debian and Ubuntu: apt-get install wordpress"
            )
        _copy(_HERE, root)
        if os.path.isdir(_CONTENT):
            _copy(_CONTENT, os.path.join(root, "wp-content"))
        say("wordpress: its files are copied")
    settings = os.path.join(root, "wp-config.php")
    is_set = any(name.startswith("WORDPRESS_") for name in environ)
    if is_set and not os.path.exists(settings):
        with open(settings, "w", encoding="utf-8") as file:
            file.write(configuration([secrets.token_hex(20) for _ in _KEYS]))
    if is_new and user is not None:
        give(root, user)


def _copy(source: str, target: str) -> None:
    """Copy a tree over another, links as what they lead to; the machine's own settings are not the service's."""
    left_out = shutil.ignore_patterns("wp-config.php", ".htaccess")
    try:
        shutil.copytree(source, target, ignore=left_out, ignore_dangling_symlinks=True, dirs_exist_ok=True)
    except shutil.Error as wrong:
        raise ComposekitError(f"WordPress cannot be copied: {wrong.args[0][0][2]}") from None


def configuration(keys: list[str]) -> str:
    """Return a wp-config.php that asks the environment each time, so that a changed variable counts at once."""
    lines = ["<?php"]
    for name, default in _SETTINGS.items():
        lines.append(f"define('{name}', getenv('WORDPRESS_{name}') ?: '{default}');")
    for name, key in zip(_KEYS, keys, strict=True):
        lines.append(f"define('{name}', getenv('WORDPRESS_{name}') ?: '{key}');")
    lines += [
        "$table_prefix = getenv('WORDPRESS_TABLE_PREFIX') ?: 'wp_';",
        "define('WP_DEBUG', (bool) getenv('WORDPRESS_DEBUG'));",
        "if (strpos($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '', 'https') !== false) { $_SERVER['HTTPS'] = 'on'; }",
        "if ($extra = getenv('WORDPRESS_CONFIG_EXTRA')) { eval($extra); }",
        "if (!defined('ABSPATH')) { define('ABSPATH', __DIR__ . '/'); }",
        "require_once ABSPATH . 'wp-settings.php';",
    ]
    return "\n".join(lines) + "\n"
