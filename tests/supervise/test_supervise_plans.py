"""Wanted against present, restart decisions, and jobs that take turns."""

import pytest

from composekit.supervise.jobs import Job, Jobs, Refused
from composekit.supervise.reconcile import Plan, plan
from composekit.supervise.replica import Phase, Replica
from composekit.supervise.restart import Restart, decide
from composekit.supervise.spec import Need, ProcessSpec, RestartPolicy


def spec(name, config_hash="1", *needs):
    return ProcessSpec(name, name, 1, ("run",), needs=needs, config_hash=config_hash)


def present(*specs):
    return {one.name: Replica(one, phase=Phase.RUNNING) for one in specs}


def test_only_what_changed_is_made_anew():
    found = plan(present(spec("a"), spec("b")), [spec("a"), spec("b", "2"), spec("c")], recreate="changed", remove=())
    assert found == Plan(keep=("a",), create=("c",), recreate=("b",), restart=(), remove=())


def test_always_makes_everything_anew():
    assert plan(present(spec("a")), [spec("a")], recreate="always", remove=()).recreate == ("a",)


def test_never_leaves_all_that_exist():
    found = plan(present(spec("a")), [spec("a", "2"), spec("b")], recreate="never", remove=())
    assert (found.keep, found.create, found.recreate) == (("a",), ("b",), ())


def test_what_is_to_be_removed_must_exist():
    assert plan(present(spec("a")), [], recreate="changed", remove=("a", "ghost")).remove == ("a",)


def test_dependents_that_ask_for_it_restart_when_what_they_need_is_made_anew():
    wanted = [spec("web", "1", Need("db", restart=True)), spec("db", "2")]
    found = plan(present(wanted[0], spec("db")), wanted, recreate="changed", remove=())
    assert (found.recreate, found.restart) == (("db",), ("web",))


@pytest.mark.parametrize(
    ("policy", "code", "restarts"),
    [
        ("no", 1, False),
        ("on-failure", 0, False),
        ("on-failure", 1, True),
        ("always", 0, True),
        ("unless-stopped", 0, True),
    ],
)
def test_policy_decides(policy, code, restarts):
    found = decide(RestartPolicy(policy), code=code, ran_seconds=0, attempts=0, last_delay_seconds=0)
    assert (found is not None) == restarts


def test_the_delay_doubles_up_to_a_minute():
    delays, last = [], 0.0
    for _ in range(12):
        last = decide(RestartPolicy("always"), code=1, ran_seconds=0, attempts=0, last_delay_seconds=last).delay_seconds
        delays.append(last)
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-2:] == [60, 60]


def test_zero_attempts_means_no_limit():
    policy = RestartPolicy("on-failure", max_attempts=0)
    assert decide(policy, code=1, ran_seconds=0, attempts=99, last_delay_seconds=0) == Restart(0.1, 100)


class Turns:
    """Jobs over replicas that rest unless named in `busy`; `told` is what was answered, in order."""

    def __init__(self):
        self.busy = set()
        self.told = []
        self.jobs = Jobs(lambda name: name not in self.busy)

    def add(self, label, names, *waits, refuse=None):
        def steps():
            self.told.append(f"{label} begins")
            yield from waits
            if refuse:
                raise refuse
            return {"label": label}

        self.jobs.add(Job(set(names), steps(), self.answer))

    def answer(self, answer):
        self.told.append(answer.code if isinstance(answer, Refused) else f"{answer['label']} done")


def test_a_job_waits_until_the_names_it_yields_are_at_rest():
    turns = Turns()
    turns.busy = {"web"}
    turns.add("stop", ["web"], ["web"])
    turns.jobs.advance()
    assert turns.told == ["stop begins"]
    turns.busy.clear()
    turns.jobs.advance()
    assert turns.told == ["stop begins", "stop done"]
    assert not turns.jobs


def test_jobs_on_the_same_replica_take_turns_and_others_do_not_wait():
    turns = Turns()
    turns.busy = {"web"}
    turns.add("down", ["web", "db"], ["web"])
    turns.add("up", ["db"])
    turns.add("other", ["cache"])
    turns.jobs.advance()
    assert turns.told == ["down begins", "other begins", "other done"]
    turns.busy.clear()
    while turns.jobs.advance():
        pass
    assert turns.told[3:] == ["down done", "up begins", "up done"]


def test_a_job_that_waits_in_line_keeps_those_behind_it_in_line():
    turns = Turns()
    turns.busy = {"a"}
    turns.add("first", ["a"], ["a"])
    turns.add("second", ["a", "b"])
    turns.add("third", ["b"])
    turns.jobs.advance()
    assert turns.told == ["first begins"]


def test_a_refusal_is_the_answer():
    turns = Turns()
    turns.add("apply", ["a"], (), refuse=Refused("no-space", "no"))
    turns.jobs.advance()
    assert turns.told == ["apply begins", "no-space"]
