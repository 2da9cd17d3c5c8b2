"""The rabbitmq image's entrypoint: a node of the replica's own, with its data, its cookie and its addresses.

Variables are those of https://www.rabbitmq.com/docs/configure and https://hub.docker.com/_/rabbitmq; guests may come
from everywhere, as in the image.
"""

import glob
import os
import shutil
import socket
import subprocess
import time
import zlib
from typing import cast

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.view import View, become, from_file, read_view, without_own

_NAMES = frozenset({"rabbitmq-server"})
_HOME = "/var/lib/rabbitmq"
_EPMD_SECONDS = 5.0
_SETTINGS = ("DEFAULT_USER", "DEFAULT_PASS", "DEFAULT_VHOST", "ERLANG_COOKIE")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    start(program, arguments, environ, plugins=("rabbitmq_prometheus",))


def start(program: str, arguments: list[str], environ: dict[str, str], *, plugins: tuple[str, ...]) -> None:
    """Become the server with some plugins, which the service's own list replaces."""
    if arguments and arguments[0].startswith("-"):
        arguments = ["rabbitmq-server", *arguments]
    if not arguments or os.path.basename(arguments[0]) not in _NAMES:
        become(arguments, without_own(environ))
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and rabbitmq needs one to write to")
    for name in _SETTINGS:
        value = from_file(environ, f"RABBITMQ_{name}", view)
        environ.pop(f"RABBITMQ_{name}_FILE", None)
        if value:
            environ[f"RABBITMQ_{name}"] = value
    home, mark = view.writable(_HOME), data_mark(view)
    os.makedirs(home, exist_ok=True)
    cookie = environ.pop("RABBITMQ_ERLANG_COOKIE", "")
    if cookie:
        _write_cookie(home, cookie)
    _write_files(view, plugins)
    user = user_named("rabbitmq") if os.geteuid() == 0 else None
    own = without_own(environ)
    if user is not None:
        give(home, user)
        give(view.scratch, user)
        view = within_reach(view, user)
        own = switch(user, own)
    own.update(node_environment(own, view, mark))
    _start_names(own)
    become([program, *arguments[1:]], own, program=program)


def data_mark(view: View) -> int:
    """Return a number that tells the replica's data from that of others on this machine."""
    return zlib.crc32(view.writable(_HOME).encode())


def node_environment(environ: dict[str, str], view: View, mark: int) -> dict[str, str]:
    """Return the variables that tell a node, and the tools that talk to it, where it is."""
    home = view.writable(_HOME)
    scratch = view.scratch
    host = environ.get("HOSTNAME", "")
    has_name = _resolves(host, view)
    # Where the replica has no name of its own, nodes of this machine are told apart by where their data is: the name
    # is written into the data, so it must stay the same.
    name = environ.get("RABBITMQ_NODENAME") or (f"rabbit@{host}" if has_name else f"rabbit-{mark:08x}@localhost")
    given = view.provided("/etc/rabbitmq/rabbitmq.conf")
    found = {
        "HOME": home,
        "RABBITMQ_NODENAME": name,
        "RABBITMQ_MNESIA_BASE": os.path.join(home, "mnesia"),
        "RABBITMQ_LOGS": environ.get("RABBITMQ_LOGS") or "-",
        "RABBITMQ_LOG_BASE": os.path.join(scratch, "log"),
        "RABBITMQ_CONFIG_FILE": given or os.path.join(scratch, "rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": os.path.join(scratch, "conf.d"),
        "RABBITMQ_CONF_ENV_FILE": os.path.join(scratch, "rabbitmq-env.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": view.provided("/etc/rabbitmq/advanced.config")
        or os.path.join(scratch, "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": view.provided("/etc/rabbitmq/enabled_plugins")
        or os.path.join(scratch, "enabled_plugins"),
        "RABBITMQ_PID_FILE": os.path.join(scratch, "rabbitmq.pid"),
    }
    if view.addresses:
        found["RABBITMQ_NODE_IP_ADDRESS"] = environ.get("RABBITMQ_NODE_IP_ADDRESS") or view.addresses[0]
        octets = view.addresses[0].replace(".", ",")
        if not has_name:
            found["RABBITMQ_DIST_PORT"] = str(26000 + mark % 4000)
            found["ERL_EPMD_PORT"] = str(30000 + mark % 2000)
        elif ":" not in octets:
            more = environ.get("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "")
            bound = f"-kernel inet_dist_use_interface {{{octets}}}"
            found["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = f"{bound} {more}".strip()
    return found


def _resolves(host: str, view: View) -> bool:
    """Tell whether a host name leads to the replica, as it does in a private view."""
    if not host or not view.addresses:
        return bool(host) and not host.replace(".", "").isdigit()
    try:
        # As bytes: the codec for names is in a library that the user we became may not be able to read.
        return socket.gethostbyname(cast("str", host.encode())) in view.addresses and host not in view.addresses
    except OSError:
        return False


def _start_names(environ: dict[str, str]) -> None:
    """Start Erlang's name server as a part of this service: left to Erlang, it would outlive it."""
    program = shutil.which("epmd", path=environ.get("PATH", os.defpath))
    program = program or max(glob.glob("/usr/lib/erlang/erts-*/bin/epmd"), default=None)
    port = int(environ.get("ERL_EPMD_PORT") or 4369)
    if program is None or _listens(port):
        return
    child = subprocess.Popen([program, "-port", str(port)], env=environ, stdin=subprocess.DEVNULL)
    limit = time.monotonic() + _EPMD_SECONDS
    while not _listens(port) and child.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_cookie(home: str, cookie: str) -> None:
    path = os.path.join(home, ".erlang.cookie")
    with open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(cookie)
    os.chmod(path, 0o600)


def _write_files(view: View, plugins: tuple[str, ...]) -> None:
    """Write the image's settings, in front of those of the service's own files."""
    folder = os.path.join(view.scratch, "conf.d")
    os.makedirs(folder, exist_ok=True)
    os.makedirs(os.path.join(view.scratch, "log"), exist_ok=True)
    lines = ["loopback_users.guest = false", "log.console = true"]
    if view.addresses:
        lines.append(f"prometheus.tcp.ip = {view.addresses[0]}")
        if "rabbitmq_management" in plugins:
            lines.append(f"management.tcp.ip = {view.addresses[0]}")
            lines.append("management.tcp.port = 15672")
    _save(os.path.join(folder, "00-composekit.conf"), "\n".join(lines) + "\n")
    for name, real in view.listing("/etc/rabbitmq/conf.d").items():
        if name.endswith(".conf") and os.path.isfile(real):
            with open(real, encoding="utf-8") as file:
                _save(os.path.join(folder, name), file.read())
    _save(os.path.join(view.scratch, "rabbitmq.conf"), "")
    _save(os.path.join(view.scratch, "enabled_plugins"), f"[{','.join(plugins)}].\n")


def _save(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
