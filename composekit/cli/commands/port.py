"""`port`: where a port of a service is published on this machine."""

from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--index",), "Index of the container if service has multiple replicas", "int", default=0),
    Option(("--protocol",), "tcp or udp", default="tcp"),
    Argument("service", many=False, required=True, metavar="SERVICE"),
    Argument("private_port", many=False, required=True, metavar="PRIVATE_PORT"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.running import open_running
    from composekit.cli.targets import running_replica
    from composekit.runtime.listing import publishers

    text, protocol = values["private_port"], values["protocol"].lower()
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ComposekitError(f"'{text}' is not a port number")
    running = open_running(ctx)
    status = running_replica(running.statuses(running.client()), values["service"], values["index"])
    found = publishers(status.labels, running=True)
    for one in found:
        if one["TargetPort"] == int(text) and one["Protocol"] == protocol:
            ctx.out.write(f"{one['URL']}:{one['PublishedPort']}\n")
            return 0
    known = ", ".join(dict.fromkeys(f"{one['TargetPort']}/{one['Protocol']}" for one in found)) or "it has none"
    raise ComposekitError(f"no port {text}/{protocol} for container {status.name}", hint=f"ports: {known}")
