"""Projects for tests: brought up, asked where their services are, taken down. The pytest plugin stands on this.

    from composekit.testing import project

    with project("compose.yaml") as shop:
        urllib.request.urlopen(shop.url("web", 80))

Each `Project` gets a name of its own, so that two test runs side by side do not meet, and drives the `composekit`
command in processes of their own, so that nothing of it is in the process of the tests. See docs/pytest.md.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack

from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from subprocess import CompletedProcess

__all__ = ["Address", "CommandFailed", "Project", "ReplicaState", "Settings", "project"]

StrPath = str | os.PathLike[str]

_POLL_SECONDS = 0.05
_LOG_LINES = 50


class Settings(TypedDict, total=False):
    """What a project is brought up with; every one may be left out."""

    name: str
    """The project's name (default: the folder's, with something random)."""
    directory: StrPath
    """What relative paths count from, and where Compose files are looked for (default: the current directory)."""
    profiles: Sequence[str]
    env_files: Sequence[StrPath]
    env: Mapping[str, str]
    """Variables for the Compose file, on top of this process's environment."""
    services: Sequence[str]
    """The services to bring up, with what they depend on (default: all)."""
    build: bool
    """Build images first, even those that there are."""
    isolation: str
    """auto, view or none."""
    timeout: float
    """Seconds to wait until every service runs, or is healthy if it can tell (default: 120)."""
    keep: bool
    """Leave the project running at the end."""


