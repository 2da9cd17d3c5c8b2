"""`stack logs`: the logs of a stack's services, each line with its task, as `docker service logs` prints them."""

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Any

from composekit.cli.colors import paint, service_color
from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.cli.swarm_side import ENGINE_OPTIONS, STACK, connect, node_names, nothing_found, stack_name
from composekit.errors import ComposekitError
from composekit.swarm.engine import Engine

ARGUMENTS: tuple[Row, ...] = (
    *ENGINE_OPTIONS,
    Option(("-f", "--follow"), "Follow log output", "flag"),
    Option(("--no-log-prefix", "--raw"), "Do not print the task before each line", "flag"),
    Option(("--no-task-ids",), "Do not include task IDs in output", "flag"),
    Option(("--since",), "Show logs since a time such as 2026-01-02T13:23:37Z or seconds since the epoch"),
    Option(("-n", "--tail"), "Number of lines to show from the end of the logs", default="all", metavar="N"),
    Option(("-t", "--timestamps"), "Show timestamps", "flag"),
    STACK,
    Argument("services", metavar="[SERVICE...]"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    """Return 0; a service may be named with the stack's name before it or without."""
    from composekit.swarm.observed import stack_filter

    stack = stack_name(values["stack"])
    engine = connect(ctx, values)
    services = {one["Spec"]["Name"]: one for one in engine.get("/services", filters=stack_filter(stack)) or []}
    if not services:
        raise nothing_found(stack)
    chosen = {}
    for name in values["services"] or services:
        full = name if name in services else f"{stack}_{name}"
        if full not in services:
            raise ComposekitError(f"no such service: {name}", hint=f"services are {', '.join(sorted(services))}")
        chosen[full] = services[full]
    names = _Names(engine, sorted(chosen), with_ids=not values["no_task_ids"], color=ctx.color_out)
    for service, line in _merged(engine, chosen, values):
        time = f"{line.time} " if values["timestamps"] else ""
        prefix = "" if values["no_log_prefix"] else names.prefix(service, line.task, line.node)
        stream = ctx.err if line.error else ctx.out
        stream.write(f"{time}{prefix}{line.text}\n")
        stream.flush()
    return 0


class _Names:
    """Prefixes of lines: service.slot.id@node, asked for once for each task."""

    def __init__(self, engine: Engine, services: list[str], *, with_ids: bool, color: bool) -> None:
        self._engine = engine
        self._nodes = node_names(engine)
        self._colors = {name: service_color(at) if color else "" for at, name in enumerate(services)}
        self._with_ids = with_ids
        self._known: dict[str, str] = {}

    def prefix(self, service: str, task: str, node: str) -> str:
        if task not in self._known:
            slot: Any = ""
            with contextlib.suppress(ComposekitError):
                slot = self._engine.get(f"/tasks/{task}").get("Slot", "") if task else ""
            name = f"{service}.{slot or self._nodes.get(node, node)}" + (f".{task[:12]}" if self._with_ids else "")
            self._known[task] = paint(f"{name}@{self._nodes.get(node, node)}    | ", self._colors[service])
        return self._known[task]


def _merged(engine: Engine, services: dict[str, Any], values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the lines of all services; one thread each where they are followed, else one after the other."""
    if not values["follow"]:
        for name, service in services.items():
            for line in _lines(engine, service, values):
                yield name, line
        return
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()

    for name, service in services.items():
        threading.Thread(target=_read, args=(engine, name, service, values, waiting), daemon=True).start()
    open_ends = len(services)
    while open_ends:
        # Waiting with an end lets Ctrl-C through.
        with contextlib.suppress(queue.Empty):
            found = waiting.get(timeout=1.0)
            if isinstance(found, ComposekitError):
                raise found
            if found is None:
                open_ends -= 1
            else:
                yield found


def _read(engine: Engine, name: str, service: Any, values: dict[str, Any], waiting: "queue.SimpleQueue[Any]") -> None:
    """Put a service's lines into a queue, and `None` or what went wrong after them."""
    try:
        for line in _lines(Engine(engine.endpoint), service, values):
            waiting.put((name, line))
    except ComposekitError as error:
        waiting.put(error)
    waiting.put(None)


def _lines(engine: Engine, service: Any, values: dict[str, Any]) -> Iterator[Any]:
    from composekit.swarm.service_logs import lines

    query = {"stdout": True, "stderr": True, "details": True, "follow": values["follow"], "tail": values["tail"]}
    query |= {"timestamps": values["timestamps"], **({"since": values["since"]} if values["since"] else {})}
    raw = bool(service["Spec"]["TaskTemplate"]["ContainerSpec"].get("TTY"))
    pieces = engine.stream(f"/services/{service['ID']}/logs", **query)
    return lines(pieces, raw=raw, times=values["timestamps"] and not raw)
