"""A connection to the project's supervisor, whether there is one yet or not."""

from collections.abc import Mapping

from composekit.errors import SupervisorError
from composekit.supervise.client import Client
from composekit.supervise.home import Home, prepare
from composekit.supervise.starting import Spare, spawn_daemon

PLAIN_ENTRY = "composekit.supervise.daemon"
_TRIES = 5


def ensure(
    home: Home, entry: str = PLAIN_ENTRY, environ: Mapping[str, str] | None = None, spare: Spare | None = None
) -> Client:
    """Connect to the project's supervisor, after starting the module `entry` if none is alive.

    `environ` is the daemon's own environment (for finding programs); services get theirs from their specs alone. A
    `spare` that was started with the same home, entry and environment becomes the daemon, if one is needed.
    Raises `SupervisorError` with code "not-started" and what the daemon said.
    """
    for _ in range(_TRIES):
        client = Client.connect(home)
        if client is None:
            prepare(home)
            if spare is not None and spare.is_free:
                spare.become(home)
            else:
                spawn_daemon(home, entry, dict(environ or {}))
            client = Client.connect(home)
        if client is not None and client.is_served():
            client.renew = lambda: ensure(home, entry, environ)
            return client
    raise SupervisorError("the supervisor ended as soon as it was there", code="not-started", hint="try again")
