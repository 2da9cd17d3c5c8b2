"""`events`: what happens to the project's replicas, as it happens."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.options import SERVICES, Option, Row

if TYPE_CHECKING:
    from composekit.runtime.happenings import Happening
    from composekit.runtime.journal import Entry
    from composekit.supervise.client import WatchEvent
    from composekit.supervise.memory import Memory
    from composekit.supervise.status import ReplicaStatus

ARGUMENTS: tuple[Row, ...] = (
    Option(("--json",), "Output events as a stream of json objects", "flag", to="as_json"),
    Option(("--since",), "Show all events created since timestamp"),
    Option(("--until",), "Stream events until this timestamp"),
    SERVICES,
)

_LOOK_SECONDS = 0.5  # how often a pause or the end of the time is looked for
_COMING_SECONDS = 0.02  # how often a project that does not run is looked for: one that ends sooner leaves no news


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.commands.logs import _moment
    from composekit.cli.running import open_running
    from composekit.runtime.identifiers import container_id
    from composekit.runtime.journal import Journal
    from composekit.supervise.client import Client
    from composekit.supervise.memory import memories

    now = time.time()
    since, until = _moment(values["since"], now), _moment(values["until"], now)
    running = open_running(ctx)

    def show(one: "Happening") -> None:
        if values["services"] and one.service not in values["services"]:
            return
        if until is None or one.at <= until:
            line = as_json if values["as_json"] else as_text
            ctx.out.write(line(one, container_id(running.home, one.name)) + "\n")
            ctx.out.flush()

    client = running.client()
    journal = Journal(running.home, begun=client is None)
    teller = Teller(show, journal.fresh, begun=client is None)
    if since is not None:
        for one in _past(memories(running.home), running.statuses(client), journal.past(), since):
            show(one)
    while until is None or time.time() < until:
        news = Client.connect(running.home)
        if news is None:  # nothing runs; it may come
            time.sleep(_COMING_SECONDS)
            continue
        for event in news.watch(idle_seconds=_LOOK_SECONDS):
            teller.take(event)
            if until is not None and time.time() >= until:
                return 0
    return 0


def _past(
    remembered: "Iterable[Memory]", statuses: "list[ReplicaStatus]", entries: "list[Entry]", since: float
) -> "list[Happening]":
    """Return what is known to have happened since then, in the order in which it did."""
    from composekit.runtime.happenings import noted, past_of, replayed
    from composekit.runtime.listing import is_one_off

    found, known = replayed(remembered)
    found += past_of([one for one in statuses if one.name not in known], since)
    known |= {one.name: one for one in statuses}
    found += [noted(known[one.name], one) for one in entries if one.name in known]
    mine = [one for one in found if one.at >= since and not is_one_off(known[one.name])]
    return sorted(mine, key=lambda one: one.at)


class Teller:
    """Makes happenings of what a supervisor tells, and of what commands noted (`fresh` returns that).

    Unless `begun`, what the first snapshot tells is no news.
    """

    def __init__(
        self,
        show: "Callable[[Happening], None]",
        fresh: "Callable[[], list[Entry]]" = list,
        *,
        begun: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fresh = fresh
        self._begun = begun
        self._show = show
        self._clock = clock
        self._known: dict[str, ReplicaStatus] = {}
        self._paused: set[str] = set()

    def take(self, event: "WatchEvent") -> None:
        from composekit.supervise.client import Changed, Removed, Snapshot, TimedOut

        self._take_notes()
        match event:
            case Snapshot(replicas):
                for one in replicas if self._begun else ():
                    self._changed(one)
                self._begun = True
                self._known = {one.name: one for one in replicas}
            case Changed(one):
                self._changed(one)
            case Removed(name) if name in self._known:
                from composekit.runtime.happenings import removal

                self._tell([removal(self._known.pop(name), now=self._clock())])
            case TimedOut():
                self._look_for_pauses()

    def _take_notes(self) -> None:
        from composekit.runtime.happenings import noted

        for one in self._fresh():
            if one.name in self._known:
                self._tell([noted(self._known[one.name], one)])

    def _changed(self, status: "ReplicaStatus") -> None:
        from composekit.runtime.happenings import told_by

        self._tell(told_by(self._known.get(status.name), status, now=self._clock()))
        self._known[status.name] = status

    def _look_for_pauses(self) -> None:
        from composekit.runtime.happenings import pausing
        from composekit.runtime.paused import is_paused

        for name, status in self._known.items():
            paused = is_paused(status)
            if paused is not (name in self._paused):
                (self._paused.add if paused else self._paused.discard)(name)
                self._tell([pausing(status, paused=paused, now=self._clock())])

    def _tell(self, found: "list[Happening]") -> None:
        from composekit.runtime.listing import is_one_off

        for one in found:
            status = self._known.get(one.name)
            if status is None or not is_one_off(status):
                self._show(one)


def as_text(one: "Happening", id_: str) -> str:
    """Return a line such as `2025-01-02 13:23:37.000000 container start ID (image=redis, name=shop-db-1)`.

    As Docker Compose, with an empty one after it.
    """
    whole, part = divmod(round(one.at * 1e6), 1_000_000)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(whole))
    facts = ", ".join(f"{key}={value}" for key, value in _attributes(one).items())
    return f"{moment}.{part:06d} container {one.action} {id_} ({facts})\n"


def as_json(one: "Happening", id_: str) -> str:
    """Return an object with Docker Compose's keys; its time is UTC."""
    from composekit.values.gotemplate import go_json

    whole, part = divmod(round(one.at * 1e6), 1_000_000)
    moment = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{part:06d}".rstrip("0").rstrip(".") + "Z"
    return go_json(
        {
            "action": one.action,
            "attributes": _attributes(one),
            "id": id_,
            "service": one.service,
            "time": moment,
            "type": "container",
        }
    )


def _attributes(one: "Happening") -> dict[str, str]:
    return dict(sorted({**one.facts, "image": one.image, "name": one.name}.items()))
