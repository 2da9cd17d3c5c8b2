"""Trees to hand on: with paths relative to the project again, or without what nobody else should see.

Both work on a loaded tree and leave the project itself alone.
"""

import os
import re

from composekit.load.table import Branch, Kind
from composekit.source.node import Mapping, Node, Scalar, Sequence

REDACTED = "***"

_SECRET_NAME = re.compile(
    r"PASS(?:WORD|WD|PHRASE)?(?:$|_)|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|ENCRYPTION_?KEY|CREDENTIAL|(?:^|_)AUTH$|(?:^|_)PWD$",
    re.IGNORECASE,
)
_REFERENCE_NAME = re.compile(r"(?:_FILE|_PATH|_DIR|_NAME|_ID)$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*):([^\s/@]+)@")
_ASSIGNMENT = re.compile(r"(--?[\w-]*(?:password|passwd|secret|token|api-?key)[\w-]*)([= ])(\S+)", re.IGNORECASE)
_OPTION = re.compile(r"--?[\w-]*(?:password|passwd|secret|token|api-?key)[\w-]*", re.IGNORECASE)
_MAPS = (Kind.VARIABLES, Kind.TEXT_MAP, Kind.STRINGS)  # their keys are names that users chose


def relative_paths(tree: Mapping, directory: str, table: Branch) -> Mapping:
    """Return a tree whose paths start at the project directory: ./data, ../shared, . itself."""
    done = _relative(tree, directory, table)
    return done if isinstance(done, Mapping) else tree


def _relative(node: Node, directory: str, at: Branch) -> Node:
    if isinstance(node, Mapping):
        kind = node.get("type")
        is_bind = isinstance(kind, Scalar) and kind.value == "bind"
        changed: dict[str, Node] = {}
        for key, value in node.items.items():
            below = at.down_any(key)
            bound = is_bind and key == "source" and at.field is not None and at.field.anchor is not None
            done = _shorten(value, directory) if bound else _relative(value, directory, below)
            if done is not value:
                changed[key] = done
        return node.with_items(changed)
    if isinstance(node, Sequence):
        below = at.down("[]")
        return node.with_items([_relative(item, directory, below) for item in node])
    return _shorten(node, directory) if at.field is not None and at.field.anchor is not None else node


def _shorten(node: Node, directory: str) -> Node:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.startswith("/"):
        return node
    # What lies beside the project can move with it; a path elsewhere on the machine, such as /var/run, cannot.
    parent = os.path.dirname(directory.rstrip("/")).rstrip("/")
    if node.value != directory and not node.value.startswith(f"{parent}/"):
        return node
    short = os.path.relpath(node.value, directory)
    return node.with_value(short if short in (".", "..") or short.startswith("../") else f"./{short}")


def redact(tree: Mapping, table: Branch) -> Mapping:
    """Return a tree without credentials.

    Values of variables, build arguments, labels and options whose name says that they hold one, passwords in URLs and
    command lines, and the content of configs become ***.
    """
    done = _redacted(tree, table, hide=False)
    return done if isinstance(done, Mapping) else tree


def _redacted(node: Node, at: Branch, *, hide: bool) -> Node:
    if isinstance(node, Mapping):
        named = at.field is not None and at.field.kind in _MAPS
        return node.with_items(
            {
                key: _redacted(value, at.down_any(key), hide=named and _is_secret(key))
                for key, value in node.items.items()
            }
        )
    if isinstance(node, Sequence):
        return Sequence(_redacted_words(node, at.down("[]")), node.span)
    value = node.value
    if value in (None, "") or isinstance(value, bool):
        return node
    if hide or (at.field is not None and at.field.private):
        return node.with_value(REDACTED)
    if not isinstance(value, str):
        return node
    text = _ASSIGNMENT.sub(rf"\1\2{REDACTED}", _URL_PASSWORD.sub(rf"\1:{REDACTED}@", value))
    return node if text == value else node.with_value(text)


def _redacted_words(node: Sequence, at: Branch) -> list[Node]:
    """Redact the items of a list; what follows a word such as --password is a credential too."""
    items: list[Node] = []
    follows = False
    for item in node:
        hidden = follows and isinstance(item, Scalar)
        items.append(
            item.with_value(REDACTED) if hidden and isinstance(item, Scalar) else _redacted(item, at, hide=False)
        )
        follows = isinstance(item, Scalar) and isinstance(item.value, str) and _OPTION.fullmatch(item.value) is not None
    return items


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None and _REFERENCE_NAME.search(name) is None
