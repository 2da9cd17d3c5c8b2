"""What to load: inputs only, no switches that skip steps. A caller that wants fewer steps passes a shorter tuple."""

from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from composekit.load.opened import OpenedFiles


class LoadRequest(NamedTuple):
    """Everything a load depends on, so that the same request always gives the same answer.

    files               paths as given with -f, "-" for standard input; none: COMPOSE_FILE, then the usual names
    environment         the process environment, which wins over every env file
    interpolate         False leaves ${VAR} as it stands, as `config --no-interpolate` does
    resolve_paths       False leaves relative paths, resolve_env_files False leaves env files unread
    normalize           False leaves out implied networks, names and dependencies
    check_consistency   False accepts references to what is not defined
    texts               texts in place of Compose files, by absolute path: what an editor has not saved yet
    trace               True keeps what was overridden by what, for `config --explain`
    opened              files that this request shares with others of a run, which are read once; it changes no answer
    services            load only these and what they depend on; none: all that the profiles enable
    """

    cwd: str
    environment: dict[str, str]
    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    project_name: str = ""
    project_directory: str = ""
    env_files: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    all_resources: bool = False
    compatibility: bool = False
    interpolate: bool = True
    resolve_paths: bool = True
    resolve_env_files: bool = True
    normalize: bool = True
    check_consistency: bool = True
    trace: bool = False
    texts: dict[str, str] = {}  # noqa: RUF012  # nobody changes it
    stdin: IO[str] | None = None
    opened: "OpenedFiles | None" = None
