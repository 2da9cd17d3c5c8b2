"""The configuration that Apache runs with: the image's, or the service's own, with places replaced."""

import glob
import os
import re
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.images.entry.listening import bracketed
from composekit.images.entry.view import View

_MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules", "/usr/libexec/apache2")
_TYPES = ("/etc/mime.types", "/etc/apache2/mime.types")
_LISTEN = re.compile(r"(?:\*|0\.0\.0\.0|\[::\])?:?(\d{1,5})", re.ASCII)
_SAFE = ("authn_file", "authn_core", "authz_host", "authz_groupfile", "authz_user", "authz_core", "access_compat",
         "auth_basic", "reqtimeout", "filter", "mime", "env", "headers", "setenvif", "dir", "alias", "autoindex",
         "status", "rewrite", "negotiation", "deflate", "expires")  # fmt: skip
_RULES = """ServerName localhost
TypesConfig {types}
ErrorLog /proc/self/fd/2
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\"" combined
CustomLog /proc/self/fd/1 common
<Directory />
    AllowOverride none
    Require all denied
</Directory>
<Files ".ht*">
    Require all denied
</Files>
"""
_PLAIN_SITE = """DocumentRoot "/usr/local/apache2/htdocs"
<Directory "/usr/local/apache2/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
DirectoryIndex index.html
"""
_PHP_SITE = """DocumentRoot "/var/www/html"
<Directory "/var/www/html">
    Options -Indexes +FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
<FilesMatch \\.php$>
    SetHandler application/x-httpd-php
</FilesMatch>
DirectoryIndex disabled
DirectoryIndex index.php index.html
"""
_PAGE = "<html><body><h1>It works!</h1></body></html>\n"


class Kind(NamedTuple):
    """An image's places: its server root, its main file below it, the folders whose files count, its site."""

    root: str
    main: str
    folders: tuple[str, ...]
    site: str
    document_root: str


PLAIN = Kind("/usr/local/apache2", "/usr/local/apache2/conf/httpd.conf", (), _PLAIN_SITE, "/usr/local/apache2/htdocs")
PHP = Kind(
    "/etc/apache2", "/etc/apache2/apache2.conf",
    ("/etc/apache2/conf-enabled", "/etc/apache2/sites-enabled", "/etc/apache2/sites-available"),
    _PHP_SITE, "/var/www/html",
)  # fmt: skip


def write(view: View, root: str, kind: Kind, *, user: str | None) -> str:
    """Make the server root and return its main configuration file. Raises `ComposekitError` without modules."""
    modules = next((folder for folder in _MODULES if os.path.isdir(folder)), None)
    if modules is None:
        raise ComposekitError("Apache's modules are not here", hint="install apache2-bin")
    os.makedirs(os.path.join(root, "logs"), exist_ok=True)
    os.makedirs(os.path.join(root, "conf"), exist_ok=True)
    if not os.path.lexists(os.path.join(root, "modules")):
        os.symlink(modules, os.path.join(root, "modules"))
    os.chmod(root, 0o755)  # noqa: S103  # its workers are another user
    if not view.provided(kind.document_root) and not os.path.isdir(kind.document_root):
        page = os.path.join(root, "htdocs")
        _save(os.path.join(page, "index.html"), _PAGE)
        view = View({**view.paths, kind.document_root: page}, view.scratch, view.addresses)
    conf = os.path.dirname(kind.main)
    rewriter = Rewriter(view, kind, modules, root)
    for name, real in _files(view, conf):
        _save(os.path.join(root, "conf", name), rewriter.rewrite(_text(real)))
    own = view.provided(kind.main)
    text = rewriter.rewrite(_text(own)) if own and os.path.isfile(own) else _default(view, kind, modules, root)
    head = f'PidFile "{root}/httpd.pid"\nDefaultRuntimeDir "{root}"\nMutex file:{root} default\n'
    if "mpm_" not in text:
        head += _load(modules, [_mpm(modules, kind)])
    tail = f"User {user}\nGroup #{group_of(user)}\n" if user else ""
    main = os.path.join(root, "conf", "composekit.conf")
    _save(main, head + rewriter.without_places(text) + tail)
    return main


def group_of(user: str) -> int:
    """Return the number of a user's own group; users with a number of their own are in the group of that number."""
    import pwd

    try:
        return pwd.getpwnam(user).pw_gid
    except KeyError:
        return int(user.lstrip("#")) if user.lstrip("#").isdigit() else os.getegid()


