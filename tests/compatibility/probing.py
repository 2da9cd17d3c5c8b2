"""What answers on the published ports of a project: a web server, another server, or nobody."""

import socket
import time
from typing import Any

LIMIT_SECONDS = 180.0
_LISTEN_SECONDS = 1.0


def answers(replicas: list[dict[str, Any]]) -> dict[str, str]:
    """Return what is found at each published TCP port, by `SERVICE PORT-INSIDE`; waits until something answers."""
    ports: dict[str, int] = {}
    for one in replicas:
        for port in one["Publishers"] or ():
            if port["Protocol"] == "tcp" and port["PublishedPort"] and ":" not in port["URL"]:
                ports.setdefault(f"{one['Service']} {port['TargetPort']}", port["PublishedPort"])
    limit = time.monotonic() + LIMIT_SECONDS
    return {name: _patiently(port, limit) for name, port in ports.items()}


def _patiently(port: int, limit: float) -> str:
    while True:
        found = ask(port)
        if not (found == "closed" or found.startswith("HTTP 5")) or time.monotonic() > limit:
            return found
        time.sleep(0.5)


def ask(port: int) -> str:
    """Return `HTTP STATUS`, `greets` for a server that speaks first, `accepts` for one that waits, or `closed`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.settimeout(_LISTEN_SECONDS)
            try:
                return "greets" if connection.recv(64) else "closed"
            except TimeoutError:
                pass  # it waits for us to speak
            connection.settimeout(20)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
            first = connection.recv(64)
    except OSError as wrong:
        return "accepts" if isinstance(wrong, TimeoutError | ConnectionResetError) else "closed"
    if first.startswith(b"HTTP/"):
        return f"HTTP {first.split()[1].decode()}"
    return "accepts"
