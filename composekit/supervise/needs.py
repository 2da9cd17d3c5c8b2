"""What one replica's start waits for, judged from the states of the others. Pure.

Wordings of failures follow Docker Compose, so that people find them on the web.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from composekit.graph import startup_order
from composekit.supervise.replica import Health, Phase, Replica
from composekit.supervise.spec import Need, ProcessSpec


class Verdict(NamedTuple):
    """`failed` is the reason when it cannot start any more; else it may start when `waiting` is empty.

    `waiting` tells what is missing ("proj-db-1 to be healthy"); `skipped` names optional needs that failed.
    """

    failed: str = ""
    waiting: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


Groups = Mapping[str, list[Replica]]


def by_group(replicas: Iterable[Replica]) -> dict[str, list[Replica]]:
    """Return the replicas of each group, in the order of their index."""
    groups: dict[str, list[Replica]] = {}
    for replica in sorted(replicas, key=lambda one: one.spec.index):
        groups.setdefault(replica.spec.group, []).append(replica)
    return groups


def judge(spec: ProcessSpec, groups: Groups) -> Verdict:
    """Say whether what `spec` needs is there, is still to come, or failed."""
    waiting: list[str] = []
    skipped: list[str] = []
    for need in spec.needs:
        failure, missing = _judge_need(spec, need, groups.get(need.group, []))
        if failure and need.required:
            return Verdict(failed=failure)
        if failure:
            skipped.append(f"optional dependency {need.group}: {failure}")
        else:
            waiting.extend(missing)
    return Verdict(waiting=tuple(waiting), skipped=tuple(skipped))


def _judge_need(spec: ProcessSpec, need: Need, replicas: list[Replica]) -> tuple[str, list[str]]:
    if not replicas:
        return f"{spec.group} is missing dependency {need.group}", []
    missing: list[str] = []
    for replica in replicas:
        met, failure = _CONDITIONS[need.condition](replica)
        if failure:
            return failure, []
        if not met:
            missing.append(f"{replica.spec.name} to be {need.condition}")
    return "", missing


def _is_started(replica: Replica) -> tuple[bool, str]:
    match replica.phase:
        case Phase.RUNNING if replica.hook or replica.trouble:
            return False, replica.trouble and f"dependency failed to start: {replica.trouble}"
        case Phase.RUNNING | Phase.STOPPING | Phase.BACKOFF:
            return True, ""
        case Phase.EXITED if replica.started_at is not None:
            return True, ""  # Docker starts in order and does not look back
        case Phase.CREATED | Phase.EXITED | Phase.FAILED:
            return False, f"dependency failed to start: {_ended(replica)}"
        case _:
            return False, ""


def _is_healthy(replica: Replica) -> tuple[bool, str]:
    if replica.spec.probe is None:
        return False, f"dependency failed to start: container {replica.spec.name} has no healthcheck configured"
    match replica.phase, replica.health:
        case ((Phase.CREATED | Phase.EXITED | Phase.FAILED), _):
            return False, f"dependency failed to start: {_ended(replica)}"
        case Phase.RUNNING, _ if replica.hook or replica.trouble:
            return False, replica.trouble and f"dependency failed to start: {replica.trouble}"
        case Phase.RUNNING, Health.HEALTHY:
            return True, ""
        case Phase.RUNNING, Health.UNHEALTHY:
            return False, f"dependency failed to start: container {replica.spec.name} is unhealthy"
        case _:
            return False, ""


def _is_completed(replica: Replica) -> tuple[bool, str]:
    match replica.phase:
        case Phase.EXITED if replica.exit_code == 0:
            return True, ""
        case Phase.EXITED:
            group = replica.spec.group
            return False, f'service "{group}" didn\'t complete successfully: exit {replica.exit_code}'
        case Phase.CREATED | Phase.FAILED:
            return False, f"dependency failed to start: {_ended(replica)}"
        case _:
            return False, ""


def _ended(replica: Replica) -> str:
    name = replica.spec.name
    match replica.phase:
        case Phase.CREATED:
            return f"container {name} is not started"
        case Phase.FAILED:
            return f"container {name} was not started"
        case _ if replica.reason and replica.started_at is None:
            return f"container {name}: {replica.reason}"
        case _:
            return f"container {name} exited ({replica.exit_code})"


_CONDITIONS = {"started": _is_started, "healthy": _is_healthy, "completed": _is_completed}


def waves(specs: Iterable[ProcessSpec], names: Iterable[str]) -> list[list[str]]:
    """Return the replicas `names` in waves, dependencies first; reversed, that is the order to stop them.

    Order holds across replicas that are not named: with a -> b -> c, stopping a and c stops a first.
    Raises `composekit.graph.Cycle` when groups need each other in a ring.
    """
    edges: dict[str, set[str]] = {}
    members: dict[str, list[str]] = {}
    wanted = set(names)
    for spec in specs:
        edges.setdefault(spec.group, set()).update(need.group for need in spec.needs)
        if spec.name in wanted:
            members.setdefault(spec.group, []).append(spec.name)
    ordered = ([name for group in wave for name in members.get(group, [])] for wave in startup_order(edges))
    return [wave for wave in ordered if wave]


def restarted_with(groups: Iterable[str], specs: Iterable[ProcessSpec]) -> set[str]:
    """Return the groups that ask to be restarted when one of `groups` is (`restart: true`), and theirs in turn."""
    known = list(specs)
    found: set[str] = set()
    fresh = set(groups)
    while fresh:
        dependents = {
            spec.group for spec in known if any(need.restart and need.group in fresh for need in spec.needs)
        } - found
        found |= dependents
        fresh = dependents
    return found