class Address(NamedTuple):
    """Where a program of the tests reaches a port of a service."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class ReplicaState(NamedTuple):
    """One replica as `ps` shows it. `health` is healthy, unhealthy, starting, or empty without a health check."""

    name: str
    service: str
    state: str
    health: str
    exit_code: int


class CommandFailed(ComposekitError):
    """A command of composekit, or one that it ran in a service, failed; the message holds what it said."""

    def __init__(self, words: Sequence[str], done: "CompletedProcess[str]", more: str = "") -> None:
        said = "\n".join(part.strip() for part in (done.stdout, done.stderr, more) if part and part.strip())
        super().__init__(f"composekit {' '.join(words)}: exit code {done.returncode}\n{said}")
        self.code = done.returncode


class Project:
    """A project by its files. `up` and `down` bring it and take it away; the rest asks about what runs."""

    def __init__(self, *files: StrPath, **settings: Unpack[Settings]) -> None:
        self._settings = settings
        self.directory = os.path.abspath(settings.get("directory") or os.getcwd())
        self.files = tuple(os.path.join(self.directory, file) for file in files)
        self.name = settings.get("name") or self._new_name()

    def __repr__(self) -> str:
        return f"<Project {self.name}>"

    def up(self) -> None:
        """Bring it up and wait until it is healthy; raises `CommandFailed`, with the last lines of its logs."""
        __tracebackhide__ = True  # pytest shows the line of the test
        words = ["up", "--detach", "--wait", "--wait-timeout", str(max(1, round(self._settings.get("timeout", 120))))]
        if self._settings.get("build"):
            words.append("--build")
        if self._settings.get("isolation"):
            words += ["--isolation", self._settings["isolation"]]
        words += self._settings.get("services", ())
        done = self.call(*words, check=False)
        if done.returncode != 0:
            raise CommandFailed(words, done, self.call("logs", "--tail", str(_LOG_LINES), check=False).stdout)

    def down(self, *, volumes: bool = True) -> None:
        """Stop and remove all of it; by default its named volumes, too."""
        self.call("down", "--remove-orphans", *(["--volumes"] if volumes else []))

    def address(self, service: str, port: int, *, protocol: str = "tcp", index: int = 1) -> Address:
        """Return where to reach a port of a service: where it is published, else the replica's own address (Linux).

        `index` chooses among replicas, from 1. Raises `ComposekitError` when no such replica runs.
        """
        __tracebackhide__ = True
        mine = [row for row in self._rows() if row["Service"] == service and row["State"] == "running"]
        row = next((row for row in mine if row["Name"].endswith(f"-{index}") or len(mine) == index == 1), None)
        if row is None:
            there = ", ".join(f"{one.name} ({one.state})" for one in self.states()) or "nothing"
            raise ComposekitError(f"no replica {index} of service '{service}' runs; there is: {there}")
        for one in row["Publishers"]:
            if (one["TargetPort"], one["Protocol"]) == (port, protocol) and one["PublishedPort"] and one["URL"] != "::":
                return Address("127.0.0.1" if one["URL"] == "0.0.0.0" else one["URL"], one["PublishedPort"])  # noqa: S104  # compared
        return Address(self._own_address(row["Name"]), port)

    def url(self, service: str, port: int, path: str = "/", *, scheme: str = "http", index: int = 1) -> str:
        """Return the URL of a path behind a port of a service; see `address`."""
        __tracebackhide__ = True
        return f"{scheme}://{self.address(service, port, index=index)}/{path.removeprefix('/')}"

    def wait_for(self, service: str, port: int, *, timeout: float = 30.0) -> Address:
        """Wait until a port of a service takes connections, and return its address.

        For services without a health check. Raises `TimeoutError` after `timeout` seconds.
        """
        import socket

        __tracebackhide__ = True
        end = time.monotonic() + timeout
        address = self.address(service, port)
        while True:
            try:
                socket.create_connection(address, timeout=1).close()
            except OSError as error:
                if time.monotonic() > end:
                    raise TimeoutError(
                        f"port {port} of service '{service}' takes no connections at {address}: {error}"
                    ) from None
                time.sleep(_POLL_SECONDS)
            else:
                return address

    def exec(
        self,
        service: str,
        *command: str,
        input: str | None = None,  # noqa: A002  # subprocess's own name
        check: bool = True,
    ) -> "CompletedProcess[str]":
        """Run a command in a service; with `check`, raises `CommandFailed` unless its exit code is 0."""
        __tracebackhide__ = True
        return self.call("exec", "-T", service, *command, input=input, check=check)

    def logs(self, *services: str, since: float | None = None, tail: int | None = None) -> str:
        """Return what services wrote (none named: all), each line with the replica's name.

        `since` is in seconds, as `time.time()`; `tail` the number of last lines of each replica.
        """
        words = ["logs", "--no-color"]
        if since is not None:
            words += ["--since", f"{since:.6f}"]
        if tail is not None:
            words += ["--tail", str(tail)]
        done = self.call(*words, *services)
        return done.stdout + done.stderr

    def states(self) -> list[ReplicaState]:
        """Return all replicas, those that have ended included."""
        return [
            ReplicaState(row["Name"], row["Service"], row["State"], row["Health"], row["ExitCode"])
            for row in self._rows("-a")
        ]

    def stop(self, *services: str) -> None:
        """Stop services (none named: all)."""
        self.call("stop", *services)

    def start(self, *services: str) -> None:
        """Start services that were stopped, without waiting until they are healthy."""
        self.call("start", *services)

    def restart(self, *services: str) -> None:
        self.call("restart", *services)

    def call(self, *words: str, input: str | None = None, check: bool = True) -> "CompletedProcess[str]":  # noqa: A002  # as above
        """Run any command of composekit on this project: `call("kill", "-s", "HUP", "web")`.

        With `check`, raises `CommandFailed` unless its exit code is 0.
        """
        import subprocess

        __tracebackhide__ = True
        done = subprocess.run(
            [*_program(), *self._global_words(), *words],
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=self.directory,
            env=self._environ(),
        )
        if check and done.returncode != 0:
            raise CommandFailed(words, done)
        return done

    def _global_words(self) -> list[str]:
        words = ["--project-name", self.name, "--progress", "plain", "--ansi", "never"]
        for option, values in (
            ("--file", self.files),
            ("--profile", self._settings.get("profiles", ())),
            ("--env-file", [os.path.join(self.directory, file) for file in self._settings.get("env_files", ())]),
        ):
            for value in values:
                words += [option, os.fspath(value)]
        return words

    def _environ(self) -> dict[str, str]:
        return {**os.environ, **self._settings.get("env", {})}

    def _rows(self, *words: str) -> list[dict[str, Any]]:
        import json

        return [json.loads(line) for line in self.call("ps", "--format", "json", *words).stdout.splitlines()]

    def _own_address(self, replica: str) -> str:
        from composekit.network.book import SHARED, open_book
        from composekit.runtime.places import state_root

        with open_book(state_root(self._environ()), self.name, live=lambda _other: True) as (book, _):
            return book.address(replica) if replica in book.slots else SHARED

    def _new_name(self) -> str:
        folder = os.path.basename(os.path.dirname(self.files[0]) if self.files else self.directory)
        plain = re.sub(r"[^a-z0-9_-]", "", folder.lower()).strip("-_") or "project"
        return f"{plain}-test-{os.urandom(4).hex()}"


@contextmanager
def project(*files: StrPath, **settings: Unpack[Settings]) -> Iterator[Project]:
    """Bring a project up, and take it down at the end with all it has, unless it is to be kept.

    Without files, the usual names are looked for. Raises `CommandFailed` when it does not become healthy in time.
    """
    made = Project(*files, **settings)
    try:
        made.up()
        yield made
    finally:
        if not settings.get("keep"):
            made.down()


def _program() -> list[str]:
    """Return the words that start this composekit, whatever PATH and the working directory hold."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    start = f"import sys; sys.path.append({root!r}); from composekit.cli.main import main; sys.exit(main())"
    return [sys.executable, "-P", "-c", start]
