"""Rights, limits and spaces of services, as their views say them."""

import dataclasses

import pytest

from composekit.runtime import confine
from composekit.runtime.abilities import differences, facts_of
from composekit.sandbox.capabilities import NAMES, kept

BASE = "services:\n  web: {image: alpine, command: env"


@pytest.fixture
def as_root(machine, translated):
    """Translate for root, with control groups."""
    groups = {"memory": "/g/memory", "cpu": "/g/cpu", "pids": "/g/pids"}

    def make(text, view="overlay", **changes):
        facts = {"uid": 0, "gid": 0, "groups": groups, **changes}
        for key, value in facts.items():
            object.__setattr__(machine, key, value)  # the fixture's own, for this test
        return translated(text, view=view)

    return make


def view_of(found, name="web-1"):
    return found.specs[name].view


def test_root_keeps_what_a_container_has(as_root):
    view = view_of(as_root(BASE + "}\n"))

    assert view["capabilities"] == kept((), ())
    assert view["masks"]
    assert (view["pids"], view["ipc"]) == ("own", "own")


def test_a_privileged_service_keeps_all(as_root):
    view = view_of(as_root(BASE + ", privileged: true}\n"))

    assert "capabilities" not in view
    assert not view["masks"]


def test_without_a_view_only_what_is_dropped_is_missing(as_root):
    assert "capabilities" not in view_of(as_root(BASE + "}\n", view="none"))
    dropped = view_of(as_root(BASE + ", cap_drop: [CHOWN]}\n", view="none"))["capabilities"]
    assert set(range(len(NAMES))) - set(dropped) == {NAMES.index("CHOWN")}


def test_a_capability_that_is_none_is_an_error(as_root):
    assert as_root(BASE + ", cap_add: [FLY]}\n").codes == ["CK919"]


def test_limits_become_a_control_group(as_root):
    found = as_root(BASE + ", mem_limit: 64m, cpus: 0.5, cpu_shares: 10, pids_limit: 20, mem_reservation: 32m}\n")
    group = view_of(found)["cgroup"]

    assert found.codes == []
    assert {key: group[key] for key in ("memory", "swap", "reservation", "cpu", "weight", "pids")} == {
        "memory": 64 << 20, "swap": 128 << 20, "reservation": 32 << 20, "cpu": [50000, 100000], "weight": 10,
        "pids": 20,
    }  # fmt: skip
    assert group["places"] == {"memory": "/g/memory", "cpu": "/g/cpu", "pids": "/g/pids"}
    assert group["name"].startswith("shop-web-1.")


def test_limits_under_deploy_are_the_same_limits(as_root):
    text = BASE + ", deploy: {resources: {limits: {memory: 64m, cpus: '2', pids: 9}, reservations: {memory: 1m}}}}\n"
    group = view_of(as_root(text))["cgroup"]

    assert (group["memory"], group["cpu"], group["pids"], group["reservation"]) == (
        64 << 20, [200000, 100000], 9, 1 << 20,
    )  # fmt: skip


def test_limits_that_cannot_be_had_are_said(as_root):
    found = as_root(BASE + ", mem_limit: 64m, pids_limit: 20}\n", groups={"pids": "/g/pids"})

    assert [one.facts["key"] for one in found.report] == ["mem_limit"]
    assert view_of(found)["cgroup"]["places"] == {"pids": "/g/pids"}


def test_processors_are_numbers(as_root, monkeypatch):
    monkeypatch.setattr(confine.os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3}, raising=False)

    assert view_of(as_root(BASE + ", cpuset: '0-1,3'}\n"))["processors"] == [0, 1, 3]


@pytest.mark.parametrize("text", ["99999", "a-b", "1,"])
def test_processors_that_are_not_there_are_an_error(as_root, text):
    assert as_root(BASE + f", cpuset: '{text}'}}\n").codes == ["CK920"]


@pytest.mark.parametrize(
    ("keys", "facts"),
    [
        ("pid: host", {"ipc": "own"}),
        ("ipc: host", {"pids": "own"}),
        ("ipc: shareable", {"pids": "own", "ipc": "own"}),
        ("init: true", {"pids": "own", "ipc": "own", "init": True}),
        ("init: true, pid: host", {"ipc": "own"}),
    ],
)
def test_spaces_are_the_services_own_unless_told(as_root, keys, facts):
    view = view_of(as_root(BASE + f", {keys}}}\n"))

    assert {key: view[key] for key in ("pids", "ipc", "init", "pid_of", "ipc_of") if key in view} == facts


def test_a_service_shares_the_spaces_of_another_ones_first_replica(as_root):
    found = as_root(
        BASE + ", scale: 2}\n  two: {image: alpine, command: env, pid: 'service:web', ipc: 'service:web'}\n"
    )
    view = view_of(found, "two-1")

    assert (view["pid_of"], view["ipc_of"]) == ("shop-web-1", "shop-web-1")
    assert view["shm"] == view_of(found, "web-1")["shm"] == view_of(found, "web-2")["shm"]
    assert view["shm"] in found.result.make
    assert [need.group for need in found.specs["two-1"].needs] == ["web"]


def test_spaces_that_cannot_be_had_are_said(as_root):
    found = as_root(BASE + ", ipc: private, sysctls: {kernel.shmmax: 5}}\n", own_processes=False)

    assert [one.facts["key"] for one in found.report.sorted()] == ["ipc", "sysctls"]
    assert "pids" not in view_of(found)


def test_kernel_parameters_are_set_where_a_namespace_has_them(as_root):
    found = as_root(BASE + ", sysctls: {kernel.shmmax: 5, net.core.somaxconn: 9}}\n")

    assert view_of(found)["sysctls"] == {"kernel.shmmax": "5"}
    assert [one.facts["key"] for one in found.report] == ["sysctls"]


def test_one_service_can_do_without_a_view(as_root):
    found = as_root(BASE + ", x-composekit: {isolation: none}}\n  two: {image: alpine, command: env}\n")

    assert (view_of(found)["kind"], view_of(found, "two-1")["kind"]) == ("none", "overlay")
    assert "mounts" not in view_of(found)


def test_a_service_that_insists_on_a_view_is_not_run_without(as_root):
    found = as_root(BASE + ", x-composekit: {isolation: view}}\n", view="none")

    assert "'isolation' asks for a view" in next(iter(found.report)).message


def test_the_folder_for_state_is_hidden_from_services(as_root, machine):
    assert view_of(as_root(BASE + "}\n"))["hide"] == [machine.root]


def test_doctor_tells_what_would_be_different_elsewhere(machine):
    root = dataclasses.replace(machine, uid=0, view="overlay", groups={"pids": "/g"})
    found = differences(root)

    assert set(found) == {"with --isolation none", "as an ordinary user"}
    assert all(value != facts_of(root)[key] for facts in found.values() for key, value in facts.items())
    assert set(found["as an ordinary user"]) == {
        "files", "builds", "users", "rights", "secrets", "ports", "limits",
    }  # fmt: skip
    assert set(found["with --isolation none"]) == {"files", "names", "builds", "processes", "users", "rights"}
    assert set(differences(dataclasses.replace(machine, view="skeleton"))) == {"with --isolation none", "as root"}
