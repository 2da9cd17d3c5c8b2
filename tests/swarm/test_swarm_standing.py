"""How services stand: histories of tasks and what is made of them."""

import pytest

from composekit.swarm.standing import State, completed, error_of, judge

SINCE = "2026-01-01T00:00:00Z"
UP = {"n1": {"Status": {"State": "ready"}}, "n2": {"Status": {"State": "ready"}}, "gone": {"Status": {"State": "down"}}}


def service(mode=None, *, restart="any", update=None, job=None):
    template = {"RestartPolicy": {"Condition": restart}}
    made = {"Spec": {"Name": "demo_web", "Mode": mode or {"Replicated": {"Replicas": 2}}, "TaskTemplate": template}}
    return {**made, **({"UpdateStatus": update} if update else {}), **({"JobStatus": job} if job else {})}


def task(state, slot=1, *, at=1, node="n1", wanted=None, error="", run=0):
    wanted = wanted or ("running" if state in ("running", "starting", "pending", "preparing") else "shutdown")
    return {
        "ID": f"{slot}-{at}",
        "Slot": slot,
        "NodeID": node,
        "CreatedAt": f"2026-01-01T00:00:{at:02d}.5Z",
        "DesiredState": wanted,
        "Status": {"State": state, **({"Err": error} if error else {})},
        "JobIteration": {"Index": run},
    }


def look(made, *tasks, **more):
    return judge(made, tasks, nodes=UP, since=SINCE, **more)


def test_all_slots_running_is_converged():
    found = look(service(), task("running", 1), task("running", 2))
    assert (found.state, found.done, found.wanted, found.verified) == (State.CONVERGED, 2, 2, False)


def test_a_slot_that_starts_is_waited_for_and_said():
    found = look(service(), task("running", 1), task("starting", 2))
    assert (found.state, found.words) == (State.WAITING, "1/2: starting")


def test_why_a_task_is_pending_is_said():
    found = look(service(), task("pending", 1, error="no suitable node (insufficient memory on 1 node)"))
    assert found.words == "0/2: pending: no suitable node (insufficient memory on 1 node)"


def test_tasks_on_nodes_that_are_down_do_not_count():
    assert look(service(), task("running", 1), task("running", 2, node="gone")).state is State.WAITING


def test_more_tasks_than_wanted_are_waited_for():
    made = service({"Replicated": {"Replicas": 1}})
    assert look(made, task("running", 1), task("running", 2)).state is State.WAITING


def test_no_replicas_are_there_at_once():
    assert look(service({"Replicated": {"Replicas": 0}})).state is State.CONVERGED


def test_one_failure_is_no_failure_yet_and_three_are():
    made = service({"Replicated": {"Replicas": 1}})
    broken = [task("failed", at=at, error="task: non-zero exit (1)") for at in (1, 2, 3)]
    assert look(made, broken[0], task("starting", at=4)).state is State.WAITING
    found = look(made, *broken, task("starting", at=4))
    assert (found.state, found.reason, len(found.failing)) == (State.FAILED, "task: non-zero exit (1)", 3)


def test_failures_of_before_do_not_count():
    made = service({"Replicated": {"Replicas": 1}})
    broken = [task("failed", at=at) for at in (1, 2, 3)]
    found = judge(made, [*broken, task("starting", at=40)], nodes=UP, since="2026-01-01T00:00:30.123Z")
    assert found.state is State.WAITING


def test_a_task_that_is_not_tried_again_has_failed_with_its_first_failure():
    made = service({"Replicated": {"Replicas": 1}}, restart="none")
    assert look(made, task("failed")).state is State.FAILED


def test_a_one_shot_that_ended_well_is_there_for_good():
    made = service({"Replicated": {"Replicas": 1}}, restart="on-failure")
    found = look(made, task("complete"))
    assert (found.state, found.verified) == (State.CONVERGED, True)


def test_what_is_always_restarted_is_not_there_when_it_ends():
    made = service({"Replicated": {"Replicas": 1}})
    assert look(made, task("complete", at=1), task("starting", at=2)).state is State.WAITING
    assert completed([task("complete", at=1), task("starting", at=2)])


def test_a_global_service_has_a_task_for_each_node_it_is_on():
    made = service({"Global": {}})
    found = look(made, task("running", 0, node="n1"), task("starting", 0, node="n2"))
    assert (found.state, found.done, found.wanted) == (State.WAITING, 1, 2)
    assert look(made, task("running", 0, node="n1"), task("running", 0, node="n2")).state is State.CONVERGED
    assert look(made).state is State.WAITING


@pytest.mark.parametrize("word", ["updating", "rollback_started"])
def test_an_update_that_goes_on_is_waited_for(word):
    made = service(update={"State": word, "StartedAt": "now"})
    assert look(made, task("running", 1), task("running", 2)).state is State.WAITING


def test_a_rollback_is_an_end_of_its_own():
    made = service(update={"State": "rollback_completed", "StartedAt": "now", "Message": "rollback completed"})
    assert look(made, task("running", 1), task("running", 2)).state is State.ROLLED_BACK


@pytest.mark.parametrize("word", ["paused", "rollback_paused"])
def test_a_pause_is_a_failure(word):
    made = service(update={"State": word, "StartedAt": "now", "Message": "because of task x"})
    found = look(made, task("running", 1), task("failed", 2, error="boom"))
    assert found.state is State.FAILED
    assert found.reason.endswith("is paused: because of task x · boom")


def test_the_status_of_an_earlier_update_says_nothing():
    earlier = {"State": "paused", "StartedAt": "long ago"}
    made = service(update=dict(earlier))
    assert look(made, task("running", 1), task("running", 2), earlier=earlier).state is State.CONVERGED


def test_a_job_is_over_when_its_present_run_has_completed():
    mode = {"ReplicatedJob": {"TotalCompletions": 2, "MaxConcurrent": 2}}
    made = service(mode, restart="none", job={"JobIteration": {"Index": 7}})
    old = [task("complete", slot, run=3) for slot in (1, 2)]
    assert look(made, *old).state is State.WAITING
    found = look(made, *old, *(task("complete", slot, run=7) for slot in (1, 2)))
    assert (found.state, found.verified) == (State.CONVERGED, True)


def test_a_job_that_fails_and_is_not_tried_again_has_failed():
    made = service({"ReplicatedJob": {"TotalCompletions": 1}}, restart="none", job={})
    assert look(made, task("failed", error="task: non-zero exit (2)")).reason == "task: non-zero exit (2)"


def test_an_exit_code_is_told_where_there_is_no_text():
    broken = task("failed")
    broken["Status"]["ContainerStatus"] = {"ExitCode": 9}
    assert error_of(broken) == "exit code 9"
    assert error_of(task("running")) == ""
