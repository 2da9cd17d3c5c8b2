"""The configuration that nginx runs with: the service's own, or the image's, copied with addresses and paths replaced.

`listen` gets the replica's addresses, so that several replicas can listen on port 80; paths of the image become those
of this machine; what nginx writes goes to the scratch directory, and logs that are links in the image to the output.
"""

import os
import posixpath
import re
from fnmatch import fnmatchcase

from composekit.errors import ComposekitError
from composekit.images.entry.nginx_syntax import Directive, Word, quoted, read_directives
from composekit.images.entry.view import View

MAIN = """\
user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';
    access_log /var/log/nginx/access.log main;
    sendfile on;
    keepalive_timeout 65;
    include /etc/nginx/conf.d/*.conf;
}
"""
DEFAULT_SERVER = """\
server {
    listen 80;
    server_name localhost;
    root /usr/share/nginx/html;
    index index.html index.htm;
    error_page 500 502 503 504 /50x.html;
}
"""
_PREFIX = "/etc/nginx"
_DEFAULT = "/etc/nginx/conf.d/default.conf"
# In the image these two are links to the container's output.
_LINKED = {"/var/log/nginx/access.log": "/dev/stdout", "/var/log/nginx/error.log": "stderr"}
_CERTIFICATES = frozenset(
    {
        *("proxy_ssl_certificate", "proxy_ssl_certificate_key", "proxy_ssl_crl", "proxy_ssl_trusted_certificate"),
        *("ssl_certificate", "ssl_certificate_key", "ssl_client_certificate", "ssl_crl", "ssl_dhparam"),
        *("ssl_password_file", "ssl_session_ticket_key", "ssl_stapling_file", "ssl_trusted_certificate"),
    }
)
_READ = _CERTIFICATES | {
    *("alias", "auth_basic_user_file", "geoip_city", "geoip_country", "js_import", "js_path", "load_module"),
    *("perl_modules", "root", "xml_entities", "xslt_stylesheet"),
}
_TEMPORARY = ("client_body_temp_path", "fastcgi_temp_path", "proxy_temp_path", "scgi_temp_path", "uwsgi_temp_path")
_CACHES = ("fastcgi_cache_path", "proxy_cache_path", "scgi_cache_path", "uwsgi_cache_path")
_WRITTEN = frozenset({"access_log", "error_log", "lock_file", "pid", *_TEMPORARY, *_CACHES})
_DATA_BLOCKS = frozenset({"charset_map", "geo", "map", "split_clients", "types"})
_EMBEDDED_DNS = "127.0.0.11"


class _Block:
    """An open block: what it is, where its body begins, and for a server the addresses it listens on."""

    __slots__ = ("at", "listens", "name", "seen")

    def __init__(self, name: str, at: int) -> None:
        self.name = name
        self.at = at
        self.listens: set[str] = set()
        self.seen: set[str] = set()


