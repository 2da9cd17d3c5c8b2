"""`logs`: what services wrote, in the order in which they wrote it."""

import time
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError, UsageError

ARGUMENTS: tuple[Row, ...] = (
    Option(("-f", "--follow"), "Follow log output", "flag"),
    Option(("--index",), "index of the container if service has multiple replicas", "int", default=0),
    Option(("--no-color",), "Produce monochrome output", "flag"),
    Option(("--no-log-prefix",), "Don't print prefix in logs", "flag"),
    Option(("--since",), "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
    Option(("-n", "--tail"), "Number of lines to show from the end of the logs for each container", default="all"),
    Option(("-t", "--timestamps"), "Show timestamps", "flag"),
    Option(
        ("--until",), "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"
    ),
    SERVICES,
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.logview import LogView
    from composekit.cli.running import open_running
    from composekit.runtime.places import OWN
    from composekit.source.node import Scalar
    from composekit.source.text import MADE
    from composekit.supervise.logs import LogLine, follow, read

    if values["index"] and len(values["services"]) != 1:
        raise ComposekitError("--index requires one service to be selected")
    now = time.time()
    tail = _tail(values["tail"])
    since, until = _moment(values["since"], now), _moment(values["until"], now)
    running = open_running(ctx)
    client = running.client()
    statuses = running.chosen(running.statuses(client), values["services"])
    if not values["services"]:
        muted = {name for name, service in running.services.items() if service.get("attach") == Scalar(False, MADE)}
        statuses = [one for one in statuses if one.group not in muted]
    if values["index"]:
        statuses = [one for one in statuses if one.index == values["index"]]
    view = LogView(
        ctx.out, ctx.err, color=ctx.color_out and not values["no_color"], prefix=not values["no_log_prefix"],
        timestamps=values["timestamps"],
    )  # fmt: skip
    ordered = sorted(statuses, key=lambda one: one.name)
    view.register((one.name, one.labels.get(OWN + "label", one.name)) for one in ordered)
    names = [one.name for one in ordered]
    if not values["follow"]:
        for line in read(running.home, names, tail=tail, since=since, until=until):
            view.show(line)
        return 0
    for seen in follow(running.home, names, tail=tail, since=since):
        if isinstance(seen, LogLine):
            view.show(seen)
    return 0


def _tail(text: str) -> int | None:
    if text in ("all", ""):
        return None
    if not text.lstrip("-").isdigit():
        raise UsageError(f"'{text}' is no number of lines", hint="give a number, or 'all'")
    return int(text) if int(text) >= 0 else None


def _moment(text: str | None, now: float) -> float | None:
    """Return seconds since the epoch for a timestamp (RFC 3339 or a part of it, or Unix seconds) or a duration ago."""
    if not text:
        return None
    from datetime import UTC, datetime

    from composekit.errors import BadValue
    from composekit.values.quantity import parse_duration

    try:
        return float(text)
    except ValueError:
        pass
    try:
        return now - parse_duration(text) / 1_000_000_000
    except BadValue:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"'{text}' is neither a timestamp nor a duration", hint="such as 2025-01-02T13:23:37Z, or 42m"
        ) from None
    # Docker takes a time without a zone as the machine's local time.
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).timestamp()
