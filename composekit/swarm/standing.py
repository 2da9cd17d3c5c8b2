"""How a service stands on its way to what was asked for: pure judgement of what the engine tells.

States of tasks are those of swarmkit (https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/).
A task with a health check is `running` only once it is healthy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Json = dict[str, Any]

TRIES = 3
"""Tasks of one slot that fail before a service counts as failing; swarm itself would go on for ever."""

_ENDED = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})
_BROKEN = frozenset({"failed", "rejected", "orphaned"})


class State(Enum):
    WAITING = "waiting"
    CONVERGED = "converged"
    FAILED = "failed"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Standing:
    """`done` of `wanted` tasks; `reason` says why, `failing` are the tasks to look at. `verified` needs no watching."""

    state: State
    done: int = 0
    wanted: int = 0
    reason: str = ""
    failing: tuple[Json, ...] = field(default=(), repr=False)
    verified: bool = False

    @property
    def words(self) -> str:
        numbers = f"{self.done}/{self.wanted}"
        return f"{numbers}: {self.reason}" if self.reason else numbers


def judge(
    service: Json, tasks: Iterable[Json], *, nodes: Mapping[str, Json], earlier: Json | None = None, since: str = ""
) -> Standing:
    """Return how a service stands.

    `tasks` are those of its present version, `nodes` all nodes by id. `earlier` is the status of an update that was
    there before this deploy, and says nothing about it. Failures before `since` (a time of the engine) do not count.
    """
    update = service.get("UpdateStatus") or {}
    mine = update if update and update != (earlier or {}) else {}
    state, message = mine.get("State", ""), mine.get("Message", "")
    own = sorted(tasks, key=lambda one: one.get("CreatedAt", ""), reverse=True)
    if "ReplicatedJob" in service["Spec"]["Mode"] or "GlobalJob" in service["Spec"]["Mode"]:
        return _judge_job(service, own, since)
    standing = _judge_running(service, own, nodes, since)
    if state in ("paused", "rollback_paused"):
        return _failed(standing, f"the {'rollback' if 'rollback' in state else 'update'} is paused: {message}", own)
    if state == "rollback_completed":
        return Standing(State.ROLLED_BACK, standing.done, standing.wanted, message, _broken(own))
    if state in ("updating", "rollback_started"):
        words = "rolling back" if state == "rollback_started" else "updating"
        return Standing(State.WAITING, standing.done, standing.wanted, f"{words}: {standing.reason}".rstrip(": "))
    return standing


def _judge_running(service: Json, tasks: list[Json], nodes: Mapping[str, Json], since: str) -> Standing:
    """Judge a service whose tasks are to stay: one for each slot, or one for each node that they are placed on."""
    slots: dict[Any, list[Json]] = {}
    for task in tasks:
        if _is_up(nodes.get(task.get("NodeID", ""))):
            slots.setdefault(task.get("Slot") or task.get("NodeID"), []).append(task)
    mode = service["Spec"]["Mode"]
    policy = (service["Spec"]["TaskTemplate"].get("RestartPolicy") or {}).get("Condition", "any")
    if "Replicated" in mode:
        replicas = mode["Replicated"].get("Replicas")
        wanted = 1 if replicas is None else replicas
    else:
        wanted = sum(
            any(task["DesiredState"] not in ("shutdown", "remove") for task in one) or policy != "any"
            for one in slots.values()
        )
    done = sum(_is_done(one, policy) for one in slots.values())
    if done >= wanted and (wanted or "Replicated" in mode) and not _surplus(slots, wanted):
        over = all(_ran_to_its_end(one, policy) for one in slots.values()) and bool(slots)
        return Standing(State.CONVERGED, done, wanted, verified=over)
    failing = [one for one in slots.values() if _is_failing(one, policy, since)]
    if failing:
        return _failed(Standing(State.WAITING, done, wanted), "", failing[0])
    return Standing(State.WAITING, done, wanted, _what_happens(tasks))


def _judge_job(service: Json, tasks: list[Json], since: str) -> Standing:
    """Judge a job by the tasks of its present run; it is over when they have completed."""
    status = service.get("JobStatus") or {}
    run = (status.get("JobIteration") or {}).get("Index", 0)
    own = [task for task in tasks if (task.get("JobIteration") or {}).get("Index", 0) == run]
    done = sum(task["Status"]["State"] == "complete" for task in own)
    mode = service["Spec"]["Mode"]
    policy = (service["Spec"]["TaskTemplate"].get("RestartPolicy") or {}).get("Condition", "any")
    if "ReplicatedJob" in mode:
        total = mode["ReplicatedJob"].get("TotalCompletions")
        wanted = 1 if total is None else total
    else:
        wanted = len({task.get("NodeID") for task in own if task.get("NodeID")})
    if wanted and done >= wanted:
        return Standing(State.CONVERGED, done, wanted, "job complete", verified=True)
    slots: dict[Any, list[Json]] = {}
    for task in own:
        slots.setdefault(task.get("Slot") or task.get("NodeID"), []).append(task)
    failing = [one for one in slots.values() if _is_failing(one, policy, since)]
    if failing:
        return _failed(Standing(State.WAITING, done, wanted), "", failing[0])
    return Standing(State.WAITING, done, wanted, _what_happens(own))


def completed(tasks: Iterable[Json]) -> bool:
    """Tell whether some task of a service that is no job has ended with success."""
    return any(task["Status"]["State"] == "complete" for task in tasks)


def error_of(task: Json) -> str:
    """Return why a task failed, in one line; empty when it did not."""
    status = task["Status"]
    text = " ".join((status.get("Err") or "").split())
    code = (status.get("ContainerStatus") or {}).get("ExitCode")
    return text or (f"exit code {code}" if code and status["State"] in _BROKEN else "")


def is_broken(task: Json, since: str) -> bool:
    """Tell whether a task that was made since a time of the engine has failed; times count by the second."""
    # The engine leaves out zeros at the end of the fraction, so that text cannot be compared beyond it.
    return task["Status"]["State"] in _BROKEN and bool(task.get("CreatedAt", "")[:19] >= since[:19])


def _failed(standing: Standing, reason: str, tasks: list[Json]) -> Standing:
    broken = _broken(tasks)
    why = error_of(broken[0]) if broken else ""
    words = " · ".join(part for part in (reason, why) if part) or "its tasks fail"
    return Standing(State.FAILED, standing.done, standing.wanted, words, broken)


def _broken(tasks: list[Json]) -> tuple[Json, ...]:
    return tuple(task for task in tasks if task["Status"]["State"] in _BROKEN)[:TRIES]


def _is_up(node: Json | None) -> bool:
    """A task without a node counts: it is still to be placed."""
    return node is None or (node.get("Status") or {}).get("State") != "down"


def _is_done(tasks: list[Json], policy: str) -> bool:
    newest = tasks[0]
    state = newest["Status"]["State"]
    runs = bool(state == "running" and newest["DesiredState"] == "running")
    return runs or _ran_to_its_end(tasks, policy)


def _ran_to_its_end(tasks: list[Json], policy: str) -> bool:
    return policy in ("none", "on-failure") and bool(tasks[0]["Status"]["State"] == "complete")


def _surplus(slots: Mapping[Any, list[Json]], wanted: int) -> bool:
    """Tell whether more tasks run than are wanted, as after scaling down."""
    return sum(bool(one[0]["Status"]["State"] == "running") for one in slots.values()) > wanted


def _is_failing(tasks: list[Json], policy: str, since: str) -> bool:
    """Tell whether a slot has had its tries, or has failed and is not tried again."""
    broken = [task for task in tasks if task["Status"]["State"] in _BROKEN]
    over = all(task["Status"]["State"] in _ENDED for task in tasks)
    recent = [task for task in broken if is_broken(task, since)]
    return len(recent) >= TRIES or (over and policy == "none" and bool(broken))


def _what_happens(tasks: list[Json]) -> str:
    """Return what is going on with the task that is furthest behind, for somebody who waits."""
    for task in tasks:
        if task["DesiredState"] in ("shutdown", "remove") and task["Status"]["State"] not in _BROKEN:
            continue
        state, error = task["Status"]["State"], error_of(task)
        if state != "running":
            return f"{state}: {error}" if error else state
    return ""
