"""The php image's entrypoint: options alone are php's; its own web server listens at the replica's address."""

import os
import re

from composekit.images.entry.listening import bracketed, with_address
from composekit.images.entry.view import View, become, read_view, without_own

_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1)(:\d{1,5})", re.ASCII)


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become php, or the command that was given instead."""
    arguments = with_php(arguments)
    if os.path.basename(arguments[0]) != "php":
        become(arguments, without_own(environ))
    become(["php", *php_arguments(arguments[1:], read_view(environ))], without_own(environ), program=program)


def with_php(arguments: list[str]) -> list[str]:
    """Return the command line with php in front when it is only options."""
    return ["php", *arguments] if not arguments or arguments[0].startswith("-") else arguments


def php_arguments(arguments: list[str], view: View) -> list[str]:
    """Return php's arguments; after -S, an address that means all or this host becomes the replica's."""
    address = view.addresses[0] if view.addresses else ""
    made = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        local = _LOCAL.fullmatch(word) if address else None
        if before == "-S" and local:
            made.append(bracketed(address) + local[1])
        else:
            made.append(with_address(word, address) if before == "-S" else view.argument(word))
    return made
