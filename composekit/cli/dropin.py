"""composekit under the name `docker-compose`: alone, and as the plugin that the docker CLI starts for `docker compose`.

A plugin answers `docker-cli-plugin-metadata`, and is otherwise started with the docker CLI's own words, of which those
before `compose` are for the docker CLI. See docs/drop-in.md.
"""

import json
import os
import sys
from collections.abc import Sequence

from composekit import __version__

NAME = "docker-compose"

COMPOSE_VERSION = "v2.40.3"
"""The Docker Compose whose command line this is; clients ask for it before they use an option."""

SHOWN_VERSION = f"{COMPOSE_VERSION}+composekit.{__version__}"
"""What a client reads: what comes after the plus sign takes no part when versions are compared (semver.org, 10)."""

_METADATA = "docker-cli-plugin-metadata"
_SOCKET = "DOCKER_CLI_PLUGIN_SOCKET"

_DOCKER_FLAGS = frozenset(("-D", "--debug", "--tls", "--tlsverify"))
_DOCKER_OPTIONS = frozenset(
    ("-c", "--context", "--config", "-H", "--host", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey")
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line of `docker-compose` and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == [_METADATA]:
        sys.stdout.write(json.dumps(metadata(), indent=4) + "\n")
        return 0
    from composekit.cli.main import main as run

    _heed_docker()
    return run(["--drop-in", *compose_words(words)])


def metadata() -> dict[str, str]:
    """Return what the docker CLI wants to know of a plugin (its `metadata.Metadata`)."""
    return {
        "SchemaVersion": "0.1.0",
        "Vendor": "composekit",
        "Version": SHOWN_VERSION,
        "ShortDescription": "Compose projects on this machine, without an engine (composekit)",
    }


def compose_words(words: list[str]) -> list[str]:
    """Return the words that are Docker Compose's, of a line that may have been typed for the docker CLI.

    The options before `compose` are those of the docker CLI: which engine, which settings. There is no engine here.
    """
    if words[:2] == ["help", "compose"]:
        return ["help", *words[2:]]
    at = 0
    while at < len(words) and words[at].startswith("-"):
        name, equals, _ = words[at].partition("=")
        if name not in _DOCKER_FLAGS | _DOCKER_OPTIONS:
            return words
        at += 2 if name in _DOCKER_OPTIONS and not equals else 1
    return words[at + 1 :] if words[at : at + 1] == ["compose"] else words


def _heed_docker() -> None:
    """End as on Ctrl-C when the docker CLI, asked to end, closes the socket that it keeps open for its plugins.

    Ctrl-C in a terminal reaches this process without it, and must not count twice: a second one kills.
    """
    address = os.environ.pop(_SOCKET, "")
    if not address or any(os.isatty(one) for one in (0, 1, 2) if _is_open(one)):
        return
    import signal
    import socket
    import threading

    docker = socket.socket(socket.AF_UNIX)
    try:
        docker.connect(f"\0{address[1:]}" if address.startswith("@") else address)
    except OSError:
        docker.close()
        return

    def wait() -> None:
        try:
            while docker.recv(64):
                pass
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
