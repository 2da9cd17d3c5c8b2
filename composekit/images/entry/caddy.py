"""The caddy image's entrypoint: the Caddyfile is adapted to JSON, where addresses and paths become the replica's.

JSON is Caddy's native form (https://caddyserver.com/docs/json/); in it every listening address is spelled out, also
those that a Caddyfile leaves unsaid.
"""

import json
import os
from typing import Any

from composekit.errors import ComposekitError
from composekit.images.entry.listening import bracketed
from composekit.images.entry.steps import output_of
from composekit.images.entry.view import View, become, read_view, without_own

_DEFAULT = ':80 {\n\trespond "Caddy works: give it a Caddyfile at /etc/caddy/Caddyfile"\n}\n'
_ADMIN = 2019
_PATHS = frozenset({"certificate", "dir", "filename", "folder", "key", "root", "trusted_ca_certs_pem_files"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become Caddy, or the command that was given instead."""
    if not arguments or os.path.basename(arguments[0]) != "caddy" or arguments[1:2] != ["run"]:
        become(arguments, without_own(environ), program=program if arguments[:1] == ["caddy"] else None)
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and caddy needs one to write to")
    environ = without_own(environ)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environ[name] = view.writable(environ.get(name) or "/data")
        os.makedirs(environ[name], exist_ok=True)
    path, adapter, rest = options(arguments[2:])
    real = view.reading(path)
    if path == "/etc/caddy/Caddyfile" and view.provided(path) is None:
        real = os.path.join(view.scratch, "Caddyfile")
        with open(real, "w", encoding="utf-8") as file:
            file.write(_DEFAULT)
    words = [program, "adapt", "--config", real, *(["--adapter", adapter] if adapter else [])]
    # Messages about the file stand in Caddy's own words above ours.
    adapted = adapted_to_replica(json.loads(output_of(words, environ)), view) if adapter else _read_json(real, view)
    made = os.path.join(view.scratch, "caddy.json")
    with open(made, "w", encoding="utf-8") as file:
        json.dump(adapted, file)
    become([program, "run", "--config", made, *rest], environ, program=program)


def options(arguments: list[str]) -> tuple[str, str, list[str]]:
    """Return the configuration, its adapter (none for JSON) and the other arguments of `caddy run`."""
    path, adapter, rest = "", "", []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in {"--config", "-config", "-c"}:
            path = value if equals else next(words, "")
        elif name in {"--adapter", "-adapter", "-a"}:
            adapter = value if equals else next(words, "")
        elif name not in {"--watch", "-w", "--resume"}:
            rest.append(word)
    path = path or "/etc/caddy/Caddyfile"
    if not adapter and os.path.basename(path).startswith("Caddyfile"):
        adapter = "caddyfile"
    return path, adapter, rest


def adapted_to_replica(config: Any, view: View) -> Any:
    """Return a JSON configuration that listens at the replica's addresses and finds its files on this machine."""
    config = _with_paths(config, view)
    if not view.addresses or not isinstance(config, dict):
        return config
    first = bracketed(view.addresses[0])
    admin = config.setdefault("admin", {})
    if not admin.get("disabled"):
        port = str(admin.get("listen", "")).rpartition(":")[2]
        admin["listen"] = f"{first}:{port if port.isdigit() else _ADMIN}"
    for server in config.get("apps", {}).get("http", {}).get("servers", {}).values():
        server["listen"] = [one for word in server.get("listen", []) for one in _listening(word, view)]
    return config


def _listening(word: str, view: View) -> list[str]:
    network, slash, rest = word.rpartition("/")
    host, colon, port = rest.rpartition(":")
    if not colon or network.startswith("unix") or host not in {"", "0.0.0.0", "[::]"}:  # noqa: S104  # a name to replace
        return [word]
    return [f"{network}{slash}{bracketed(address)}:{port}" for address in view.addresses]


def _with_paths(value: Any, view: View, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _with_paths(one, view, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_paths(one, view, key) for one in value]
    is_path = key in _PATHS and isinstance(value, str) and value.startswith("/")
    return (view.provided(value) or value) if is_path else value


def _read_json(real: str, view: View) -> Any:
    try:
        with open(real, encoding="utf-8") as file:
            return adapted_to_replica(json.load(file), view)
    except (OSError, ValueError) as wrong:
        raise ComposekitError(f"'{real}' cannot be read as JSON: {wrong}", hint="name the --adapter") from None
