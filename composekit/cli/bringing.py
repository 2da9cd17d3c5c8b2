"""Creating and starting replicas with progress: what `up` and others that bring services up have in common."""

import time
from collections.abc import Collection

from composekit.cli.narrator import Narrator, is_decided
from composekit.cli.progress import DONE, Progress
from composekit.cli.running import Running
from composekit.runtime.control import act_and_watch
from composekit.runtime.disk import forget_addresses, materialize, prune, remove_tree
from composekit.runtime.places import place
from composekit.runtime.up import Prepared
from composekit.supervise.client import Client
from composekit.supervise.logs import read
from composekit.supervise.status import ReplicaStatus

_MOST, _LAST = 5, 10  # how many replicas that went wrong are told of, and how many of their lines


def create_replicas(
    running: Running,
    prepared: Prepared,
    progress: Progress,
    *,
    recreate: str = "changed",
    recreate_dependencies: bool = False,
    renew_volumes: bool = False,
    grace_seconds: float | None = None,
) -> None:
    """Create, recreate and remove replicas; what is on disk must have been made. Nothing is started."""
    specs = prepared.translation.specs
    needed = {need.group for spec in specs for need in spec.needs} if recreate_dependencies else set()
    forced = [spec for spec in specs if spec.group in needed]

    def apply(client: Client) -> dict[str, list[str]]:
        first = client.apply(forced, start=False, recreate="always", grace_seconds=grace_seconds) if forced else {}
        rest = client.apply(specs, start=False, recreate=recreate, remove=prepared.remove, grace_seconds=grace_seconds)
        return _both(first, rest)

    narrator = Narrator(progress, "removed", prepared.remove)
    done = act_and_watch(running.home, apply, narrator.see)
    if renew_volumes:
        for name in done["recreate"]:
            remove_tree(place(running.home, "anonymous", name))
        materialize(prepared.translation)
    up_already = [name for name in done["keep"] if name in narrator.current and narrator.current[name].pid]
    told = {"Recreated": done["recreate"], "Created": done["create"], "Removed": done["remove"], "Running": up_already}
    for word, names in told.items():
        for name in names:
            progress.event(f"Container {name}", word, DONE)
    progress.tick()
    forget_addresses(running.home.root, running.name, done["remove"])
    prune(running.home, running.statuses(running.client()))


def start_detached(
    running: Running,
    prepared: Prepared,
    progress: Progress,
    *,
    wait: bool = False,
    limit_seconds: float | None = None,
) -> int:
    """Start what is to be started and wait until that has come about (healthy, with `wait`); return the exit code."""
    names = [spec.name for spec in prepared.translation.specs]
    if not names:
        progress.finish()
        return 0
    up_already = set() if wait else {one.name for one in running.statuses(running.client()) if one.pid}
    aim = "healthy" if wait else "started"
    narrator = Narrator(progress, aim, [name for name in names if name not in up_already])
    end = time.monotonic() + limit_seconds if limit_seconds else None

    def is_late() -> bool:
        return end is not None and time.monotonic() >= end

    def is_settled(statuses: Collection[ReplicaStatus]) -> bool:
        # Who waits for all to be well need not wait once one never will be.
        lost = wait and problems_of([one for one in statuses if one.name in names], prepared, wait=wait)
        return narrator.is_settled(statuses) or is_late() or bool(lost)

    act_and_watch(running.home, lambda client: client.start(names), narrator.see, is_settled)
    progress.finish()
    mine = [narrator.current[name] for name in names if name in narrator.current]
    problems = problems_of(mine, prepared, wait=wait)
    if not problems and is_late() and not narrator.is_settled(mine):
        running.ctx.say(f"error: application not healthy after {limit_seconds:g}s")
        tell_of(running, [one for one in mine if not is_decided(one, aim, time.time())])
        return 1
    for problem in problems:
        running.ctx.say(f"error: {problem}")
    tell_of(running, [one for one in mine if is_culprit(one)] if problems else [])
    return 1 if problems else 0


def is_culprit(status: ReplicaStatus) -> bool:
    """Tell whether what a replica wrote last may say why a start went wrong."""
    ended = status.phase in ("exited", "backoff") and (bool(status.exit_code) or bool(status.reason))
    return ended or status.health == "unhealthy" or bool(status.trouble)


def tell_of(running: Running, statuses: Collection[ReplicaStatus]) -> None:
    """Show what each of these waits for, and the last lines that it and its health check wrote."""
    ctx = running.ctx
    for one in list(statuses)[:_MOST]:
        if one.phase == "waiting" and one.waiting_for:
            ctx.say(f"  {one.name} waits for {', '.join(one.waiting_for)}")
        lines = [line.text for line in read(running.home, [one.name], tail=_LAST)]
        if lines:
            ctx.say(f"  last lines of {one.name}:")
        for text in lines:
            ctx.say(f"    | {text}")
        if one.probes and one.probes[-1]["exit_code"]:
            last = one.probes[-1]
            ctx.say(f"  last health check of {one.name} (exit code {last['exit_code']}):")
            for text in str(last["output"]).splitlines()[-_LAST:]:
                ctx.say(f"    | {text}")
    if len(statuses) > _MOST:
        ctx.say(f"  ... and {len(statuses) - _MOST} more")


def problems_of(statuses: Collection[ReplicaStatus], prepared: Prepared, *, wait: bool) -> list[str]:
    """Return what went wrong with a start, in Docker's words where it has some."""
    specs = prepared.translation.specs
    awaited = {need.group for spec in specs for need in spec.needs if need.condition == "completed"}
    found = []
    for one in statuses:
        if one.phase == "failed":
            found.append(one.reason)
        elif one.phase == "exited" and one.reason:
            found.append(f"container {one.name} could not be started: {one.reason.removeprefix('cannot start: ')}")
        elif one.phase == "running" and one.trouble:
            found.append(one.trouble)
        elif wait and one.phase == "exited" and not (one.group in awaited and one.exit_code == 0):
            found.append(f"container {one.name} exited ({one.exit_code})")
        elif wait and one.health == "unhealthy":
            found.append(f"container {one.name} is unhealthy")
    return list(dict.fromkeys(found))


def _both(first: dict[str, list[str]], rest: dict[str, list[str]]) -> dict[str, list[str]]:
    """Join what two requests did; what the first one made is not kept by the second."""
    created, recreated = first.get("create", []), first.get("recreate", [])
    return {
        **rest,
        "create": [*created, *rest["create"]],
        "recreate": [*recreated, *rest["recreate"]],
        "keep": [name for name in rest["keep"] if name not in (*created, *recreated)],
    }
