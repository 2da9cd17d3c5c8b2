"""The life of one replica: a pure, total machine.

Owns: `step(state, event) -> (state, actions)` over the state in `replica` and the alphabets in `events`.
Knows nothing of: processes, clocks, files. A state that changed is recorded by whoever steps. Every pair of phase and
event stands in exactly one of two tables: MOVES says what happens, IGNORED says why nothing does.

    CREATED ──start──> WAITING ──needs met──> STARTING ──spawned──> RUNNING ──exit──> EXITED
                          │                      ^                     │ └──exit, policy──> BACKOFF ──timer──> STARTING
                          └──needs failed──> FAILED                    └──stop──> STOPPING ──exit──> EXITED
"""

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from composekit.supervise import restart
from composekit.supervise.events import (
    Action,
    Adopted,
    CancelHooks,
    CancelProbe,
    CancelTimer,
    Event,
    Exited,
    HooksDone,
    KillRequested,
    KillTree,
    NeedsFailed,
    NeedsMet,
    ProbeDone,
    Respecified,
    RunHooks,
    RunProbe,
    SignalMain,
    Spawn,
    Spawned,
    StartRequested,
    StartTimer,
    StopRequested,
    Timer,
    TimerFired,
)
from composekit.supervise.replica import Health, Phase, Replica
from composekit.supervise.spec import signal_number

KEPT_PROBES = 5  # as many as Docker keeps


Step = tuple[Replica, tuple[Action, ...]]


def step(state: Replica, event: Event) -> Step:
    """Return the state after `event` and what is to be done now. Never raises; same state object: nothing changed."""
    move = MOVES.get((state.phase, type(event)))
    return move(state, event) if move else (state, ())


# -- starting ----------------------------------------------------------------------------------------------------------


def _start(state: Replica, _event: StartRequested) -> Step:
    if not state.env_known:
        return replace(state, reason=NO_ENVIRONMENT), ()
    fresh = replace(
        state,
        phase=Phase.WAITING,
        reason="",
        restarts=0,
        attempts=0,
        delay_seconds=0.0,
        stopped_by_user=False,
        next_start_at=None,
        started_at=None,
        trouble="",
        health=Health.STARTING if state.spec.probe else Health.NONE,
    )
    return fresh, ()


NO_ENVIRONMENT = "its environment was lost with the supervisor; run 'up' again"


def _start_now(state: Replica, event: StartRequested) -> Step:
    waiting, _ = _start(state, event)
    return waiting, (() if waiting.phase is Phase.BACKOFF else (CancelTimer(Timer.BACKOFF),))


def _spawn(state: Replica, _event: NeedsMet | TimerFired) -> Step:
    started = replace(
        state,
        phase=Phase.STARTING,
        run=state.run + 1,
        pid=None,
        exit_code=None,
        finished_at=None,
        next_start_at=None,
        failing=0,
        probes=(),
        health=Health.STARTING if state.spec.probe else Health.NONE,
    )
    return started, (Spawn(),)


def _give_up(state: Replica, event: NeedsFailed) -> Step:
    return replace(state, phase=Phase.FAILED, reason=event.reason, health=Health.NONE), ()


def _started(state: Replica, event: Spawned) -> Step:
    # As with Docker, whose engine restarts containers and knows no hooks: they belong to a start that was asked for.
    hook = "post_start" if state.spec.post_start and not state.restarts else ""
    running = replace(state, phase=Phase.RUNNING, pid=event.pid, started_at=event.at, reason="", hook=hook)
    return running, ((RunHooks(hook),) if hook else ()) + _next_probe(running, event.at)


def _started_late(state: Replica, event: Spawned) -> Step:
    return replace(state, pid=event.pid, started_at=event.at), ()


def _adopt(state: Replica, event: Adopted) -> Step:
    if event.pid is None:
        return replace(state, phase=Phase.STARTING), ()
    running = replace(
        state, phase=Phase.RUNNING, pid=event.pid, started_at=state.started_at or event.at, next_start_at=None
    )
    if running.hook:
        running = replace(running, hook="", trouble=f"its {running.hook} hooks ended with the supervisor")
    return running, _next_probe(running, event.at)


