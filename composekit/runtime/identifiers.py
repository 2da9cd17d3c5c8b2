"""Stable identifiers of replicas. Light: `ps` imports this."""

from composekit.supervise.home import Home
from composekit.supervise.light import sha256


def container_id(home: Home, replica: str) -> str:
    """Return what `ps -q` shows for a replica: 64 hexadecimal digits, the same as long as its project is called so.

    The first twelve are its host name, and C libraries look up no name that is a number; so these never are one.
    """
    found = sha256(f"{home.directory}/{replica}".encode()).hexdigest()
    while found[:12].isdigit():
        found = sha256(found.encode()).hexdigest()
    return found