class Configuration:
    """One run of nginx: the files it may include, what it runs as, and the copies made so far.

    `made` are files of the image that exist in memory only, such as filled templates: path -> text. `ports` are those
    that the copies listen on.
    """

    def __init__(self, view: View, *, user: str | None, made: dict[str, str], dns: str = "") -> None:
        self.view = view
        self.user = user
        self.made = dict(made)
        self.dns = dns
        self.ports: set[str] = set()
        self._defaults: set[str] = set()
        self._open: list[str] = []
        self._main = _Block("", 0)
        given = view.provided("/etc/nginx/conf.d") or view.provided(_DEFAULT) or view.written(_DEFAULT)
        if not given and _DEFAULT not in self.made:
            self.made[_DEFAULT] = DEFAULT_SERVER

    def write(self, path: str, *, given: str = "") -> str:
        """Copy a configuration and what it includes; returns the copy. `given` are the directives of -g."""
        self._main = _Block("", 0)
        copy = self._copy(path, [self._main], self._text(path) or MAIN)
        missing = []
        if "pid" not in self._main.seen and not re.search(r"\bpid\s", given):
            missing.append(f"pid {quoted(self._written('/run/nginx.pid'))};")
        if "error_log" not in self._main.seen:
            missing.append("error_log stderr;")
        if "user" not in self._main.seen and self.user and not re.search(r"\buser\s", given):
            missing.append(f"user {self.user};")
        if missing:
            with open(copy, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
            _save(copy, " ".join(missing) + " " + text)
        return copy

    def _text(self, path: str) -> str | None:
        if path in self.made:
            return self.made[path]
        real = self.view.provided(path)
        if real is None or not os.path.isfile(real) or os.path.getsize(real) == 0:
            real = self.view.written(path) or real
        if real is None or not os.path.isfile(real):
            return None
        with open(real, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()

    def _copy(self, path: str, blocks: list[_Block], text: str) -> str:
        if path in self._open:
            raise ComposekitError(f"nginx configuration '{path}' includes itself")
        self._open.append(path)
        copy = os.path.join(self.view.scratch, "nginx", path.lstrip("/"))
        edits: list[tuple[int, int, str]] = []
        depth = len(blocks)
        blocks = list(blocks)
        for directive in read_directives(text, path):
            if directive.body is not None:
                blocks[-1].seen.add(directive.name)
                blocks.append(_Block(directive.name, directive.body))
            elif not directive.words:
                if len(blocks) > depth:
                    block = blocks.pop()
                    edits += [(block.at, block.at, added) for added in self._added(block, blocks)]
            elif blocks[-1].name not in _DATA_BLOCKS or directive.name == "include":
                blocks[-1].seen.add(directive.name)
                edits += self._edits(directive, blocks)
        self._open.pop()
        _save(copy, _edited(text, edits))
        return copy

    def _added(self, block: _Block, around: list[_Block]) -> list[str]:
        """Return what a block needs and does not say itself."""
        if block.name == "server" and around[-1].name == "http" and not block.listens and self.view.addresses:
            self.ports.add("80")
            return ["".join(f" listen {_at(address, '80')};" for address in self.view.addresses)]
        if block.name == "http":
            folders = [name for name in _TEMPORARY if name not in block.seen]
            added = [f" {name} {quoted(self._written('/var/cache/nginx/' + name))};" for name in folders]
            return added if "access_log" in block.seen else [" access_log /dev/stdout;", *added]
        return []

    def _edits(self, directive: Directive, blocks: list[_Block]) -> list[tuple[int, int, str]]:
        name, words = directive.name, directive.words[1:]
        if not words:
            return []
        first = words[0]
        if name == "include":
            return [(directive.start, directive.end, self._included(first.text, blocks))]
        if name == "listen":
            return self._listen(directive, blocks[-1])
        if name == "user" and len(blocks) == 1:
            return [(directive.start, directive.end, f"user {self.user};" if self.user else "")]
        if name == "resolver" and self.dns:
            return [(w.start, w.end, self.dns) for w in words if w.text.partition(":")[0] == _EMBEDDED_DNS]
        if name in _WRITTEN:
            return _replaced(first, self._written(first.text))
        if name in _READ and not first.text.startswith(("$", "data:", "engine:")):
            return _replaced(first, self._read(first.text))
        if name == "server" or name.endswith("_pass"):
            return _replaced(first, re.sub(r"unix:(/[^:;]*)", lambda m: "unix:" + self.view.reading(m[1]), first.text))
        return []

    def _listen(self, directive: Directive, block: _Block) -> list[tuple[int, int, str]]:
        first, *parameters = (word.text for word in directive.words[1:])
        if first.startswith("unix:"):
            block.listens.add(first)
            return _replaced(directive.words[1], "unix:" + self._written(first[len("unix:") :]))
        if not self.view.addresses:
            block.listens.add(first)
            return []
        port = listen_port(first)
        self.ports.add(port)
        transport = "udp" if {"udp", "quic"}.intersection(parameters) else "tcp"
        written = ""
        for address in self.view.addresses:
            key = f"{_at(address, port)}/{transport}"
            if key in block.listens:
                continue  # the same port was listened on for IPv4 and for IPv6; the replica's address is one
            block.listens.add(key)
            kept = [word for word in parameters if not word.startswith("ipv6only=")]
            if "default_server" in kept and key in self._defaults:
                kept.remove("default_server")
            if "default_server" in kept:
                self._defaults.add(key)
            written += " ".join(["listen", _at(address, port), *kept]) + "; "
        return [(directive.start, directive.end, written.rstrip())]

    def _included(self, pattern: str, blocks: list[_Block]) -> str:
        """Return one `include` for each file that a pattern means, in nginx' order, each a copy of the file."""
        pattern = posixpath.join(_PREFIX, pattern)
        directory, name = posixpath.split(pattern)
        if not re.search(r"[*?\[]", name):
            text = self._text(pattern)
            return f"include {quoted(pattern if text is None else self._copy(pattern, blocks, text))};"
        names = set(self.view.listing(directory))
        if self.view.has_root and os.path.isdir(directory):
            names |= {one for one in os.listdir(directory) if self.view.written(posixpath.join(directory, one))}
        names |= {posixpath.basename(path) for path in self.made if posixpath.dirname(path) == directory}
        copies = []
        for one in sorted(names):
            text = self._text(posixpath.join(directory, one)) if fnmatchcase(one, name) else None
            if text is not None and not (one.startswith(".") and not name.startswith(".")):
                copies.append(self._copy(posixpath.join(directory, one), blocks, text))
        return " ".join(f"include {quoted(copy)};" for copy in copies)

    def _read(self, path: str) -> str:
        # The image's prefix is /etc/nginx, where `modules` is a link.
        full = posixpath.join("/usr/lib/nginx" if path.startswith("modules/") else _PREFIX, path)
        head, variable, tail = full.partition("$")  # `root /sites/$host;`: the part before can be placed
        if not variable:
            return _like(full, self.view.reading(full))
        directory, slash, rest = head.rpartition("/")
        return self.view.reading(directory or "/") + slash + rest + variable + tail

    def _written(self, path: str) -> str:
        if path in {"off", "stderr", "memory:"} or path.startswith(("syslog:", "memory:", "/dev/", "$")):
            return path
        full = posixpath.join(_PREFIX, path)
        if full in _LINKED and not self.view.provided(full):
            return _LINKED[full]
        if "$" in full:
            return self.view.writable(full.partition("$")[0]) + "$" + full.partition("$")[2]
        real = self.view.writable(full)
        os.makedirs(os.path.dirname(real), exist_ok=True)
        return real


def listen_port(first: str) -> str:
    """Return the port of `listen`'s first word: 80 when there is none."""
    if first.isdigit() or re.fullmatch(r"\d+-\d+", first):
        return first
    match = re.search(r"\]:?(\d*)$" if first.startswith("[") else r":(\d+)$", first)
    return (match[1] if match else "") or "80"


def _at(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _like(path: str, real: str) -> str:
    """Return the real path with the slash at its end that the path has: `alias` needs both or none."""
    return real.rstrip("/") + "/" if path.endswith("/") else real


def _replaced(word: Word, text: str) -> list[tuple[int, int, str]]:
    return [] if text == word.text else [(word.start, word.end, quoted(text))]


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    pieces, at = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        # A directive over several lines stays as long as it was, so that later lines keep their numbers.
        pieces += [text[at:start], new, "\n" * text.count("\n", start, end)]
        at = end
    return "".join([*pieces, text[at:]])


def _save(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
