"""Taking things of a stack out of the swarm, in an order in which nothing is in use by something else."""

from collections.abc import Callable, Iterable
from typing import Any

from composekit.swarm.audience import DONE, WARNING, Audience
from composekit.swarm.changes import REMOVE, ObjectChange
from composekit.swarm.engine import Engine, EngineError, quoted
from composekit.swarm.observed import Observed, tasks_of

Json = dict[str, Any]

_PATIENCE = 30.0
"""Seconds for which tasks that are ending keep a network."""
_PAUSE = 0.3
_GONE = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})


def everything(observed: Observed) -> tuple[ObjectChange, ...]:
    """Return a whole stack as what is to be removed."""
    kinds = (
        ("service", observed.services),
        ("secret", observed.secrets),
        ("config", observed.configs),
        ("network", observed.networks),
    )
    return tuple(ObjectChange(kind, name, REMOVE, one) for kind, there in kinds for name, one in sorted(there.items()))


def remove_all(
    engine: Engine,
    removed: Iterable[ObjectChange],
    audience: Audience,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> list[str]:
    """Remove things in the order given; return what is to be said of those that are still there."""
    told = []
    for one in removed:
        title = f"{one.kind.capitalize()} {one.name}"
        audience.event(title, "Removing")
        problem, began = _remove(engine, one), clock()
        while problem and one.kind == "network" and clock() - began < _PATIENCE:
            audience.tick()
            sleep(_PAUSE)
            problem = _remove(engine, one)
        if problem:
            told.append(f"{one.kind} '{one.name}' was not removed: {problem}")
        audience.event(title, "Not removed" if problem else "Removed", WARNING if problem else DONE)
    return told


def wait_for_tasks(engine: Engine, stack: str, *, sleep: Callable[[float], None], audience: Audience) -> None:
    """Return when no task of a stack runs any more."""
    while any(task["Status"]["State"] not in _GONE for task in tasks_of(engine, stack)):
        audience.tick()
        sleep(_PAUSE)


def _remove(engine: Engine, one: ObjectChange) -> str:
    """Remove something; return why it was not, empty when it is gone."""
    identity = one.body.get("ID") or one.body.get("Id") or ""
    try:
        engine.delete(f"/{one.kind}s/{quoted(identity)}")
    except EngineError as error:
        return "" if error.status == 404 else str(error)
    return ""