def _adopt_stopping(state: Replica, event: Adopted) -> Step:
    return _stop(replace(state, pid=event.pid, hook=""), StopRequested(event.at, state.stop_grace_seconds))


# -- ending ------------------------------------------------------------------------------------------------------------


def _ended(state: Replica, event: Exited) -> Step:
    """Decide between a restart and rest."""
    gone = _gone(state, event)
    quiet: tuple[Action, ...] = (CancelTimer(Timer.PROBE), CancelProbe(), *_no_hooks(state))
    if state.stopped_by_user:
        return replace(gone, phase=Phase.EXITED), quiet
    ran_seconds = max(0.0, event.at - state.started_at) if state.started_at else 0.0
    verdict = restart.decide(
        state.spec.restart,
        code=event.code,
        ran_seconds=ran_seconds,
        attempts=state.attempts,
        last_delay_seconds=state.delay_seconds,
    )
    if verdict is None:
        return replace(gone, phase=Phase.EXITED), quiet
    if not state.env_known:
        return replace(gone, phase=Phase.EXITED, reason=NO_ENVIRONMENT), quiet
    backing_off = replace(
        gone,
        phase=Phase.BACKOFF,
        attempts=verdict.attempts,
        restarts=state.restarts + 1,
        delay_seconds=verdict.delay_seconds,
        next_start_at=event.at + verdict.delay_seconds,
    )
    return backing_off, (*quiet, StartTimer(Timer.BACKOFF, verdict.delay_seconds))


def _gone(state: Replica, event: Exited) -> Replica:
    # Docker calls a container whose health monitor ended unhealthy, and so do its users' scripts expect.
    health = Health.UNHEALTHY if state.spec.probe else Health.NONE
    return replace(
        state,
        pid=None,
        exit_code=event.code,
        reason=event.reason,
        finished_at=event.at,
        health=health,
        failing=0,
        hook="",
        stop_grace_seconds=None,
    )


def _no_hooks(state: Replica) -> tuple[Action, ...]:
    return (CancelHooks(),) if state.hook else ()


def _stopped(state: Replica, event: Exited) -> Step:
    done = replace(_gone(state, event), phase=Phase.EXITED)
    return done, (CancelTimer(Timer.GRACE), CancelProbe(), *_no_hooks(state))


def _stop(state: Replica, event: StopRequested) -> Step:
    quiet: tuple[Action, ...] = (CancelTimer(Timer.PROBE), CancelProbe(), *_no_hooks(state))
    stopping = replace(
        state, phase=Phase.STOPPING, stopped_by_user=True, hook="", trouble="", stop_grace_seconds=event.grace_seconds
    )
    if state.spec.pre_stop and state.pid is not None:
        return replace(stopping, hook="pre_stop"), (*quiet, RunHooks("pre_stop"))
    return stopping, (*quiet, *_stop_signal(stopping))


def _stop_signal(state: Replica) -> tuple[Action, ...]:
    grace = state.spec.grace_seconds if state.stop_grace_seconds is None else state.stop_grace_seconds
    grace = max(0.0, float(grace))
    return (SignalMain(signal_number(state.spec.stop_signal), grace), StartTimer(Timer.GRACE, grace))


def _stop_sooner(state: Replica, event: StopRequested) -> Step:
    if event.grace_seconds is None:
        return state, ()
    if state.hook:  # the time begins when they are done
        return replace(state, stop_grace_seconds=event.grace_seconds), ()
    return state, (StartTimer(Timer.GRACE, max(0.0, event.grace_seconds)),)


def _call_off(state: Replica, _event: StopRequested | KillRequested) -> Step:
    phase = Phase.EXITED if state.exit_code is not None else Phase.CREATED
    health = Health.UNHEALTHY if state.spec.probe and phase is Phase.EXITED else Health.NONE
    calm = replace(state, phase=phase, health=health, stopped_by_user=True, next_start_at=None)
    return calm, (CancelTimer(Timer.BACKOFF),)