def _default(view: View, kind: Kind, modules: str, root: str) -> str:
    """Return the image's own configuration, followed by the service's files in its folders."""
    types = next((file for file in _TYPES if os.path.exists(file)), os.devnull)
    names = list(_SAFE)
    if kind is PHP:
        found = sorted(glob.glob(os.path.join(modules, "libphp*.so")))
        if not found:
            raise ComposekitError("Apache has no PHP here", hint="install libapache2-mod-php")
        php = f'LoadModule php_module "{found[-1]}"\n'
    else:
        php = ""
    rewriter = Rewriter(view, kind, modules, root)
    text = rewriter.rewrite("Listen 80\n") + _load(modules, names) + php + _RULES.format(types=types)
    text += rewriter.rewrite(kind.site)
    for folder in kind.folders:
        for name, real in view.listing(folder).items():
            if name.endswith(".conf") and os.path.isfile(real):
                text += rewriter.rewrite(_text(real))
    return text


class Rewriter:
    """Rewrites a configuration's lines one by one, so that the numbers in Apache's messages stay right."""

    def __init__(self, view: View, kind: Kind, modules: str, root: str) -> None:
        self.view = view
        self.kind = kind
        self.modules = modules
        self.root = root
        self._paths = sorted(view.paths, key=len, reverse=True)
        place = "|".join(map(re.escape, self._paths))
        self._place = re.compile(rf"(?<![\w./-])({place})(?=[/\"'\s>]|$)") if place else None

    def rewrite(self, text: str) -> str:
        """Return a text with addresses, modules and paths replaced."""
        return "".join(self._line(line) for line in text.splitlines(keepends=True))

    def without_places(self, text: str) -> str:
        """Leave out what says where the server itself is: that is said on the command line."""
        return re.sub(r"(?mi)^\s*(?:ServerRoot|PidFile|User|Group|Mutex|DefaultRuntimeDir)\s.*$", "#", text)

    def _line(self, line: str) -> str:
        words = line.split()
        name = words[0].lower() if words else ""
        if name == "listen" and len(words) > 1:
            return self._listen(line, words)
        if name == "loadmodule" and len(words) > 2:
            return self._load_module(line, words)
        return self._placed(line)

    def _listen(self, line: str, words: list[str]) -> str:
        match = _LISTEN.fullmatch(words[1])
        if match is None or not self.view.addresses:
            return line
        more = "".join(f" {word}" for word in words[2:])
        # One line, so that the file keeps its line numbers: Apache takes one address a line, so only the first.
        return f"Listen {bracketed(self.view.addresses[0])}:{match[1]}{more}\n"

    def _load_module(self, line: str, words: list[str]) -> str:
        real = os.path.join(self.modules, os.path.basename(words[2].strip('"')))
        if os.path.exists(real):
            return f'LoadModule {words[1]} "{real}"\n'
        own = self.view.provided(words[2].strip('"'))
        return self._placed(line) if own else f"# {' '.join(words)} (built in here, or not here)\n"

    def _placed(self, line: str) -> str:
        if self._place is not None:
            line = self._place.sub(lambda match: self.view.paths[match[1]], line)
        conf = os.path.dirname(self.kind.main)
        return line.replace(conf + "/", os.path.join(self.root, "conf") + "/") if conf in line else line


def _mpm(modules: str, kind: Kind) -> str:
    order = ("mpm_prefork", "mpm_event") if kind is PHP else ("mpm_event", "mpm_worker", "mpm_prefork")
    return next((name for name in order if os.path.exists(os.path.join(modules, f"mod_{name}.so"))), order[0])


def _load(modules: str, names: list[str]) -> str:
    files = [(name, os.path.join(modules, f"mod_{name}.so")) for name in names]
    return "".join(f'LoadModule {name}_module "{file}"\n' for name, file in files if os.path.exists(file))


def _files(view: View, top: str) -> list[tuple[str, str]]:
    """Return the provided files below a directory of the image: (path below it, path on this machine)."""
    found = []
    for name, real in view.listing(top).items():
        if os.path.isfile(real):
            found.append((name, real))
        for folder, _, names in os.walk(real) if os.path.isdir(real) else ():
            below = os.path.relpath(folder, real)
            found += [(os.path.normpath(os.path.join(name, below, one)), os.path.join(folder, one)) for one in names]
    deeper = [(path.removeprefix(top + "/"), real) for path, real in view.paths.items() if path.startswith(top + "/")]
    found += [(name, real) for name, real in deeper if "/" in name and os.path.isfile(real)]
    return [(name, real) for name, real in found if name.endswith((".conf", ".types", "magic"))]


def _text(real: str) -> str:
    with open(real, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _save(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
