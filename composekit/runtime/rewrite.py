"""Without a private view: names and paths are replaced by what they stand for, in environment values and commands.

Only whole host names in places that are clearly one are touched: a value of a variable that is called a host,
`name:port`, a URL's host, `host=name`, and lists of these; only paths below something that the service mounts.
"""

import re
from collections.abc import Mapping, Sequence

_URL_HOST = re.compile(
    r"(?P<before>[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@\s,]*@)?)(?P<name>[A-Za-z0-9._-]+)(?=[:/?#,\s'\"]|$)"
)
_WORD = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<after>:\d+(?:/\S*)?)?")
_AFTER_AT = re.compile(r"(?P<before>@)(?P<name>[A-Za-z0-9._-]+)(?=[:/),\s'\"]|$)")
_PORT_IN_TEXT = re.compile(r"(?<![\w./@-])(?P<name>[A-Za-z][A-Za-z0-9._-]*)(?=:\d+\b)")
_HOST_IS = re.compile(r"(?P<before>\b(?:host|hostname|server|addr|address)=)(?P<name>[A-Za-z0-9._-]+)", re.IGNORECASE)
# Options of clients that mean a host and nothing else, as far as the name after them is that of a service.
_OPTIONS = ("-h", "--host", "--hostname")
_AFTER_OPTION = re.compile(
    rf"(?P<before>(?<![\w-])(?:{'|'.join(_OPTIONS)})(?:[ \t]+|=))(?P<name>[A-Za-z0-9._-]+)(?=[\s'\";&|)]|$)"
)
_LOOPBACK = re.compile(r"(?<![\w.-])(?:localhost|127\.0\.0\.1)(?![\w.-])")


# Variables whose whole value may be a host name. Others may well hold the same word with another meaning, as in
# POSTGRES_USER=postgres or CACHE_DRIVER=redis beside services of these names.
_HOST_KEY = re.compile(r"HOST|ADDR|SERVER|URL|URI|ENDPOINT|BROKER|NODE|SEED|PEER|UPSTREAM|ORIGIN|DSN|PROXY|_SERVICE$")


def rewrite_value(key: str, value: str, names: Mapping[str, str]) -> str:
    """Return an environment variable's value with service names replaced by addresses."""
    if _HOST_KEY.search(key.upper()):
        parts = value.split(",")
        if all(_whole(part, names) for part in parts):
            return ",".join(_replace_whole(part, names) for part in parts)
    value = rewrite_word(value, names)
    for pattern in (_AFTER_AT, _HOST_IS):
        value = pattern.sub(lambda found: found["before"] + names.get(found["name"], found["name"]), value)
    return value


def rewrite_word(word: str, names: Mapping[str, str]) -> str:
    """Return a word of a command line, or a whole shell text, with service names replaced by addresses.

    A bare name is only replaced where a port follows, or a URL or an option such as --host precedes: `redis` alone may
    well be a program.
    """
    word = _AFTER_OPTION.sub(lambda found: found["before"] + names.get(found["name"], found["name"]), word)
    word = _URL_HOST.sub(lambda found: found["before"] + names.get(found["name"], found["name"]), word)
    return _PORT_IN_TEXT.sub(lambda found: names.get(found["name"], found["name"]), word)


def rewrite_words(words: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return a command with service names replaced by addresses, in its words and as a word after such an option."""
    found = [rewrite_word(word, names) for word in words]
    for at, word in enumerate(words[1:], 1):
        if words[at - 1] in _OPTIONS:
            found[at] = names.get(word, found[at])
    return tuple(found)


def rewrite_loopback(text: str, address: str) -> str:
    """Return a health check's text with `localhost` and 127.0.0.1 replaced by the replica's own address."""
    return _LOOPBACK.sub(address, text)


def rewrite_paths(text: str, paths: Mapping[str, str]) -> str:
    """Return a text with each path below a mounted one replaced; the longest mounted path wins."""
    known = [path for path in sorted(paths, key=len, reverse=True) if path != "/" and paths[path] != path]
    if not known or "/" not in text:
        return text
    pattern = r"(?<![\w./~-])(" + "|".join(map(re.escape, known)) + r")(?![\w.-])"
    return re.sub(pattern, lambda found: paths[found[1]], text)


def map_path(path: str, paths: Mapping[str, str]) -> str | None:
    """Return where a path of the service is on this machine, or `None` when it is below nothing that is mounted."""
    for known in sorted(paths, key=len, reverse=True):
        if path == known or path.startswith(known.rstrip("/") + "/"):
            return paths[known] + path[len(known.rstrip("/")) :] if known != "/" else paths[known] + path
    return None


def _whole(part: str, names: Mapping[str, str]) -> bool:
    found = _WORD.fullmatch(part.strip())
    return found is not None and found["name"] in names


def _replace_whole(part: str, names: Mapping[str, str]) -> str:
    found = _WORD.fullmatch(part.strip())
    return f"{names[found['name']]}{found['after'] or ''}" if found else part
