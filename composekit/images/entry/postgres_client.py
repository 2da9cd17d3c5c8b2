"""psql, pg_isready and their like as they are called inside the container: this host is the replica."""

import os
import re

from composekit.images.entry.view import View, become, read_view, without_own

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 107 - len("/.s.PGSQL.65535.lock")  # what fits into the kernel's sun_path
_IN_TEXT = re.compile(r"((?:postgres(?:ql)?://(?:[^@/]*@)?)|(?:\bhost=))(localhost|127\.0\.0\.1)(?=[:/ ]|$)")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the client."""
    view = read_view(environ)
    host, sockets = environ.get("PGHOST"), socket_directory(view)
    if sockets and not host:
        environ["PGHOST"] = sockets
    elif view.addresses and (not host or host in _LOCAL):
        environ["PGHOST"] = view.addresses[0]
    become([os.path.basename(program), *to_replica(arguments, view)], without_own(environ), program=program)


def socket_directory(view: View) -> str | None:
    """Return where the replica's server has its socket, or `None` when the path would be too long for one."""
    directory = os.path.join(view.scratch, "s")
    return directory if view.scratch and len(os.fsencode(directory)) <= _LONGEST else None


def to_replica(arguments: list[str], view: View) -> list[str]:
    """Return a client's arguments with the replica's address for localhost, and provided paths replaced."""
    if not view.addresses:
        return [view.argument(word) for word in arguments]
    address = view.addresses[0]
    replaced = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        name, equals, value = word.partition("=")
        if before in {"-h", "--host"} and word in _LOCAL:
            replaced.append(address)
        elif name == "--host" and equals and value in _LOCAL:
            replaced.append(f"--host={address}")
        elif word.startswith("-h") and word[2:] in _LOCAL:
            replaced.append("-h" + address)
        else:
            replaced.append(view.argument(_IN_TEXT.sub(lambda match: match[1] + address, word)))
    return replaced
