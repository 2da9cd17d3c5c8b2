"""The redis image's entrypoint: options alone start the server, which keeps its data in /data and drops root.

Differences that the image makes to Redis' own defaults: protected mode is off, and the working directory is /data.
"""

import os
import posixpath

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.view import View, become, read_view, say, without_own

_SERVERS = frozenset({"redis-server", "redis-sentinel", "valkey-server", "valkey-sentinel"})
_READ = frozenset({"aclfile", "include", "loadmodule", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file"})
_READ_MORE = frozenset({"tls-client-cert-file", "tls-client-key-file", "tls-dh-params-file", "tls-key-file"})
_WRITTEN = frozenset({"dir", "logfile", "pidfile", "unixsocket"})


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become redis-server, or the command that was given instead."""
    arguments = with_server(arguments, os.path.basename(program))
    name = os.path.basename(arguments[0])
    if name not in _SERVERS:
        become(arguments, environ)
    view = read_view(environ)
    data = view.writable("/data")
    os.makedirs(data, exist_ok=True)
    environ = without_own(environ)
    user = user_named("redis", "valkey") if os.geteuid() == 0 else None
    if user is not None:
        give(data, user)
        if view.scratch:
            give(view.scratch, user)
        try:
            view = within_reach(view, user)
        except ComposekitError as wrong:
            say(f"redis: {wrong}, so it runs as root")
        else:
            environ = switch(user, environ)
    umask = os.umask(0o077)
    if umask != 0o022:  # the image's own rule: a umask that was chosen is kept
        os.umask(umask)
    command = server_arguments(arguments[1:], view)
    os.chdir(view.writable("/data"))
    beside = os.path.join(os.path.dirname(program), name)
    become([name, *command], environ, program=beside if os.path.exists(beside) else program)


def with_server(arguments: list[str], server: str = "redis-server") -> list[str]:
    """Return the command line with the server in front when it is only options or a configuration file."""
    if not arguments or arguments[0].startswith("-") or arguments[0].endswith(".conf"):
        return [server, *arguments]
    return arguments


def server_arguments(arguments: list[str], view: View) -> list[str]:
    """Return the arguments for the machine's server; a configuration file is copied with its paths replaced."""
    options = _options(arguments, view)
    settings = {word[2:].lower() for word in arguments if word.startswith("--")}
    if options and not options[0].startswith("-"):
        with open(view.reading(posixpath.join("/data", options[0])), encoding="utf-8") as file:
            text = file.read()
        settings |= {line.split(maxsplit=1)[0].lower() for line in text.splitlines() if line.strip()}
        if view.scratch:
            options[0] = os.path.join(view.scratch, "redis.conf")
            with open(options[0], "w", encoding="utf-8") as copy:
                copy.write(rewritten(text, view))
    if "protected-mode" not in settings:
        options += ["--protected-mode", "no"]
    if "dir" not in settings:
        options += ["--dir", view.writable("/data")]
    # Last, for the last one counts: the replica listens where it is reached, whatever the configuration says.
    return [*options, "--bind", *view.addresses] if view.addresses else options


def rewritten(text: str, view: View) -> str:
    """Return a Redis configuration whose paths are this machine's, line by line."""
    return "".join(_line(line, view) for line in text.splitlines(keepends=True))


def _line(line: str, view: View) -> str:
    words = line.split(maxsplit=1)
    if len(words) < 2 or words[0].lower() not in _READ | _READ_MORE | _WRITTEN:
        return line
    value = words[1].strip()
    return f"{words[0]} {_value(words[0].lower(), value, view)}\n"


def _value(name: str, value: str, view: View) -> str:
    bare = value.strip("\"'")
    if not bare.startswith("/") or bare.startswith("/dev/"):
        return value
    if name in _WRITTEN:
        path = view.writable(bare)
        os.makedirs(path if name == "dir" else os.path.dirname(path), exist_ok=True)
        return path
    return view.reading(bare) if " " not in bare else value


def _options(arguments: list[str], view: View) -> list[str]:
    options = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        name = before[2:].lower() if before.startswith("--") else ""
        known = name in _READ | _READ_MORE | _WRITTEN
        options.append(_value(name, word, view) if known else view.argument(word))
    return options
