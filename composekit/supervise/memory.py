"""What a supervisor told of its replicas, remembered beyond it and them: for who asks later what has happened.

One file for all projects of a state folder, one JSON object a line, to which each supervisor appends. Once it is large,
the older half is what a second file has, which is replaced by the next. As with an engine, which forgets its events
when it ends, this is a help and no record: what cannot be written or read is left out.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from composekit.supervise.home import Home
from composekit.supervise.ledger import append_line, lines_of, older
from composekit.supervise.status import ReplicaStatus

_LARGE = 1 << 19  # bytes
_NAME = "events"


class Memory(NamedTuple):
    """`at` in seconds since the epoch; `status` is `None` when the replica was removed."""

    at: float
    name: str
    status: ReplicaStatus | None


def _path(home: Home) -> str:
    return os.path.join(home.root, _NAME)


def remember(home: Home, event: Mapping[str, Any], *, now: float) -> None:
    """Append an event of the protocol, if it is about a replica; what checks and hooks wrote is not kept."""
    fact: dict[str, Any] = {"at": now, "project": home.project}
    if event["event"] == "replica":
        status = event["replica"]
        checks = [{**check, "output": ""} for check in status["probes"]]
        fact["replica"] = {**status, "probes": checks, "reason": "", "trouble": ""}
    elif event["event"] == "removed":
        fact["removed"] = event["name"]
    else:
        return
    append_line(_path(home), json.dumps(fact, separators=(",", ":")).encode(), largest=_LARGE)


def memories(home: Home) -> Iterator[Memory]:
    """Yield what is remembered of a project, oldest first."""
    for line in lines_of(_path(home)):
        with suppress(ValueError, KeyError, TypeError):
            fact = json.loads(line)
            if fact["project"] == home.project:
                status = ReplicaStatus.from_json(fact["replica"]) if "replica" in fact else None
                yield Memory(float(fact["at"]), status.name if status else fact["removed"], status)


def forget(root: str) -> None:
    """Remove what is remembered in a state folder, if nothing else is in there; raises `OSError`."""
    names = os.listdir(root)
    if set(names) <= {_NAME, older(_NAME)}:
        for name in names:
            os.unlink(os.path.join(root, name))
