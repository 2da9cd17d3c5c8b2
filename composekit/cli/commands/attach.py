"""`attach`: see what one replica writes from now on, type what it is to read, and pass signals on to it."""

import os
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(
        ("--detach-keys",),
        "Override the key sequence for detaching from a container (default: ctrl-p,ctrl-q).",
        default="ctrl-p,ctrl-q",
        metavar="KEYS",
    ),
    Option(("--index",), "index of the container if service has multiple replicas.", "int", default=0),
    Option(("--no-stdin",), "Do not attach STDIN", "flag"),
    Option(("--sig-proxy",), "Proxy all received signals to the process", "flag", default=True),
    Argument("service", many=False, required=True, metavar="SERVICE"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.attachment import Attachment, key_bytes
    from composekit.cli.running import open_running
    from composekit.cli.targets import running_replica
    from composekit.runtime.visit import host_of

    keys = key_bytes(values["detach_keys"])
    running = open_running(ctx)
    status = running_replica(running.statuses(running.client()), values["service"], values["index"])
    if ctx.dry_run:
        raise ComposekitError("interactive run is not supported in dry-run mode")
    spec, _ = host_of(running.home, status.name)
    attachment = Attachment(running, status.name)
    if values["no_stdin"] or not spec.stdin:
        return attachment.run(proxy=values["sig_proxy"])
    terminal = spec.terminal and os.isatty(0)
    return attachment.run(
        proxy=values["sig_proxy"], keys=keys, entry=running.home.replica(spec.name, "in"), raw=terminal
    )
