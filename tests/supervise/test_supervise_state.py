"""The life of one replica, told as histories of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.supervise.events import (
    EVENTS,
    Adopted,
    CancelHooks,
    CancelProbe,
    CancelTimer,
    Exited,
    HooksDone,
    KillRequested,
    KillTree,
    NeedsFailed,
    NeedsMet,
    ProbeDone,
    ProbeResult,
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
from composekit.supervise.replica import ALIVE, AT_REST, Health, Phase, Replica
from composekit.supervise.spec import HookSpec, ProbeSpec, ProcessSpec, RestartPolicy
from composekit.supervise.state import IGNORED, MOVES, NO_ENVIRONMENT, step

PROBE = ProbeSpec(
    ("check",), interval_seconds=30, timeout_seconds=5, start_period_seconds=60, start_interval_seconds=2, retries=2
)


HOOK = (HookSpec(("hook",)),)


def spec(restart="no", *, probe=None, post_start=(), pre_stop=(), **policy):
    return ProcessSpec(
        "p-web-1", "web", 1, ("serve",), restart=RestartPolicy(restart, **policy), probe=probe, grace_seconds=7,
        post_start=post_start, pre_stop=pre_stop,
    )  # fmt: skip


def probed(at, code, run=1):
    return ProbeDone(run, ProbeResult(at, at, code, ""))


UP = (StartRequested(0), NeedsMet(0), Spawned(1, 77))
QUIET = [CancelTimer(Timer.PROBE), CancelProbe()]
TERM = [*QUIET, SignalMain(15, 7.0), StartTimer(Timer.GRACE, 7)]


def history(the_spec, *events):
    state, done = Replica(the_spec), []
    for event in events:
        state, actions = step(state, event)
        done += actions
    return state, done


# name: spec, events, phase at the end, all actions
HISTORIES = {
    "a start waits for its needs": (spec(), (StartRequested(0),), Phase.WAITING, []),
    "needs met spawns": (spec(), (StartRequested(0), NeedsMet(0)), Phase.STARTING, [Spawn()]),
    "a running process that ends with 0 has exited": (spec(), (*UP, Exited(5, 0)), Phase.EXITED, [Spawn(), *QUIET]),
    "needs that failed end the start": (spec(), (StartRequested(0), NeedsFailed(0, "db")), Phase.FAILED, []),
    "a program that cannot run has exited": (
        spec(),
        (StartRequested(0), NeedsMet(0), Exited(1, 127, "not found")),
        Phase.EXITED,
        [Spawn(), *QUIET],
    ),
    "a crash backs off then starts again": (
        spec("on-failure"),
        (*UP, Exited(2, 1), TimerFired(2.1, Timer.BACKOFF)),
        Phase.STARTING,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1), Spawn()],
    ),
    "each crash doubles the delay": (
        spec("always"),
        (*UP, Exited(2, 1), TimerFired(3, Timer.BACKOFF), Spawned(3, 78), Exited(4, 1)),
        Phase.BACKOFF,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1), Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.2)],
    ),
    "ten seconds of running make the delay short again": (
        spec("always"),
        (*UP, Exited(2, 1), TimerFired(3, Timer.BACKOFF), Spawned(3, 78), Exited(13, 1)),
        Phase.BACKOFF,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1), Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1)],
    ),
    "on-failure leaves a success alone": (spec("on-failure"), (*UP, Exited(2, 0)), Phase.EXITED, [Spawn(), *QUIET]),
    "on-failure gives up after its attempts": (
        spec("on-failure", max_attempts=1),
        (*UP, Exited(2, 1), TimerFired(3, Timer.BACKOFF), Spawned(3, 78), Exited(4, 1)),
        Phase.EXITED,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1), Spawn(), *QUIET],
    ),
    "a window that passed forgets the attempts": (
        spec("on-failure", max_attempts=1, delay_seconds=3, window_seconds=60),
        (*UP, Exited(2, 1), TimerFired(5, Timer.BACKOFF), Spawned(5, 78), Exited(65, 1)),
        Phase.BACKOFF,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 3), Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 3)],
    ),
    "a stop signals and waits": (spec("always"), (*UP, StopRequested(2)), Phase.STOPPING, [Spawn(), *TERM]),
    "a stopped process is not restarted": (
        spec("always"),
        (*UP, StopRequested(2), Exited(3, 143)),
        Phase.EXITED,
        [Spawn(), *TERM, CancelTimer(Timer.GRACE), CancelProbe()],
    ),
    "after the grace the tree is killed": (
        spec(),
        (*UP, StopRequested(2), TimerFired(9, Timer.GRACE)),
        Phase.STOPPING,
        [Spawn(), *TERM, KillTree()],
    ),
    "a second stop may be less patient": (
        spec(),
        (*UP, StopRequested(2), StopRequested(3, 1)),
        Phase.STOPPING,
        [Spawn(), *TERM, StartTimer(Timer.GRACE, 1)],
    ),
    "a stop before exec signals all the same": (
        spec(),
        (StartRequested(0), NeedsMet(0), StopRequested(0), Spawned(1, 77)),
        Phase.STOPPING,
        [Spawn(), *TERM],
    ),
    "a stop calls a restart off": (
        spec("always"),
        (*UP, Exited(2, 1), StopRequested(2)),
        Phase.EXITED,
        [Spawn(), *QUIET, StartTimer(Timer.BACKOFF, 0.1), CancelTimer(Timer.BACKOFF)],
    ),
    "a stop calls a waiting start off": (
        spec(),
        (StartRequested(0), StopRequested(1)),
        Phase.CREATED,
        [CancelTimer(Timer.BACKOFF)],
    ),
    "SIGKILL is for the tree and ends the restarts": (
        spec("always"),
        (*UP, KillRequested(2, 9), Exited(3, 137)),
        Phase.EXITED,
        [Spawn(), KillTree(), *QUIET],
    ),
    "another signal is only passed on": (
        spec("always"),
        (*UP, KillRequested(2, 10), Exited(3, 0)),
        Phase.BACKOFF,
        [Spawn(), SignalMain(10), *QUIET, StartTimer(Timer.BACKOFF, 0.1)],
    ),
    "the first probe comes soon in the start period": (
        spec(probe=PROBE),
        (*UP, TimerFired(3, Timer.PROBE)),
        Phase.RUNNING,
        [Spawn(), StartTimer(Timer.PROBE, 2), RunProbe()],
    ),
    "once healthy the probes are less eager": (
        spec(probe=PROBE),
        (*UP, probed(3, 0)),
        Phase.RUNNING,
        [Spawn(), StartTimer(Timer.PROBE, 2), StartTimer(Timer.PROBE, 30)],
    ),
    "post_start runs once the program does": (
        spec(post_start=HOOK),
        (*UP, HooksDone(2, 1)),
        Phase.RUNNING,
        [Spawn(), RunHooks("post_start")],
    ),
    "post_start does not run for a restart by the policy": (
        spec("always", post_start=HOOK),
        (*UP, HooksDone(1, 1), Exited(2, 1), TimerFired(3, Timer.BACKOFF), Spawned(3, 78)),
        Phase.RUNNING,
        [Spawn(), RunHooks("post_start"), *QUIET, StartTimer(Timer.BACKOFF, 0.1), Spawn()],
    ),
    "a process that ends takes its hooks with it": (
        spec(post_start=HOOK),
        (*UP, Exited(2, 0), HooksDone(3, 1)),
        Phase.EXITED,
        [Spawn(), RunHooks("post_start"), *QUIET, CancelHooks()],
    ),
    "pre_stop runs before the signal": (
        spec(pre_stop=HOOK),
        (*UP, StopRequested(2, 3), HooksDone(3, 1)),
        Phase.STOPPING,
        [Spawn(), *QUIET, RunHooks("pre_stop"), SignalMain(15, 3.0), StartTimer(Timer.GRACE, 3)],
    ),
    "a pre_stop that fails keeps the process": (
        spec(pre_stop=HOOK),
        (*UP, StopRequested(2), HooksDone(3, 1, "failed")),
        Phase.RUNNING,
        [Spawn(), *QUIET, RunHooks("pre_stop")],
    ),
    "hooks of an earlier run are not believed": (
        spec(pre_stop=HOOK),
        (*UP, StopRequested(2), HooksDone(3, 7)),
        Phase.STOPPING,
        [Spawn(), *QUIET, RunHooks("pre_stop")],
    ),
    "SIGKILL does not wait for a hook": (
        spec(pre_stop=HOOK),
        (*UP, StopRequested(2), KillRequested(3, 9), Exited(4, 137)),
        Phase.EXITED,
        [Spawn(), *QUIET, RunHooks("pre_stop"), KillTree(), CancelTimer(Timer.GRACE), CancelProbe(), CancelHooks()],
    ),
    "an adopted process that was stopping is stopped": (
        spec(),
        (*UP, StopRequested(2), Adopted(50, 77)),
        Phase.STOPPING,
        [Spawn(), *TERM, *TERM],
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_history(name):
    the_spec, events, phase, actions = HISTORIES[name]
    state, done = history(the_spec, *events)
    assert (state.phase, done) == (phase, actions)


def test_every_pair_of_phase_and_event_is_written_down_once():
    pairs = {(phase, event) for phase in Phase for event in EVENTS}
    assert MOVES.keys() | IGNORED.keys() == pairs
    assert not MOVES.keys() & IGNORED.keys()
    assert all(IGNORED.values())


def test_what_became_of_a_hook_is_kept_until_somebody_asks_again():
    state, _ = history(spec(post_start=HOOK, pre_stop=HOOK), *UP, HooksDone(2, 1, "web hook exited with status 3"))
    stopping, _ = step(state, StopRequested(3))
    assert (state.hook, state.trouble) == ("", "web hook exited with status 3")
    assert (stopping.hook, stopping.trouble) == ("pre_stop", "")


def test_hooks_that_died_with_the_supervisor_are_told():
    state, actions = history(spec(post_start=HOOK), *UP, Adopted(5, 77))
    assert (state.phase, state.hook, state.trouble) == (
        Phase.RUNNING, "", "its post_start hooks ended with the supervisor",
    )  # fmt: skip
    assert actions.count(RunHooks("post_start")) == 1


def test_failures_in_the_start_period_do_not_count():
    state, _ = history(spec(probe=PROBE), *UP, probed(3, 1), probed(5, 1), probed(59, 1))
    assert (state.health, state.failing) == (Health.STARTING, 0)


def test_retries_failures_in_a_row_are_unhealthy():
    first, _ = history(spec(probe=PROBE), *UP, probed(62, 1))
    second, _ = history(spec(probe=PROBE), *UP, probed(62, 1), probed(92, 1))
    assert (first.health, second.health) == (Health.STARTING, Health.UNHEALTHY)


def test_a_success_between_failures_starts_the_count_anew():
    state, _ = history(spec(probe=PROBE), *UP, probed(3, 0), probed(62, 1), probed(92, 0), probed(122, 1))
    assert (state.health, state.failing) == (Health.HEALTHY, 1)


def test_failures_count_in_the_start_period_once_it_was_healthy():
    state, _ = history(spec(probe=PROBE), *UP, probed(3, 0), probed(5, 1), probed(7, 1))
    assert state.health is Health.UNHEALTHY


def test_an_unhealthy_process_can_become_healthy():
    state, _ = history(spec(probe=PROBE), *UP, probed(62, 1), probed(92, 1), probed(122, 0))
    assert state.health is Health.HEALTHY


def test_a_probe_of_an_earlier_run_is_not_believed():
    state, _ = history(
        spec("always", probe=PROBE),
        *UP,
        Exited(2, 1),
        TimerFired(3, Timer.BACKOFF),
        Spawned(3, 78),
        probed(4, 0, run=1),
    )
    assert (state.run, state.health, state.probes) == (2, Health.STARTING, ())


def test_only_the_last_probe_results_are_kept():
    state, _ = history(spec(probe=PROBE), *UP, *(probed(10 + at, 0) for at in range(9)))
    assert [result.started_at for result in state.probes] == [14, 15, 16, 17, 18]


def test_restarts_are_counted_until_somebody_says_start():
    crashed = (*UP, Exited(2, 1), TimerFired(3, Timer.BACKOFF), Spawned(3, 78))
    state, _ = history(spec("always"), *crashed)
    anew, _ = history(spec("always"), *crashed, StopRequested(4), Exited(5, 0), StartRequested(6))
    assert (state.restarts, anew.restarts) == (1, 0)


def test_a_process_whose_environment_is_lost_is_not_restarted():
    state, actions = step(Replica(spec("always"), phase=Phase.RUNNING, env_known=False), Exited(1, 1))
    assert (state.phase, state.reason) == (Phase.EXITED, NO_ENVIRONMENT)
    assert not any(isinstance(action, StartTimer) for action in actions)


def test_sending_the_spec_again_makes_it_startable():
    lost = Replica(spec("always"), phase=Phase.EXITED, env_known=False)
    refused, _ = step(lost, StartRequested(1))
    known, _ = step(refused, Respecified(2, spec("always")))
    started, _ = step(known, StartRequested(3))
    assert (refused.phase, started.phase, started.reason) == (Phase.EXITED, Phase.WAITING, "")


_TIMES = st.floats(0, 1e6)
_EVENTS = st.one_of(
    st.builds(StartRequested, _TIMES),
    st.builds(NeedsMet, _TIMES),
    st.builds(NeedsFailed, _TIMES, st.just("db failed")),
    st.builds(StopRequested, _TIMES, st.none() | st.floats(-1, 100)),
    st.builds(KillRequested, _TIMES, st.sampled_from([1, 2, 9, 10, 15])),
    st.builds(Respecified, _TIMES, st.just(spec("always", probe=PROBE))),
    st.sampled_from([Timer.BACKOFF, Timer.GRACE, Timer.PROBE]).map(lambda timer: ("fire", timer)),
    st.integers(0, 255).map(lambda code: ("probe ends", code)),
    st.integers(0, 255).map(lambda code: ("ends", code)),
    st.sampled_from(["", "failed"]).map(lambda trouble: ("hooks end", trouble)),
    st.just(("spawned", 0)),
)
_SPECS = st.sampled_from(
    [
        spec(name, probe=probe, post_start=hooks, pre_stop=hooks)
        for name in ("no", "always", "on-failure", "unless-stopped")
        for probe in (None, PROBE)
        for hooks in ((), HOOK)
    ]
)


class World:
    """What a daemon would do, without processes: it fires only timers that run and reports only what lives."""

    def __init__(self, the_spec):
        self.state = Replica(the_spec)
        self.alive = self.probing = self.hooking = False
        self.timers = set()
        self.killed = False

    def feed(self, event):
        self.state, actions = step(self.state, event)
        for action in actions:
            self.carry_out(action)

    def carry_out(self, action):
        match action:
            case Spawn():
                assert not self.alive, "two spawns without an exit between"
                self.alive, self.killed = True, False
            case SignalMain() | KillTree():
                assert self.alive, "a dead process was signalled"
                self.killed |= isinstance(action, KillTree)
            case StartTimer(timer, seconds):
                assert seconds >= 0
                self.timers.add(timer)
            case CancelTimer(timer):
                self.timers.discard(timer)
            case RunProbe():
                assert self.alive
                assert not self.probing
                self.probing = True
            case CancelProbe():
                self.probing = False
            case RunHooks():
                assert self.alive
                assert not self.hooking
                self.hooking = True
            case CancelHooks():
                assert self.hooking
                self.hooking = False

    def happen(self, event):  # noqa: C901 (flat: one case an event)
        match event:
            case "fire", timer:
                if timer in self.timers:
                    self.timers.discard(timer)
                    self.feed(TimerFired(1, timer))
            case "probe ends", code:
                if self.probing:
                    self.probing = False
                    self.feed(probed(1, code, run=self.state.run))
            case "hooks end", trouble:
                if self.hooking:
                    self.hooking = False
                    self.feed(HooksDone(1, self.state.run, trouble))
            case "ends", code:
                if self.alive:
                    self.alive = False
                    self.feed(Exited(1, code))
            case "spawned", _:
                if self.alive:
                    self.feed(Spawned(1, 77))
            case _:
                self.feed(event)


@given(_SPECS, st.lists(_EVENTS, max_size=60))
def test_no_history_spawns_twice_or_signals_the_dead(the_spec, events):
    world = World(the_spec)
    for event in events:
        world.happen(event)
        assert world.alive == (world.state.phase in ALIVE)
        assert (Timer.BACKOFF in world.timers) == (world.state.phase is Phase.BACKOFF)
        assert (Timer.GRACE in world.timers) <= (world.state.phase is Phase.STOPPING)
        assert world.hooking == bool(world.state.hook)


@given(_SPECS, st.lists(_EVENTS, max_size=40))
def test_every_stop_ends(the_spec, events):
    world = World(the_spec)
    for event in events:
        world.happen(event)
    world.feed(StopRequested(2))
    world.happen(("hooks end", ""))
    if world.alive:
        assert Timer.GRACE in world.timers or world.killed
        world.happen(("fire", Timer.GRACE))
        assert world.killed
        world.happen(("ends", 137))
    assert world.state.phase in AT_REST
    assert not world.timers


@given(_SPECS, st.sampled_from(Phase), _EVENTS.filter(lambda event: not isinstance(event, tuple)))
def test_the_machine_is_total(the_spec, phase, event):
    state, actions = step(Replica(the_spec, phase=phase), event)
    assert isinstance(state, Replica)
    assert isinstance(actions, tuple)
