"""What a start waits for, and the order of starts and stops."""

import pytest

from composekit.graph import Cycle
from composekit.supervise.needs import Verdict, by_group, judge, restarted_with, waves
from composekit.supervise.replica import Health, Phase, Replica
from composekit.supervise.spec import Need, ProbeSpec, ProcessSpec


def spec(group, *needs, index=1, probe=False):
    check = ProbeSpec(("check",)) if probe else None
    return ProcessSpec(f"p-{group}-{index}", group, index, ("run",), needs=needs, probe=check)


def verdict(need, *replicas):
    return judge(spec("web", need), by_group(replicas))


def db(phase, health=Health.NONE, *, index=1, probe=True, **facts):
    return Replica(spec("db", index=index, probe=probe), phase=phase, health=health, **facts)


STARTED, HEALTHY, COMPLETED = (Need("db", condition) for condition in ("started", "healthy", "completed"))
OK = Verdict()


@pytest.mark.parametrize(
    ("need", "replica", "expected"),
    [
        (STARTED, db(Phase.RUNNING), OK),
        (STARTED, db(Phase.BACKOFF), OK),
        (STARTED, db(Phase.EXITED, started_at=1, exit_code=1), OK),
        (STARTED, db(Phase.STARTING), Verdict(waiting=("p-db-1 to be started",))),
        (STARTED, db(Phase.WAITING), Verdict(waiting=("p-db-1 to be started",))),
        (STARTED, db(Phase.CREATED), Verdict("dependency failed to start: container p-db-1 is not started")),
        (STARTED, db(Phase.FAILED), Verdict("dependency failed to start: container p-db-1 was not started")),
        (
            STARTED,
            db(Phase.EXITED, exit_code=127, reason="'pg' is not a program"),
            Verdict("dependency failed to start: container p-db-1: 'pg' is not a program"),
        ),
        (HEALTHY, db(Phase.RUNNING, Health.HEALTHY), OK),
        (HEALTHY, db(Phase.RUNNING, Health.STARTING), Verdict(waiting=("p-db-1 to be healthy",))),
        (HEALTHY, db(Phase.BACKOFF, Health.UNHEALTHY), Verdict(waiting=("p-db-1 to be healthy",))),
        (
            HEALTHY,
            db(Phase.RUNNING, Health.UNHEALTHY),
            Verdict("dependency failed to start: container p-db-1 is unhealthy"),
        ),
        (
            HEALTHY,
            db(Phase.EXITED, Health.UNHEALTHY, started_at=1, exit_code=3),
            Verdict("dependency failed to start: container p-db-1 exited (3)"),
        ),
        (
            HEALTHY,
            db(Phase.RUNNING, probe=False),
            Verdict("dependency failed to start: container p-db-1 has no healthcheck configured"),
        ),
        (COMPLETED, db(Phase.EXITED, exit_code=0), OK),
        (COMPLETED, db(Phase.RUNNING), Verdict(waiting=("p-db-1 to be completed",))),
        (COMPLETED, db(Phase.EXITED, exit_code=3), Verdict('service "db" didn\'t complete successfully: exit 3')),
    ],
)
def test_a_need_is_met_awaited_or_failed(need, replica, expected):
    assert verdict(need, replica) == expected


def test_every_replica_of_the_group_counts():
    found = verdict(HEALTHY, db(Phase.RUNNING, Health.HEALTHY), db(Phase.RUNNING, Health.STARTING, index=2))
    assert found.waiting == ("p-db-2 to be healthy",)


def test_a_missing_group_fails_the_start():
    assert verdict(STARTED).failed == "web is missing dependency db"


def test_an_optional_need_that_failed_is_skipped_and_said():
    found = verdict(Need("db", "healthy", required=False), db(Phase.RUNNING, Health.UNHEALTHY))
    assert (found.failed, found.waiting) == ("", ())
    assert found.skipped == ("optional dependency db: dependency failed to start: container p-db-1 is unhealthy",)


def test_an_optional_need_is_still_waited_for():
    assert verdict(Need("db", "started", required=False), db(Phase.STARTING)).waiting


def test_waves_put_dependencies_first_with_all_their_replicas():
    specs = [spec("web", Need("api")), spec("api", Need("db")), spec("db"), spec("db", index=2)]
    assert waves(specs, [one.name for one in specs]) == [["p-db-1", "p-db-2"], ["p-api-1"], ["p-web-1"]]


def test_waves_keep_the_order_across_replicas_that_are_left_out():
    specs = [spec("web", Need("api")), spec("api", Need("db")), spec("db")]
    assert waves(specs, ["p-web-1", "p-db-1"]) == [["p-db-1"], ["p-web-1"]]


def test_a_ring_of_needs_is_refused():
    with pytest.raises(Cycle, match=r"a -> b -> a|b -> a -> b"):
        waves([spec("a", Need("b")), spec("b", Need("a"))], [])


def test_restart_spreads_only_along_needs_that_ask_for_it():
    specs = [
        spec("api", Need("db", restart=True)),
        spec("web", Need("api", restart=True)),
        spec("job", Need("db")),
        spec("db"),
    ]
    assert restarted_with({"db"}, specs) == {"api", "web"}
