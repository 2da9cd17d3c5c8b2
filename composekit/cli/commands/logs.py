"""`logs`: what services wrote, in the order in which they wrote it."""

import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row
from composekit.errors import ComposekitError, UsageError

if TYPE_CHECKING:
    from composekit.cli.logview import Ends, JsonLogView, LogView
    from composekit.supervise.client import WatchEvent
    from composekit.supervise.logs import LogLine, LogLines
    from composekit.supervise.status import ReplicaStatus

ARGUMENTS: tuple[Row, ...] = (
    Option(("-f", "--follow"), "Follow log output", "flag"),
    Option(
        ("--grep",),
        "Show only lines in which this regular expression is found (Python's, case as written)",
        metavar="PATTERN",
    ),
    Option(("--index",), "index of the container if service has multiple replicas", "int", default=0),
    Option(("--json",), "Show each line as a JSON object: service, container, stream, time, seq, message", "flag"),
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
    from composekit.cli.running import open_running
    from composekit.source.node import Scalar
    from composekit.source.text import MADE
    from composekit.supervise.logs import follow_together, read, read_together

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
        if not statuses:
            service = values["services"][0]
            raise ComposekitError(f'service "{service}" is not running container #{values["index"]}')
    ordered = sorted(statuses, key=lambda one: one.name)
    wanted, view = _pattern(values["grep"]), _view(ctx, values, ordered)
    names = [one.name for one in ordered]
    if values["follow"]:
        from composekit.cli.logview import Ends

        together = follow_together(running.home, names, tail=tail, since=since, events=True)
        _show_news(together, view, wanted, until, Ends(running.home, names, view))
    elif wanted is None:
        for lines in read_together(running.home, names, tail=tail, since=since, until=until):
            view.show(lines)
    else:
        # With a pattern, the last lines are the last of those that it finds.
        for line in _found(read(running.home, names, since=since, until=until), wanted, tail):
            view.show(line)
    return 0


def _show_news(
    news: "Iterator[LogLines | WatchEvent]",
    view: "LogView | JsonLogView",
    wanted: "re.Pattern[str] | None",
    until: float | None,
    ends: "Ends",
) -> None:
    from composekit.supervise.logs import LogLines

    for seen in news:
        if not isinstance(seen, LogLines):
            view.flush()
            if ends.are_all(seen):
                break
        elif until is not None and seen.time_ns > until * 1e9:
            break
        elif wanted is None:
            view.show(seen)
        else:
            for line in _found(iter(seen.each()), wanted, None):
                view.show(line)


def _view(ctx: CommandContext, values: dict[str, Any], ordered: "list[ReplicaStatus]") -> "LogView | JsonLogView":
    from composekit.cli.logview import JsonLogView, LogView
    from composekit.runtime.listing import service_of
    from composekit.runtime.places import OWN

    if values["json"]:
        return JsonLogView(ctx.out, {one.name: service_of(one) for one in ordered})
    # All on standard output, as in Docker Compose, whichever of the two a service wrote to.
    view = LogView(
        ctx.out, ctx.out, color=ctx.color_out and not values["no_color"], prefix=not values["no_log_prefix"],
        timestamps=values["timestamps"],
    )  # fmt: skip
    view.register((one.name, one.labels.get(OWN + "label", one.name)) for one in ordered)
    return view


def _pattern(text: str | None) -> "re.Pattern[str] | None":
    if text is None:
        return None
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"'{text}' is no regular expression: {error}") from None


def _found(lines: "Iterator[LogLine]", wanted: "re.Pattern[str]", tail: int | None) -> "Iterable[LogLine]":
    """Return the lines in which the pattern is found; with `tail` only the last ones of each replica."""
    found = (line for line in lines if wanted.search(line.text))
    if tail is None:
        return found
    last: dict[str, deque[LogLine]] = {}
    for line in found:
        last.setdefault(line.name, deque(maxlen=tail)).append(line)
    return sorted((line for kept in last.values() for line in kept), key=lambda line: line.seq)


_SECONDS = re.compile(r"\d+(\.\d+)?")  # since the epoch


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

    if _SECONDS.fullmatch(text):
        return float(text)
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
