"""healthcheck.sh of the mariadb image: `--connect` and `--innodb_initialized` ask whether the server answers.

The server that fills the database does not listen on the network, and InnoDB is ready before the other one does, so an
answer at the replica's address is an answer to both.
"""

import socket

from composekit.errors import ComposekitError
from composekit.images.entry.view import read_view

_PORT = 3306
_SECONDS = 5.0


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:  # noqa: ARG001  # what all entry programs are given
    """Return when the server greets; raises `ComposekitError` when it does not."""
    addresses = read_view(environ).addresses or ("127.0.0.1",)
    port = int(environ.get("MYSQL_TCP_PORT") or _PORT)
    try:
        with socket.create_connection((addresses[0], port), timeout=_SECONDS) as connection:
            greeting = connection.recv(5)
    except OSError as wrong:
        raise ComposekitError(f"the server does not answer: {wrong.strerror or wrong}") from None
    if len(greeting) < 5 or greeting[4] not in {9, 10}:  # the protocol's version, or 255 for an error
        raise ComposekitError("the server does not greet")
