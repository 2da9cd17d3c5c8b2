"""What is remembered of replicas once they are gone."""

import os

import pytest

from composekit.supervise.home import Home
from composekit.supervise.memory import Memory, forget, memories, remember
from composekit.supervise.replica import Phase, Replica
from composekit.supervise.spec import ProbeSpec, ProcessSpec
from composekit.supervise.status import ReplicaStatus, status_json


@pytest.fixture
def home(tmp_path):
    return Home(str(tmp_path), "p", str(tmp_path / "run"))


def told(name, phase=Phase.RUNNING, **facts):
    return {"event": "replica", "replica": status_json(Replica(ProcessSpec(name, name, 1, ("x",), **facts), phase))}


def test_a_project_finds_its_own_events_in_their_order(home):
    other = Home(home.root, "q", home.runtime_dir)
    remember(home, told("a"), now=1.0)
    remember(other, told("a"), now=2.0)
    remember(home, {"event": "log", "upto": 7}, now=3.0)
    remember(home, {"event": "removed", "name": "a"}, now=4.0)

    assert [(one.at, one.name, one.status and one.status.phase) for one in memories(home)] == [
        (1.0, "a", "running"),
        (4.0, "a", None),
    ]


def test_a_check_and_a_signal_are_part_of_it(home):
    remember(home, told("a", probe=ProbeSpec(("true",)), stop_signal="SIGQUIT"), now=1.0)
    (one,) = memories(home)
    assert one.status is not None
    assert (one.status.check, one.status.stop_signal) == (["true"], 3)


def test_it_belongs_to_the_user_alone_and_stays_small(home):
    for number in range(3000):
        remember(home, told(f"a{number}"), now=float(number))
    kept = [one.name for one in memories(home)]
    paths = [os.path.join(home.root, name) for name in ("events", "events.old")]

    assert kept == [f"a{number}" for number in range(3000 - len(kept), 3000)]
    assert all(os.stat(path).st_mode & 0o777 == 0o600 for path in paths)
    assert sum(map(os.path.getsize, paths)) < 1 << 21


def test_what_cannot_be_read_is_left_out(home):
    with open(os.path.join(home.root, "events"), "wb") as file:
        file.write(b'{"at": 1, "project": "p"}\nnonsense\n[]\n\xff\n{"at": 2, "project": "p", "removed": "a"}\n{"at"')
    assert list(memories(home)) == [Memory(2.0, "a", None)]


def test_what_cannot_be_written_is_nobodys_trouble(tmp_path):
    remember(Home(str(tmp_path / "nowhere"), "p", str(tmp_path)), told("a"), now=1.0)


def test_a_status_of_an_older_supervisor_is_whole():
    assert ReplicaStatus.from_json({"name": "a", "group": "a", "index": 1, "phase": "exited"}).check == []


def test_what_is_remembered_goes_with_the_last_thing_in_the_folder_for_state(tmp_path):
    (tmp_path / "volumes").mkdir()
    for name in ("events", "events.old"):
        (tmp_path / name).touch()
    forget(str(tmp_path))
    kept = sorted(os.listdir(tmp_path))
    (tmp_path / "volumes").rmdir()
    forget(str(tmp_path))

    assert (kept, os.listdir(tmp_path)) == (["events", "events.old", "volumes"], [])
