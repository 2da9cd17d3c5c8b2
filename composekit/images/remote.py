"""Addresses of what a build fetches: git repositories and files on the web, as BuildKit reads them.

The forms are those of https://docs.docker.com/build/concepts/context/#git-repositories: `URL#REF:SUBDIR`, where a web
address means a repository when its path ends in `.git`, the same facts as a query (`URL?branch=main&subdir=docs`),
`USER@HOST:PATH` for ssh, and, for a build context only, `github.com/OWNER/NAME`.
"""

import posixpath
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from composekit.errors import BadValue

_PROTOCOL = re.compile(r"([a-zA-Z0-9]+)://")
_SSH = re.compile(r"[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:")
_GIT = frozenset({"git", "http", "https", "ssh"})
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOGIN = re.compile(r"(?<=://)[^/@\s'\"]+@")
_TRUE = frozenset({"1", "t", "true"})
_FALSE = frozenset({"0", "f", "false"})
_ONCE = ("ref", "tag", "branch", "subdir", "checksum", "commit")
_SWITCHES = ("keep-git-dir", "submodules")


class Repository(NamedTuple):
    """A place in a git repository. `remote` is what git understands, and may hold a login; empty: `ref` is HEAD.

    `subdir` has no leading slash and no "..". `checksum` is how the commit's id must begin.
    """

    remote: str
    ref: str = ""
    subdir: str = ""
    checksum: str = ""
    keep_git_dir: bool = False
    submodules: bool = True

    def __str__(self) -> str:
        place = f"{self.ref}:{self.subdir}" if self.subdir else self.ref
        return redacted(self.remote) + (f"#{place}" if place else "")


def read_repository(text: str, *, is_context: bool = False) -> Repository | None:
    """Return the repository that an address means, `None` when it means none. Raises `BadValue` for a wrong query."""
    if is_context and text.startswith("github.com/"):
        return _read(f"https://{text}")
    protocol = _PROTOCOL.match(text)
    if protocol is None:
        return _read(text) if _SSH.match(text) else None
    kind = protocol[1].lower()
    if kind not in _GIT or (kind in {"http", "https"} and not _path(text).endswith(".git")):
        return None
    return _read(text)


def _read(text: str) -> Repository:
    head, _, fragment = text.partition("#")
    remote, _, query = head.partition("?")
    ref, _, subdir = unquote(fragment).partition(":")
    found = Repository(remote, ref, _below(subdir))
    return _with_query(found, query) if query else found


def _with_query(found: Repository, query: str) -> Repository:
    """Return a repository with what its query says; what the fragment says as well must be the same."""
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise BadValue(f"a query of '{found}' stands twice")
    for name, value in pairs:
        if name not in (*_ONCE, *_SWITCHES):
            raise BadValue(
                f"'{name}' is no query of a repository", hint=f"queries are {', '.join((*_ONCE, *_SWITCHES))}"
            )
        if not value and name in _ONCE:
            raise BadValue(f"query '{name}' has no value")
    if "tag" in given and "branch" in given:
        raise BadValue("query 'branch' contradicts query 'tag'")
    refs = [found.ref, given.get("ref", "")]
    refs += [_full(given.get(name, ""), prefix) for name, prefix in (("tag", "refs/tags/"), ("branch", "refs/heads/"))]
    return found._replace(
        ref=_same("ref", refs),
        subdir=_same("subdir", [found.subdir, _below(given.get("subdir", ""))]),
        checksum=_same("checksum", [given.get("checksum", ""), given.get("commit", "")]),
        keep_git_dir=_switch(given, "keep-git-dir", default=False),
        submodules=_switch(given, "submodules", default=True),
    )


def _same(what: str, values: list[str]) -> str:
    different = list(dict.fromkeys(value for value in values if value))
    if len(different) > 1:
        raise BadValue(f"the repository's {what} is said twice: '{different[0]}' and '{different[1]}'")
    return different[0] if different else ""


def _full(name: str, prefix: str) -> str:
    return prefix + name.removeprefix(prefix) if name else ""


def _switch(given: dict[str, str], name: str, *, default: bool) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if value.lower() in _FALSE:
        return False
    if value and value.lower() not in _TRUE:
        raise BadValue(f"'{value}' is neither true nor false, which query '{name}' takes")
    return True


def is_web(text: str) -> bool:
    """Tell whether an address is one of a file on the web, if it is not one of a repository."""
    return text.startswith(("http://", "https://"))


def is_fetched(source: str) -> bool:
    """Tell whether a source of ADD is somewhere else than on this machine."""
    return read_repository(source) is not None or is_web(source)


def is_commit(ref: str) -> bool:
    """Tell whether a ref is the whole id of a commit, not a name."""
    return _COMMIT.fullmatch(ref) is not None


def redacted(text: str) -> str:
    """Return a text without the logins of the addresses in it."""
    return _LOGIN.sub("xxxxx@", text)


def _path(remote: str) -> str:
    try:
        return urlsplit(remote).path
    except ValueError as wrong:
        raise BadValue(f"'{redacted(remote)}' is no address: {wrong}") from None


def _below(subdir: str) -> str:
    return posixpath.normpath(f"/{subdir}").lstrip("/")
