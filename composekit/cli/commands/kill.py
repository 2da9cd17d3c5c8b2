"""`kill`: signal services at once."""

import time
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError

ARGUMENTS: tuple[Row, ...] = (
    Option(("--remove-orphans",), "Also kill containers of services not defined in the Compose file", "flag"),
    Option(("-s", "--signal"), "SIGNAL to send to the container", default="SIGKILL"),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.progress import DONE
    from composekit.cli.running import open_running
    from composekit.runtime.journal import journal_path, note
    from composekit.runtime.listing import service_of
    from composekit.supervise.spec import BadSpec, signal_number

    try:
        values["signal"] = values["signal"] or "SIGKILL"
        signal_number(values["signal"])
    except BadSpec:
        raise ComposekitError(f"invalid signal: {values['signal']}") from None
    running = open_running(ctx)
    client = running.client()
    found = running.statuses(client)
    running.chosen(found, values["services"])  # for its complaint
    wanted = values["services"] or (() if values["remove_orphans"] else tuple(running.services))
    # What `run` made of a service is killed with it, as in Docker Compose.
    statuses = [one for one in found if not wanted or service_of(one) in wanted]
    names = [one.name for one in statuses if one.phase in ("starting", "running", "stopping")]
    if not names or client is None:
        ctx.say("no container to kill")
        return 0
    progress = running.progress("Killing")
    for name in names:
        progress.event(f"Container {name}", "Killing")
    signalled = names
    if not ctx.dry_run:
        number = str(signal_number(values["signal"]))
        for name in names:
            note(journal_path(running.home), name, "kill", {"signal": number}, now=time.time())
        signalled = client.kill(names, signal=values["signal"])
    for name in signalled:
        progress.event(f"Container {name}", "Killed", DONE)
    if signal_number(values["signal"]) == 9 and not ctx.dry_run:
        client.wait(names, until="exited")
    progress.finish()
    return 0
