"""Step: relative paths become absolute. The table's `anchor` column names the functions."""

import os

from composekit.load.context import Context
from composekit.load.walk import change_where
from composekit.source.diagnostic import Problem, Severity
from composekit.source.node import Mapping, Node, Scalar

NO_SOURCE = Problem("CK140", Severity.ERROR, "a bind mount needs a 'source'", "say which file or folder to mount")

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def anchor_paths(tree: Mapping, ctx: Context) -> Mapping:
    """Make the paths of one file, or of the files of an include, independent of where that file is."""
    directory = ctx.anchor
    if directory is None:
        return tree
    return change_where("anchor", tree, ctx.table, lambda anchor, node, _: anchor(node, directory, ctx))


def join_path(directory: str, path: str) -> str:
    """Return a path from a directory, cleaned; an absolute path stays as it is written."""
    return path if path.startswith("/") else os.path.normpath(os.path.join(directory, path))


def expand_home(path: str, ctx: Context) -> str:
    """Replace a leading ~ by the home directory, as the reference does: `~x` too means a folder in it."""
    home = ctx.request.environment.get("HOME", "")
    if not path.startswith("~") or not home:
        return path
    return os.path.normpath(os.path.join(home, path[1:].lstrip("/")))


def anchor_directory(node: Node, directory: str, ctx: Context) -> Node:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        return node
    return _changed(node, join_path(directory, expand_home(node.value, ctx)))


def anchor_context(node: Node, directory: str, ctx: Context) -> Node:
    """A build context: a folder, or a URL, another service or a git repository, which stay as they are."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        text = node.value
        if "://" in text or text.startswith("service:") or text.startswith(_REMOTE):
            return node
    return anchor_directory(node, directory, ctx)


def anchor_unix(node: Node, directory: str, ctx: Context) -> Node:
    """A path that may also be a Windows one, which stays."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return node
    path = expand_home(node.value, ctx)
    if path.startswith("/") or is_windows_absolute(path):
        return _changed(node, path)
    return _changed(node, join_path(directory, path))


def anchor_watched(node: Node, directory: str, ctx: Context) -> Node:
    """A watched path: symbolic links on the way are followed."""
    anchored = anchor_directory(node, directory, ctx)
    if not isinstance(anchored, Scalar) or not isinstance(anchored.value, str) or not os.path.isabs(anchored.value):
        return anchored
    if os.path.lexists(anchored.value):
        return _changed(anchored, os.path.realpath(anchored.value))
    return anchored


def anchor_bind(node: Node, directory: str, ctx: Context) -> Node:
    if not isinstance(node, Mapping):
        return node
    kind, source = node.get("type"), node.get("source")
    if not (isinstance(kind, Scalar) and kind.value == "bind"):
        return node
    if source is None:
        ctx.add(NO_SOURCE, node.span)
        return node
    anchored = anchor_unix(source, directory, ctx)
    return node if anchored is source else node.with_items({"source": anchored})


def anchor_driver_device(node: Node, directory: str, ctx: Context) -> Node:
    """A volume of the local driver that is a bind mount in disguise: `o: bind` and `device: ./data`."""
    if not isinstance(node, Mapping):
        return node
    driver, options = node.get("driver"), node.get("driver_opts")
    if not (isinstance(driver, Scalar) and driver.value == "local" and isinstance(options, Mapping)):
        return node
    how, device = options.get("o"), options.get("device")
    if not (isinstance(how, Scalar) and how.value == "bind" and device is not None):
        return node
    anchored = anchor_unix(device, directory, ctx)
    if anchored is device:
        return node
    return node.with_items({"driver_opts": options.with_items({"device": anchored})})


def is_windows_absolute(path: str) -> bool:
    """Tell whether a path starts with a drive and a slash, or with two backslashes (a share or a pipe)."""
    if path.startswith(("\\\\", "//")):
        return True
    return len(path) > 2 and path[0].isalpha() and path[1] == ":" and path[2] in "\\/"


def _changed(node: Scalar, value: str) -> Scalar:
    return node if value == node.value else node.with_value(value)
