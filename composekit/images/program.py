"""What an image or a Dockerfile stands for on this machine: the words the catalogue and the Dockerfile reader share.

Placeholders that the runtime fills in:

    {python}   in `entrypoint`, `command` and `shims`: the interpreter that runs composekit (`sys.executable`)
    {path}     in `env["PATH"]`: the PATH that the service would have without the image

The entry duties of an image (make a database cluster, write a configuration) are programs of ours in
`composekit.images.entry`, already part of `entrypoint`. They are told where the service's files are by three variables,
which they take out again before they start the real program:

    COMPOSEKIT_PATHS     JSON object, path in the image -> path on this machine, for every volume, bind, config, secret
                         and copied file of the service; the longest prefix wins. What is not listed is the machine's
                         own and is never written to. In a private view each path maps to itself.
    COMPOSEKIT_SCRATCH   a directory of the replica that may be written; kept as long as the replica
    COMPOSEKIT_ADDRESS   the replica's own addresses, separated by commas; absent: all addresses of the machine
"""

from dataclasses import dataclass, field
from shlex import quote

PYTHON = "{python}"
PATH = "{path}"
REMOVED = "/dev/null"


@dataclass(frozen=True, slots=True)
class Health:
    """A health check in Docker's form: ("CMD", ...), ("CMD-SHELL", text), ("NONE",). `None`: Docker's own default."""

    test: tuple[str, ...]
    interval_seconds: float | None = None
    timeout_seconds: float | None = None
    start_period_seconds: float | None = None
    start_interval_seconds: float | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file or directory of this machine that the service finds at `target`; of a directory, what is in it.

    `mode` (octal digits) and `owner` are what COPY asked for, as written. A file of the base image that the Dockerfile
    removes has `REMOVED` as its source.
    """

    source: str
    target: str
    mode: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A program that this machine does not have; `package` is Debian's name for what brings it."""

    program: str
    package: str
    hint: str


@dataclass(frozen=True, slots=True)
class Program:
    """What to run when nothing else is said. Compose's `entrypoint`, `command` and so on replace these as in Docker.

    `volumes` and `exposed` are what the image declares. `shims` are names that must be found on PATH, in front of the
    machine's own, and the arguments each stands for. Of `files`, later ones lie over earlier ones. `notes` are for the
    user, once. `supplied` are the files that the entry program itself makes up because the image has them. `users` are
    those that the image has, with uid and home. Of an image that was built, `layers` lie over the machine's files, the
    oldest first, and `provided` are the paths in them that entry programs should know of.
    """

    origin: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    user: str = ""
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    health: Health | None = None
    stop_signal: str | None = None
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    files: tuple[FileCopy, ...] = ()
    supplied: tuple[str, ...] = ()
    shims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missing: Missing | None = None
    layers: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    users: dict[str, tuple[int, str]] = field(default_factory=dict)


def through_shim(program: Program, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command line whose first word, when it names a shim, is replaced by what the shim stands for.

    A path of the image counts by its last part: /usr/sbin/nginx is the shim nginx.
    """
    if not arguments:
        return arguments
    return (*program.shims.get(arguments[0].rpartition("/")[2], arguments[:1]), *arguments[1:])


def shim_script(arguments: tuple[str, ...], *, python: str) -> str:
    """Return the text of the executable file that stands for a shim."""
    words = " ".join(quote(word.replace(PYTHON, python)) for word in arguments)
    return f'#!/bin/sh\nexec {words} "$@"\n'
