"""The node image's entrypoint: what is not a command is something for node to run."""

import os
import shutil

from composekit.images.entry.view import become, without_own


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the command, or node with the command as its arguments."""
    arguments = with_node(arguments, environ.get("PATH", os.defpath))
    if arguments[0] == "node" and shutil.which("node", path=environ.get("PATH", os.defpath)) is None:
        become(arguments, without_own(environ), program=program)
    become(arguments, without_own(environ))


def with_node(arguments: list[str], path: str) -> list[str]:
    """Return the command line to run: an option, no program, or a file that cannot be executed goes to node."""
    first = arguments[0] if arguments else ""
    is_plain_file = os.path.isfile(first) and not os.access(first, os.X_OK)
    if first.startswith("-") or is_plain_file or shutil.which(first, path=path) is None:
        return ["node", *arguments]
    return arguments
