"""`attach`: see what one replica writes from now on, and pass signals on to it."""

import signal
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row

ARGUMENTS: tuple[Row, ...] = (
    Option(("--detach-keys",), "Override the key sequence for detaching from a container (accepted: use Ctrl-C)"),
    Option(("--index",), "index of the container if service has multiple replicas.", "int", default=0),
    Option(("--no-stdin",), "Do not attach STDIN (services read nothing here)", "flag"),
    Option(("--sig-proxy",), "Proxy all received signals to the process", "flag", default=True),
    Argument("service", many=False, required=True, metavar="SERVICE"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.relay import passed_on
    from composekit.cli.running import open_running
    from composekit.cli.targets import running_replica
    from composekit.supervise.client import Changed, Client, Removed
    from composekit.supervise.logs import LogLine, follow
    from composekit.supervise.status import AT_REST

    running = open_running(ctx)
    name = running_replica(running.statuses(running.client()), values["service"], values["index"]).name

    def send(number: int) -> None:
        if not values["sig_proxy"]:
            raise KeyboardInterrupt
        client = Client.connect(running.home)
        if client is not None:
            with client:
                client.kill([name], signal=number)

    code = 0
    with passed_on(send):
        for seen in follow(running.home, [name], tail=0, events=True):
            match seen:
                case LogLine(name=line) if line == name:
                    _write(ctx, seen)
                case Changed(one) if one.name == name and one.phase in (*AT_REST, "backoff"):
                    return one.exit_code or 0
                case Removed(gone) if gone == name:
                    return 128 + signal.SIGKILL
    return code


def _write(ctx: CommandContext, line: Any) -> None:
    stream = ctx.err if line.stream == "err" else ctx.out
    stream.write(f"{line.text}\n")
    stream.flush()
