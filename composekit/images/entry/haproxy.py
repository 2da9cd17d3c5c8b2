"""The haproxy image's entrypoint: the configuration is copied with the replica's addresses and this machine's paths.

What the image's entrypoint adds to the command, -W and -db, is added here as well.
"""

import os
import re

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, user_named
from composekit.images.entry.listening import bracketed
from composekit.images.entry.view import View, become, read_view, without_own

_BIND = re.compile(r"(?:ipv4@|ipv6@)?(?:\*|0\.0\.0\.0|\[::\]|::)?(:\d{1,5}(?:-\d{1,5})?)", re.ASCII)
_ROOT_ONLY = frozenset({"chroot", "gid", "group", "uid", "user"})
_DNS = re.compile(r"127\.0\.0\.11(:\d+)?")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become HAProxy, or the command that was given instead."""
    if arguments and arguments[0].startswith("-"):
        arguments = ["haproxy", *arguments]
    if not arguments or os.path.basename(arguments[0]) != "haproxy":
        become(arguments, without_own(environ))
    if {"-v", "-vv"}.intersection(arguments):
        become(arguments, without_own(environ), program=program)
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and haproxy needs one to write to")
    user = user_named("haproxy", "nobody") if os.geteuid() == 0 else None
    if user is not None:
        give(view.scratch, user)
    words = _with_copies(arguments[1:], view, environ.get("COMPOSEKIT_DNS", ""))
    become(["haproxy", "-W", "-db", *words], without_own(environ), program=program)


def _with_copies(arguments: list[str], view: View, dns: str) -> list[str]:
    """Return the arguments with copies of the configurations that -f names."""
    words = list(arguments)
    for at in range(1, len(words)):
        if words[at - 1] != "-f":
            continue
        real = view.reading(words[at])
        if not os.path.exists(real):
            raise ComposekitError(
                f"there is no configuration at '{words[at]}'", hint="mount one there; the image has none either"
            )
        names = sorted(name for name in os.listdir(real) if name.endswith(".cfg")) if os.path.isdir(real) else [""]
        folder = os.path.join(view.scratch, "cfg", str(at))
        os.makedirs(folder, exist_ok=True)
        for name in names:
            with open(os.path.join(real, name) if name else real, encoding="utf-8", errors="surrogateescape") as file:
                text = rewritten(file.read(), view, dns=dns, is_root=os.geteuid() == 0)
            copy = os.path.join(folder, name or os.path.basename(words[at]))
            with open(copy, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
        words[at] = folder if not names[0] else os.path.join(folder, os.path.basename(words[at]))
    return words


def rewritten(text: str, view: View, *, dns: str = "", is_root: bool = False) -> str:
    """Return a configuration for the replica, line by line, so that the numbers in HAProxy's messages stay right."""
    return "".join(_line(line, view, dns, is_root=is_root) for line in text.splitlines(keepends=True))


def _line(line: str, view: View, dns: str, *, is_root: bool) -> str:
    words = line.split()
    if not words or words[0].startswith("#"):
        return line
    end = line[len(line.rstrip()) :]
    if (words[0] in _ROOT_ONLY and not is_root) or words[0] == "daemon":
        return f"# {' '.join(words)}{end}"
    if words[0] == "bind" and len(words) > 1:
        words[1] = ",".join(_bound(one, view) for one in words[1].split(","))
    made = [words[0], *(_placed(word, view) for word in words[1:])]
    if words[:2] == ["stats", "socket"] and len(words) > 2 and words[2].startswith("/"):
        path = view.writable(words[2])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        made[2] = path
    if dns:
        made = [_DNS.sub(dns, word) for word in made]
    return line[: len(line) - len(line.lstrip())] + " ".join(made) + end


def _bound(word: str, view: View) -> str:
    match = _BIND.fullmatch(word)
    if match is None or not view.addresses:
        return word
    return ",".join(f"{bracketed(address)}{match[1]}" for address in view.addresses)


def _placed(word: str, view: View) -> str:
    return view.provided(word) or word if word.startswith("/") else word
