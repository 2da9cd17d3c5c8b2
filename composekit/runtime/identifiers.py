"""Stable identifiers of replicas. Light: `ps` imports this."""

import hashlib

from composekit.supervise.home import Home


def container_id(home: Home, replica: str) -> str:
    """Return what `ps -q` shows for a replica: 64 hexadecimal digits, the same as long as its project is called so."""
    return hashlib.sha256(f"{home.directory}/{replica}".encode()).hexdigest()
