"""Deploying a stack: what `stack plan`, `stack deploy` and `stack rollback` share.

Exit codes of a deploy: 0 converged (or handed over with --detach), 1 failed, 4 no swarm manager, 5 rolled back by the
swarm, 6 not converged in time, 130 interrupted.
"""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.cli.context import CommandContext
from composekit.cli.options import Option
from composekit.cli.planning import make_plan, show_losses
from composekit.cli.swarm_side import connect, pause, watcher
from composekit.errors import ComposekitError, LoadFailed, UsageError
from composekit.swarm.changes import StackChanges, find_changes
from composekit.swarm.deploy import Deploy, Outcome, Settings
from composekit.swarm.dial import Unreachable
from composekit.swarm.engine import Engine
from composekit.swarm.observed import Observed, observe
from composekit.swarm.releases import (
    DEPLOYED,
    FAILED,
    INTERRUPTED,
    ROLLED_BACK,
    TIMED_OUT,
    UNWATCHED,
    Release,
    begin,
    check_free,
    describe,
    end,
    releases_of,
)
from composekit.swarm.stored import check_secrets

if TYPE_CHECKING:
    from composekit.swarm.plan import SwarmPlan

Json = dict[str, Any]

EXIT_CODES = {DEPLOYED: 0, UNWATCHED: 0, FAILED: 1, ROLLED_BACK: 5, TIMED_OUT: 6, INTERRUPTED: 130}

TIMEOUT = Option(
    ("--timeout",), "How long to wait, such as 90s or 10m; 0 is for ever", default="10m", metavar="DURATION"
)
DETACH = Option(("-d", "--detach"), "Exit as soon as the swarm has what it needs", "flag")
FORCE = Option(("--force",), "Do not mind another deploy of the stack that seems under way", "flag")
PRUNE = Option(("--prune",), "Remove what earlier releases had and this one has not", "flag")
KEEP = Option(("--keep",), "Releases that --prune keeps with their configs and secrets", "int", default=5, metavar="N")

_REFUSED = frozenset({"CK792", "CK799"})
"""Warnings of a conversion that a manager turns into an error: too large, and no name for a service."""
_UNLIMITED_LEASE = 3600.0
_LAST_LINES = 10


class Target(NamedTuple):
    """What a stack is to become: request bodies, names in the file by real name, and what waits for what."""

    stack: str
    bodies: Json
    keys: Mapping[str, str]
    needs: Mapping[str, Mapping[str, str]]
    named: tuple[Json, ...] = ()
    """Bodies of the secrets whose names do not say what is inside."""


class Prepared(NamedTuple):
    engine: Engine
    target: Target
    observed: Observed
    releases: list[Release]
    changes: StackChanges


def prepare(ctx: CommandContext, values: dict[str, Any]) -> Prepared:
    """Load, convert, connect and compare; raises `LoadFailed` when the project cannot be deployed."""
    from composekit.swarm.external import check_external
    from composekit.swarm.stored import check_configs

    plan = _plan(ctx, values)
    engine = connect(ctx, values)
    check_external(engine, plan)
    observed = observe(engine, plan.stack)
    target = _target(ctx, plan, engine, observed, values)
    check_configs(target.bodies["configs"], observed.configs)
    releases = releases_of(observed.configs)
    changes = find_changes(
        target.bodies,
        target.keys,
        observed,
        releases,
        stack=target.stack,
        prune=values["prune"],
        keep=max(values["keep"], 1),
    )
    return Prepared(engine, target, observed, releases, changes)


def _plan(ctx: CommandContext, values: dict[str, Any]) -> "SwarmPlan":
    """Return the project as a stack that a manager may take, after telling the losses."""
    made = make_plan(ctx, values["stack"], values, files=values["compose_files"], waits=True)
    show_losses(ctx, made, values["shown"], briefly=True)
    if made.plan is None or not made.fit(strict=values["strict"]):
        raise LoadFailed
    refused = sorted({one.code for one in made.losses if one.code in _REFUSED})
    if refused:
        raise ComposekitError(f"the swarm would refuse what {', '.join(refused)} is about")
    return made.plan


def _target(
    ctx: CommandContext, plan: "SwarmPlan", engine: Engine, observed: Observed, values: dict[str, Any]
) -> Target:
    """Return the request bodies of a plan, with digests of images as far as registries tell them."""
    from composekit.swarm.engine_json import to_engine
    from composekit.swarm.registry_auth import resolve_images

    bodies = to_engine(plan)
    environ = ctx.environ if values["with_registry_auth"] else None
    resolved, unknown = resolve_images(
        engine, bodies["services"], observed.services, mode=values["resolve_image"], environ=environ
    )
    if unknown:
        images = ", ".join(sorted(set(unknown)))
        ctx.say(f"no registry told the digest of {images}: each node takes what it has or finds")
    content_names = {one.name for one in plan.secrets if one.by_content}
    return Target(
        plan.stack,
        {**bodies, "services": resolved},
        {one.name: one.key for one in plan.services},
        {one.key: one.needs for one in plan.services},
        tuple(one for one in bodies["secrets"] if one["Name"] not in content_names),
    )