def _remember_stop(state: Replica, _event: StopRequested) -> Step:
    return (state if state.stopped_by_user else replace(state, stopped_by_user=True)), ()


def _kill(state: Replica, event: KillRequested) -> Step:
    """Signal it. A signal meant to end it also ends its restarts, as `docker kill` does."""
    ending = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal_number(state.spec.stop_signal)}
    marked = replace(state, stopped_by_user=True) if event.signal in ending else state
    return marked, (KillTree() if event.signal == signal.SIGKILL else SignalMain(event.signal),)


# -- timers and probes -------------------------------------------------------------------------------------------------


def _backoff_timer(state: Replica, event: TimerFired) -> Step:
    return _spawn(state, event) if event.timer is Timer.BACKOFF else (state, ())


def _grace_timer(state: Replica, event: TimerFired) -> Step:
    return state, ((KillTree(),) if event.timer is Timer.GRACE else ())


def _probe_timer(state: Replica, event: TimerFired) -> Step:
    return state, ((RunProbe(),) if event.timer is Timer.PROBE and state.spec.probe else ())


def _probed(state: Replica, event: ProbeDone) -> Step:
    probe = state.spec.probe
    if probe is None or event.run != state.run:  # of an earlier process
        return state, ()
    health, failing = state.health, state.failing
    began = state.started_at if state.started_at is not None else event.result.started_at
    in_start_period = event.result.started_at - began < probe.start_period_seconds
    if event.result.exit_code == 0:
        health, failing = Health.HEALTHY, 0
    elif not (health is Health.STARTING and in_start_period):
        failing += 1
        health = Health.UNHEALTHY if failing >= max(1, probe.retries) else health
    kept = (*state.probes, event.result)[-KEPT_PROBES:]
    judged = replace(state, health=health, failing=failing, probes=kept)
    return judged, _next_probe(judged, event.result.ended_at)


def _hooks_started(state: Replica, event: HooksDone) -> Step:
    if state.hook != "post_start" or event.run != state.run:
        return state, ()
    return replace(state, hook="", trouble=event.trouble), ()


def _hooks_stopping(state: Replica, event: HooksDone) -> Step:
    if state.hook != "pre_stop" or event.run != state.run:
        return state, ()
    if not event.trouble:
        ready = replace(state, hook="")
        return ready, _stop_signal(ready)
    # As in Docker Compose, a hook that fails keeps its service from being stopped.
    back = replace(
        state, phase=Phase.RUNNING, hook="", trouble=event.trouble, stopped_by_user=False, stop_grace_seconds=None
    )
    return back, _next_probe(back, event.at)


def _next_probe(state: Replica, at: float) -> tuple[Action, ...]:
    probe = state.spec.probe
    if probe is None:
        return ()
    elapsed = at - (state.started_at if state.started_at is not None else at)
    eager = state.health is Health.STARTING and elapsed < probe.start_period_seconds
    seconds = probe.start_interval_seconds if eager else probe.interval_seconds
    return (StartTimer(Timer.PROBE, seconds),)


def _respecify(state: Replica, event: Respecified) -> Step:
    reason = "" if state.reason == NO_ENVIRONMENT else state.reason
    return replace(state, spec=event.spec, env_known=True, reason=reason), ()


# -- the tables --------------------------------------------------------------------------------------------------------

_EVERY = tuple(Phase)
Move = Callable[[Replica, Any], Step]

