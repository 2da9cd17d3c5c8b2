"""redis-cli as it is called inside the container: this host is the replica."""

from composekit.images.entry.view import become, read_view, without_own

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  # a name to replace, nothing is bound
_WITH_VALUE = frozenset({"-a", "-d", "-D", "-h", "-i", "-n", "-p", "-r", "-s", "-t", "-u", "--pass", "--user"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become redis-cli."""
    addresses = read_view(environ).addresses
    become(
        ["redis-cli", *(to_replica(arguments, addresses[0]) if addresses else arguments)],
        without_own(environ),
        program=program,
    )


def to_replica(arguments: list[str], address: str) -> list[str]:
    """Return redis-cli's arguments with the replica's address for localhost, said or left out."""
    replaced = list(arguments)
    at, names_server = 0, False
    while at < len(replaced) and replaced[at].startswith("-"):
        if replaced[at] == "-h" and at + 1 < len(replaced) and replaced[at + 1] in _LOCAL:
            replaced[at + 1] = address
        names_server = names_server or replaced[at] in {"-h", "-s", "-u"}
        at += 2 if replaced[at] in _WITH_VALUE else 1
    return replaced if names_server else ["-h", address, *replaced]
