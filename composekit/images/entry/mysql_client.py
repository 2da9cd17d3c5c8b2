"""mysql, mysqladmin, mysqldump and their like as they are called inside the container: this host is the replica."""

import os
import re

from composekit.images.entry.steps import fits_socket
from composekit.images.entry.view import View, become, read_view, without_own

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_FIRST = ("--defaults", "--no-defaults", "--print-defaults")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the client."""
    view = read_view(environ)
    if environ.get("MYSQL_HOST") in _LOCAL:
        del environ["MYSQL_HOST"]
    become([os.path.basename(program), *to_replica(arguments, view)], without_own(environ), program=program)


def server_socket(view: View) -> str | None:
    """Return where the replica's server has its socket, or `None` when the path would be too long for one."""
    directory = os.path.join(view.scratch, "s")
    return os.path.join(directory, "mysqld.sock") if view.scratch and fits_socket(directory) else None


def to_replica(arguments: list[str], view: View) -> list[str]:
    """Return a client's arguments that lead to the replica: by its socket, or by its address where TCP is meant."""
    if not view.scratch and not view.addresses:
        return arguments
    address = view.addresses[0] if view.addresses else "127.0.0.1"
    socket = server_socket(view)
    by_tcp = any(word.lower() in {"--protocol=tcp", "--protocol=1"} for word in arguments)
    replaced, host = [], ""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if before in {"-h", "--host"}:
            name, found = "", word
        else:
            match = re.fullmatch(r"(--host=|-h)(.+)", word)
            name, found = (match[1], match[2]) if match else ("", "")
        if found:
            host = found
        if found in _LOCAL:
            word = name + (address if by_tcp or found != "localhost" or socket is None else "localhost")  # noqa: PLW2901  # what the word becomes
        replaced.append(view.argument(word) if not found else word)
    has_socket = any(word.startswith(("--socket", "-S")) for word in arguments)
    if has_socket or (host and host != "localhost"):
        return replaced
    count = next((at for at, word in enumerate(replaced) if not word.startswith(_FIRST)), len(replaced))
    if by_tcp or socket is None:
        return replaced if host else [*replaced[:count], f"--host={address}", *replaced[count:]]
    return [*replaced[:count], f"--socket={socket}", *replaced[count:]]