_MOVE_ROWS: tuple[tuple[tuple[Phase, ...], type, Move], ...] = (
    ((Phase.CREATED, Phase.EXITED, Phase.FAILED), StartRequested, _start),
    ((Phase.BACKOFF,), StartRequested, _start_now),
    ((Phase.WAITING,), NeedsMet, _spawn),
    ((Phase.WAITING,), NeedsFailed, _give_up),
    ((Phase.STARTING,), Spawned, _started),
    ((Phase.STOPPING,), Spawned, _started_late),
    ((Phase.CREATED, Phase.WAITING, Phase.STARTING, Phase.RUNNING, Phase.BACKOFF, Phase.EXITED), Adopted, _adopt),
    ((Phase.STOPPING,), Adopted, _adopt_stopping),
    ((Phase.STARTING, Phase.RUNNING), Exited, _ended),
    ((Phase.STOPPING,), Exited, _stopped),
    ((Phase.STARTING, Phase.RUNNING), StopRequested, _stop),
    ((Phase.STOPPING,), StopRequested, _stop_sooner),
    ((Phase.WAITING, Phase.BACKOFF), StopRequested, _call_off),
    ((Phase.EXITED, Phase.FAILED), StopRequested, _remember_stop),
    ((Phase.STARTING, Phase.RUNNING, Phase.STOPPING), KillRequested, _kill),
    ((Phase.BACKOFF,), KillRequested, _call_off),
    ((Phase.BACKOFF,), TimerFired, _backoff_timer),
    ((Phase.STOPPING,), TimerFired, _grace_timer),
    ((Phase.RUNNING,), TimerFired, _probe_timer),
    ((Phase.RUNNING,), ProbeDone, _probed),
    ((Phase.RUNNING,), HooksDone, _hooks_started),
    ((Phase.STOPPING,), HooksDone, _hooks_stopping),
    (_EVERY, Respecified, _respecify),
)

_IGNORED_ROWS: tuple[tuple[tuple[Phase, ...], type, str], ...] = (
    ((Phase.WAITING, Phase.STARTING, Phase.RUNNING), StartRequested, "it is coming or there"),
    ((Phase.STOPPING,), StartRequested, "jobs on one replica take turns, so a start comes after the stop ended"),
    (tuple(p for p in Phase if p is not Phase.WAITING), NeedsMet, "only a waiting replica asks"),
    (tuple(p for p in Phase if p is not Phase.WAITING), NeedsFailed, "only a waiting replica asks"),
    ((Phase.RUNNING,), Spawned, "told twice: by the shim and by its record"),
    (
        (Phase.CREATED, Phase.WAITING, Phase.BACKOFF, Phase.EXITED, Phase.FAILED),
        Spawned,
        "a notice of a process that has ended since",
    ),
    ((Phase.FAILED,), Adopted, "it never had a process"),
    (
        (Phase.CREATED, Phase.WAITING, Phase.BACKOFF, Phase.EXITED, Phase.FAILED),
        Exited,
        "told twice; there is no process",
    ),
    ((Phase.CREATED,), StopRequested, "nothing to stop"),
    ((Phase.CREATED, Phase.WAITING, Phase.EXITED, Phase.FAILED), KillRequested, "nothing to signal"),
    (
        (Phase.CREATED, Phase.WAITING, Phase.STARTING, Phase.EXITED, Phase.FAILED),
        TimerFired,
        "a timer that was cancelled as it fired",
    ),
    (tuple(p for p in Phase if p is not Phase.RUNNING), ProbeDone, "a probe that was cancelled as it ended"),
    (
        tuple(p for p in Phase if p not in (Phase.RUNNING, Phase.STOPPING)),
        HooksDone,
        "hooks that were cancelled as they ended",
    ),
)


def _table(rows: tuple[tuple[tuple[Phase, ...], type, Any], ...]) -> dict[tuple[Phase, type], Any]:
    table: dict[tuple[Phase, type], Any] = {}
    for phases, event, value in rows:
        for phase in phases:
            assert (phase, event) not in table, f"two rows for {phase} and {event.__name__}"
            table[phase, event] = value
    return table


MOVES: dict[tuple[Phase, type], Move] = _table(_MOVE_ROWS)
IGNORED: dict[tuple[Phase, type], str] = _table(_IGNORED_ROWS)