def deploy(ctx: CommandContext, ready: Prepared, values: dict[str, Any]) -> int:
    """Carry changes out, follow them, and return the exit code."""
    for notice in ready.changes.notices:
        ctx.say(f"warning: {notice}")
    if ctx.dry_run:
        from composekit.swarm.plan_text import to_text

        ctx.out.write(to_text(ready.changes, color=ctx.color_out))
        return 0
    timeout = read_timeout(values["timeout"])
    now = time.time()
    number, identity = 0, ""
    if not values["force"]:
        check_free(ready.releases, ready.target.stack, now)
    check_secrets(ready.engine, list(ready.target.named), ready.observed.secrets)
    if ready.changes.changing or ready.changes.objects:
        content = describe(ready.target.bodies, ready.target.keys, ready.target.needs)
        until = now + (timeout or _UNLIMITED_LEASE)
        number, identity = begin(ready.engine, ready.target.stack, ready.releases, content, now=now, until=until)
    outcome = _carry_out(ctx, ready, values, timeout, identity)
    _tell(ctx, ready, outcome, number)
    return EXIT_CODES[outcome.state]


def _carry_out(
    ctx: CommandContext, ready: Prepared, values: dict[str, Any], timeout: float | None, identity: str
) -> Outcome:
    progress = watcher(ctx, "Deploying")
    running = Deploy(
        ready.engine,
        ready.changes,
        ready.target.needs,
        settings=Settings(timeout, values["detach"], _auth_of(ctx, values)),
        audience=progress,
        clock=time.monotonic,
        sleep=pause,
    )
    try:
        outcome = running.run()
    except Unreachable as error:
        progress.finish()
        raise Unreachable(
            f"{error}; {_left(running.outcome)}", hint="the swarm goes on by itself; see composekit stack ps"
        ) from None
    progress.finish()
    if identity:
        with contextlib.suppress(ComposekitError):
            end(ready.engine, identity, outcome.state)
    return outcome


def _auth_of(ctx: CommandContext, values: dict[str, Any]) -> Callable[[str], str] | None:
    if not values["with_registry_auth"]:
        return None
    from composekit.swarm.registry_auth import auth_header

    return lambda image: auth_header(ctx.environ, image)


def _tell(ctx: CommandContext, ready: Prepared, outcome: Outcome, number: int) -> None:
    """Say how it ended: in one line when all is well, else with errors and last lines of the failing tasks."""
    for warning in outcome.warnings:
        ctx.say(f"warning: {warning}")
    stack = ready.target.stack
    release = f" (release {number})" if number else ""
    if outcome.state == DEPLOYED:
        what = "nothing to change" if ready.changes.is_empty else "converged"
        ctx.say(f"stack {stack}: {what}{release}")
        return
    if outcome.state == UNWATCHED:
        ctx.say(f"stack {stack}: handed over{release}; 'composekit stack ps {stack}' shows how it goes")
        return
    ctx.say(f"error: {outcome.reason}")
    _tell_failing(ctx, ready.engine, outcome)
    ctx.say(f"stack {stack}: {outcome.state}{release}; {_left(outcome)}")


def _tell_failing(ctx: CommandContext, engine: Engine, outcome: Outcome) -> None:
    from composekit.swarm.standing import error_of

    for name, standing in outcome.standings.items():
        for task in standing.failing[:1]:
            ctx.say(f"  {name}.{task.get('Slot') or task.get('NodeID', '')} ({task['ID'][:12]}): {error_of(task)}")
            for line in _last_lines(engine, task):
                ctx.say(f"    | {line}")


def _last_lines(engine: Engine, task: Json) -> list[str]:
    from composekit.swarm.service_logs import lines

    raw = bool((task["Spec"].get("ContainerSpec") or {}).get("TTY"))
    try:
        pieces = list(
            engine.stream(f"/tasks/{task['ID']}/logs", stdout=True, stderr=True, tail=_LAST_LINES, details=True)
        )
    except ComposekitError:
        return []
    return [line.text for line in lines(pieces, raw=raw)][-_LAST_LINES:]


def _left(outcome: Outcome) -> str:
    """Return what state is left behind."""
    parts = []
    if outcome.applied:
        parts.append(f"the swarm has the new {', '.join(outcome.applied)}")
    if outcome.reverted:
        parts.append(f"the swarm is back at the earlier {', '.join(outcome.reverted)}")
    if outcome.pending:
        parts.append(f"not touched: {', '.join(outcome.pending)}")
    return "; ".join(parts) or "no service was changed"


def read_timeout(text: str) -> float | None:
    """Return seconds, `None` for no end; a bare number is seconds."""
    from composekit.errors import BadValue
    from composekit.values.quantity import parse_duration

    try:
        seconds = float(text) if text.replace(".", "", 1).isdigit() else parse_duration(text) / 1e9
    except BadValue as error:
        raise UsageError(f"--timeout cannot be '{text}': {error}", hint="write 90s or 10m") from None
    return seconds or None
