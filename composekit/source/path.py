"""Keys in the tree, as a tuple: ("services", "web", "ports", 0). Joined only to be printed."""

import re

Path = tuple["str | int", ...]

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def show_path(path: Path) -> str:
    """Return services.web.ports[0]; a key with a dot or space is quoted: services."web.v2".image."""
    shown = ""
    for key in path:
        if isinstance(key, int):
            shown += f"[{key}]"
        else:
            word = key if _PLAIN.fullmatch(key) else '"' + key.replace('"', '\\"') + '"'
            shown += f".{word}" if shown else word
    return shown
