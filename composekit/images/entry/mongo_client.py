"""mongosh, mongodump and their like as they are called inside the container: this host is the replica."""

import os
import re

from composekit.images.entry.listening import bracketed
from composekit.images.entry.view import View, become, read_view, without_own

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_URL = re.compile(r"(mongodb://(?:[^@/]*@)?)(?:localhost|127\.0\.0\.1)(?=[:/,?]|$)")
_SHELLS = frozenset({"mongo", "mongosh"})
_WITH_VALUE = frozenset(
    {"--authenticationDatabase", "--authenticationMechanism", "--eval", "--file", "--port", "-f", "-p", "-u"}
    | {"--username", "--password"}
)


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the tool."""
    name = os.path.basename(program)
    become([name, *to_replica(name, arguments, read_view(environ))], without_own(environ), program=program)


def to_replica(name: str, arguments: list[str], view: View) -> list[str]:
    """Return a tool's arguments with the replica's address for localhost, said or left out."""
    if not view.addresses:
        return [view.argument(word) for word in arguments]
    address = view.addresses[0]
    made, has_host = [], False
    for before, word in zip(["", *arguments], arguments, strict=False):
        host, colon, port = word.removeprefix("--host=").partition(":")
        is_host = before in {"--host", "-h"} or word.startswith("--host=")
        url = _URL.sub(lambda match: match[1] + bracketed(address), word)
        is_place = name in _SHELLS and before not in _WITH_VALUE and host in _LOCAL
        has_host = has_host or is_host or "mongodb://" in word or "mongodb+srv://" in word or is_place
        is_place = is_place or (name in _SHELLS and before not in _WITH_VALUE and bool(re.match(r"[\w.-]+[:/]", word)))
        has_host = has_host or is_place
        if (is_host or is_place) and host.partition("/")[0] in _LOCAL:
            head = "--host=" if word.startswith("--host=") else ""
            rest = host.partition("/")[1] + host.partition("/")[2]
            made.append(head + bracketed(address) + rest + colon + port)
        else:
            made.append(url if url != word else view.argument(word))
    return made if has_host else ["--host", address, *made]
