"""The zookeeper image's entrypoint: a configuration of its variables, the server's number, then the server on Java.

Variables are those of https://hub.docker.com/_/zookeeper. Clients, peers and the admin server meet at the replica's own
address.
"""

import os
import re

from composekit.errors import ComposekitError
from composekit.images.entry.identity import give, switch, user_named, within_reach
from composekit.images.entry.view import View, become, read_view, without_own

_NAMES = frozenset({"zkServer.sh"})
_CLASSES = ("/usr/share/java/zookeeper.jar", "/usr/share/java/slf4j-simple.jar")  # the second one writes the log
_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
_SETTINGS = {
    "tickTime": ("ZOO_TICK_TIME", "2000"),
    "initLimit": ("ZOO_INIT_LIMIT", "5"),
    "syncLimit": ("ZOO_SYNC_LIMIT", "2"),
    "autopurge.snapRetainCount": ("ZOO_AUTOPURGE_SNAPRETAINCOUNT", "3"),
    "autopurge.purgeInterval": ("ZOO_AUTOPURGE_PURGEINTERVAL", "0"),
    "maxClientCnxns": ("ZOO_MAX_CLIENT_CNXNS", "60"),
    "standaloneEnabled": ("ZOO_STANDALONE_ENABLED", "true"),
    "admin.enableServer": ("ZOO_ADMINSERVER_ENABLED", "true"),
    "4lw.commands.whitelist": ("ZOO_4LW_COMMANDS_WHITELIST", "srvr"),
}


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the server, or the command that was given instead."""
    if not arguments or os.path.basename(arguments[0]) not in _NAMES:
        become(arguments, without_own(environ))
    if not os.path.exists(_CLASSES[0]):
        raise ComposekitError(
            "ZooKeeper is not here", hint="install it, on Debian and Ubuntu: apt-get install zookeeper"
        )
    view = read_view(environ)
    data, logs = view.writable("/data"), view.writable("/datalog")
    for folder in (data, logs):
        os.makedirs(folder, exist_ok=True)
    number = os.path.join(data, "myid")
    if not os.path.exists(number):
        with open(number, "w", encoding="utf-8") as file:
            file.write(environ.get("ZOO_MY_ID", "1"))
    file_given = view.provided("/conf/zoo.cfg")
    settings = file_given or os.path.join(view.scratch, "zoo.cfg")
    if file_given is None:
        with open(settings, "w", encoding="utf-8") as file:
            file.write(configuration(environ, view, data, logs))
    environ = without_own(environ)
    user = user_named("zookeeper") if os.geteuid() == 0 else None
    if user is not None:
        for folder in (data, logs, view.scratch):
            give(folder, user)
        within_reach(view, user)
        environ = switch(user, environ)
    options = (environ.get("SERVER_JVMFLAGS", "") + " " + environ.get("JVMFLAGS", "")).split()
    memory = environ.get("ZK_SERVER_HEAP", "256")
    words = ["java", f"-Xmx{memory}m", *options, "-cp", ":".join(_CLASSES), _MAIN, settings]
    become(words, environ, program=program)


def configuration(environ: dict[str, str], view: View, data: str, logs: str) -> str:
    """Return zoo.cfg as the image writes it, with the replica's address where the image listens everywhere."""
    address = view.addresses[0] if view.addresses else ""
    lines = [f"dataDir={data}", f"dataLogDir={logs}"]
    lines += [f"{name}={environ.get(variable, default)}" for name, (variable, default) in _SETTINGS.items()]
    if address:
        lines.append(f"admin.serverAddress={address}")
    own = f"server.{environ.get('ZOO_MY_ID', '1')}="
    servers = environ.get("ZOO_SERVERS", "").replace(",", " ").split()
    for server in servers:
        head, mark, port = server.partition(";")
        is_own = server.startswith(own) and mark and re.fullmatch(r"(?:0\.0\.0\.0:)?\d+", port) and address
        lines.append(f"{head};{address}:{port.rpartition(':')[2]}" if is_own else server)
    if not any(";" in server for server in servers):
        lines.append("clientPort=2181")
        lines += [f"clientPortAddress={address}"] if address else []
    lines += [f"{name}" for name in environ.get("ZOO_CFG_EXTRA", "").split()]
    return "\n".join(lines) + "\n"
