"""What building a stage does to its files, step by step: the words between the Dockerfile reader and whoever builds."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Origin(NamedTuple):
    """Where files of another place come from: the stage of a number, a directory of this machine, or an image."""

    stage: int | None = None
    directory: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class RunMount:
    """`RUN --mount`: `kind` is bind, cache, tmpfs, secret or ssh; `origin` is what `from` means.

    `name` is the id of a cache or secret. Of a bind, `source` is a path of the origin or, without one, of the context.
    `size` is in bytes, 0 for any; `sharing` is shared, private or locked.
    """

    kind: str
    target: str = ""
    source: str = ""
    origin: Origin | None = None
    name: str = ""
    read_only: bool = False
    required: bool = False
    environment: str = ""
    size: int = 0
    sharing: str = "shared"
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `text` is how people know it, `line` where it stands, `kind` one of run, copy, add, workdir.

    Of run: `words` are executed in `directory` as `user` with `env`; `given` are variables that make no difference to
    the result, such as a proxy's address. Of copy and add: `sources` are patterns of the context, or of the `origin`
    that --from means; `contents` are files written in the Dockerfile itself, as (name, text). `target` is absolute; it
    is a directory to copy into when `into` says so or when it is one by then. Sources of add may be addresses;
    `unpack` is about archives of the context, `unpack_fetched` about downloaded ones.
    """

    kind: str
    line: int
    text: str
    directory: str = "/"
    user: str = ""
    words: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    mounts: tuple[RunMount, ...] = ()
    network: str = ""
    sources: tuple[str, ...] = ()
    contents: tuple[tuple[str, str], ...] = ()
    origin: Origin | None = None
    target: str = ""
    into: bool = False
    owner: str = ""
    mode: str = ""
    parents: bool = False
    exclude: tuple[str, ...] = ()
    unpack: bool = False
    checksum: str = ""
    unpack_fetched: bool = False
    keep_git_dir: bool = False
