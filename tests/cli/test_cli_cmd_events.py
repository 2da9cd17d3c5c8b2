"""`events`: what statuses after each other mean, how it is written, and that it is told as it happens."""

import json
import select
import subprocess
import time

import pytest

from composekit.cli.commands.events import Teller, as_json, as_text
from composekit.runtime.happenings import Happening, past_of, replayed, told_by
from composekit.runtime.journal import Journal, journal_path, note
from composekit.supervise.client import Changed, Removed, Snapshot
from composekit.supervise.home import Home
from composekit.supervise.memory import Memory
from composekit.supervise.status import ReplicaStatus

NEW = ReplicaStatus("shop-web-1", "web", 1, "created", created_at=10.0, labels={"composekit.image": "nginx"})
UP = NEW._replace(phase="running", started_at=11.0, pid=7)
STOPPING = UP._replace(phase="stopping")
DOWN = UP._replace(phase="exited", finished_at=13.0, exit_code=143)


@pytest.mark.parametrize(
    ("before", "after", "actions"),
    [
        (None, NEW, [("create", 10.0)]),
        (None, UP, [("create", 10.0), ("start", 11.0)]),
        (NEW, UP, [("start", 11.0)]),
        (UP, UP, []),
        (UP, STOPPING, [("kill", 99.0)]),
        (STOPPING, DOWN, [("die", 13.0), ("stop", 13.0)]),
        (UP, DOWN, [("die", 13.0)]),
        (UP, UP._replace(phase="backoff", finished_at=12.0, exit_code=1), [("die", 12.0)]),
        (DOWN, DOWN._replace(phase="running", started_at=20.0), [("start", 20.0)]),
        (UP, UP._replace(started_at=20.0), [("die", 99.0), ("start", 20.0)]),
        (UP, UP._replace(health="healthy"), [("health_status: healthy", 99.0)]),
        (None, DOWN, [("create", 10.0), ("start", 11.0), ("die", 13.0)]),
    ],
)
def test_two_statuses_tell_what_happened(before, after, actions):
    assert [(one.action, one.at) for one in told_by(before, after, now=99.0)] == actions


def check(began, code):
    return {"started_at": began, "ended_at": began + 0.5, "exit_code": code, "output": ""}


def test_a_health_check_is_a_program_that_was_executed():
    once = UP._replace(check=["/bin/sh", "-c", "curl -f /"], probes=[check(12.0, 0)], health="healthy")
    twice = once._replace(probes=[check(12.0, 0), check(14.0, -1)])

    first, second = told_by(UP, once, now=99.0), told_by(once, twice, now=99.0)

    assert [(one.at, one.action) for one in first] == [
        (12.0, "exec_create: /bin/sh -c curl -f /"),
        (12.0, "exec_start: /bin/sh -c curl -f /"),
        (12.5, "exec_die"),
        (99.0, "health_status: healthy"),
    ]
    assert [one.at for one in second] == [14.0, 14.0, 14.5]
    assert (first[2].facts["exitCode"], second[2].facts["exitCode"]) == ("0", "137")
    ids = [{one.facts["execID"] for one in found if "execID" in one.facts} for found in (first, second)]
    assert [len(one) for one in ids] == [1, 1]
    assert ids[0] != ids[1]


def test_a_stop_tells_its_signal():
    assert told_by(UP._replace(stop_signal=3), STOPPING._replace(stop_signal=3), now=0)[0].facts == {"signal": "3"}


def test_what_is_remembered_tells_of_replicas_that_are_gone():
    other = NEW._replace(name="shop-db-1")
    past = [(NEW, 10.0), (other, 10.5), (UP, 11.0), (STOPPING, 12.0), (DOWN, 13.0), (None, 14.0)]
    found, last = replayed(Memory(at, status.name if status else UP.name, status) for status, at in past)

    assert [one.action for one in found if one.name == UP.name] == [
        "create", "start", "kill", "die", "stop", "destroy",
    ]  # fmt: skip
    assert last == {UP.name: DOWN, other.name: other}


def test_a_death_has_its_exit_code():
    assert told_by(UP, DOWN, now=0)[0].facts == {"exitCode": "143"}


def test_what_ended_at_once_has_started_before():
    brief = DOWN._replace(created_at=4.0, started_at=5.01, finished_at=5.0)

    assert [one.action for one in told_by(None, brief, now=9.0)] == ["create", "start", "die"]
    assert [one.action for one in past_of([brief], 0.0)][-2:] == ["start", "die"]


def test_the_past_is_what_statuses_remember():
    other = NEW._replace(name="shop-db-1", group="db", created_at=12.0)

    assert [(one.at, one.name, one.action) for one in past_of([DOWN, other], 11.0)] == [
        (11.0, "shop-web-1", "start"),
        (12.0, "shop-db-1", "create"),
        (13.0, "shop-web-1", "die"),
    ]


def test_what_is_there_at_the_beginning_is_no_news():
    told = []
    teller = Teller(told.append, begun=False, clock=lambda: 50.0)
    for event in (Snapshot([UP], [], 0), Changed(STOPPING), Removed("shop-web-1"), Removed("other")):
        teller.take(event)

    assert [one.action for one in told] == ["kill", "destroy"]


def test_what_a_later_snapshot_tells_is_news():
    told = []
    teller = Teller(told.append, begun=True)
    teller.take(Snapshot([NEW], [], 0))
    teller.take(Snapshot([UP], [], 0))

    assert [one.action for one in told] == ["create", "start"]


def test_one_off_replicas_are_left_out():
    told = []
    labels = {"com.docker.compose.oneoff": "True"}
    teller = Teller(told.append, begun=True)
    teller.take(Snapshot([], [], 0))
    teller.take(Changed(UP._replace(labels=labels)))
    teller.take(Changed(DOWN._replace(labels=labels)))

    assert [one.action for one in told if one.action == "die"] == []


def test_an_event_is_written_as_docker_compose_does(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    one = Happening(1_700_000_000.25, "shop-web-1", "web", "nginx", "die", {"exitCode": "3"})

    assert as_text(one, "abc") == (
        "2023-11-14 22:13:20.250000 container die abc (exitCode=3, image=nginx, name=shop-web-1)\n"
    )
    assert json.loads(as_json(one, "abc")) == {
        "action": "die",
        "attributes": {"exitCode": "3", "image": "nginx", "name": "shop-web-1"},
        "id": "abc",
        "service": "web",
        "time": "2023-11-14T22:13:20.25Z",
        "type": "container",
    }


@pytest.mark.integration
def test_events_are_told_as_they_happen(shop):
    files = shop.runner.project("services: {a: {image: busybox, command: sleep 980}, b: {image: busybox}}", "news")
    shop.runner(*files, "up", "-d", "b")
    while connections(shop.runner):
        time.sleep(0.01)
    with subprocess.Popen(
        shop.runner.command(*files, "events", "--json", "a"), stdout=subprocess.PIPE, text=True, env=shop.runner.environ
    ) as watching:
        while not connections(shop.runner):
            assert watching.poll() is None
            time.sleep(0.01)
        shop.runner(*files, "up", "-d")
        lines = until(watching, "start")
        shop.runner(*files, "down", "-t", "1")
        lines += until(watching, "destroy")
        watching.terminate()

    assert {one["service"] for one in lines} == {"a"}
    assert [one["action"] for one in lines] == ["create", "start", "kill", "die", "stop", "destroy"]


@pytest.mark.integration
def test_what_happened_is_told_also_when_all_is_gone(shop):
    check = 'healthcheck: {test: ["CMD", "true"], interval: 50ms}'
    files = shop.runner.project(f"services: {{a: {{image: busybox, command: sleep 981, {check}}}}}", "gone")
    began = time.time() - 0.001
    shop.runner(*files, "up", "-d", "--wait")
    shop.runner(*files, "down", "-t", "1")
    done = shop.runner(*files, "events", "--json", "--since", f"{began:.6f}", "--until", "0s")
    actions = [json.loads(line)["action"] for line in done.stdout.splitlines()]

    assert actions[:5] == ["create", "start", "exec_create: true ", "exec_start: true ", "exec_die"]
    assert [one for one in actions if not one.startswith("exec")] == [
        "create", "start", "health_status: healthy", "kill", "die", "stop", "destroy",
    ]  # fmt: skip


@pytest.mark.integration
def test_a_project_that_does_not_run_yet_is_waited_for(shop):
    files = shop.runner.project("services: {a: {image: busybox, command: sleep 980}}", "later")
    with subprocess.Popen(
        shop.runner.command(*files, "events", "--json"), stdout=subprocess.PIPE, text=True, env=shop.runner.environ
    ) as watching:
        shop.runner(*files, "up", "-d")
        while not select.select([watching.stdout], [], [], 0.2)[0]:
            shop.runner(*files, "restart", "-t", "0", "a")  # until it has found the project, however slow it starts
        shop.runner(*files, "down", "-t", "1")
        assert {"die", "destroy"} <= {one["action"] for one in until(watching, "destroy")}
        watching.terminate()


def connections(runner):
    """Return how many clients the state folder's supervisors have."""
    with open("/proc/net/unix", encoding="utf-8") as file:
        mine = [line.split() for line in file if runner.folder in line]
    return sum(words[3] != "00010000" for words in mine)  # that one listens


def until(watching, action):
    """Return what is told up to the action, which must come."""
    lines = []
    for line in watching.stdout:
        lines.append(json.loads(line))
        if lines[-1]["action"] == action:
            return lines
    raise AssertionError(f"the events ended before {action}: {lines}")


@pytest.mark.integration
def test_the_past_ends_at_once(shop):
    done = shop("events", "--json", "--since", "1h", "--until", "0s", "job")

    assert [json.loads(line)["action"] for line in done.stdout.splitlines()] == ["create", "start", "die"]


def test_what_commands_noted_is_told_before_what_came_of_it(tmp_path):
    home = Home(str(tmp_path), "shop", str(tmp_path / "run"))
    note(journal_path(home), UP.name, "kill", {"signal": "9"}, now=1.0)
    told = []
    teller = Teller(told.append, Journal(home, begun=False).fresh, begun=False, clock=lambda: 50.0)
    teller.take(Snapshot([UP], [], 0))
    note(journal_path(home), UP.name, "kill", {"signal": "15"}, now=2.0)
    note(journal_path(home), "unknown", "kill", {"signal": "15"}, now=2.0)
    teller.take(Changed(DOWN))

    assert [(one.action, one.facts) for one in told] == [("kill", {"signal": "15"}), ("die", {"exitCode": "143"})]


def test_a_large_journal_loses_its_beginning_only(tmp_path):
    home = Home(str(tmp_path), "shop", str(tmp_path / "run"))
    reader, count = Journal(home, begun=True), 9000
    seen = []
    for number in range(count):
        note(journal_path(home), "shop-web-1", "exec_die", {"execID": f"{number:020}"}, now=float(number))
        if number % 100 == 0:
            seen += reader.fresh()
    seen += reader.fresh()
    past = Journal(home, begun=False).past()

    assert [one.at for one in seen] == [float(number) for number in range(count)]
    assert [one.at for one in past] == [float(number) for number in range(count - len(past), count)]
    assert 1000 < len(past) < count


@pytest.mark.integration
def test_programs_of_exec_are_told_with_their_exit_code(shop):
    began = time.time() - 0.001
    shop("exec", "web", "sh", "-c", "exit 3")
    shop("exec", "-d", "web", "true")
    deadline = time.monotonic() + 60
    told = []
    while sum(one["action"] == "exec_die" for one in told) < 2:
        assert time.monotonic() < deadline
        lines = shop("events", "--json", "--since", f"{began:.6f}", "--until", f"{time.time():.6f}").stdout
        told = [json.loads(line) for line in lines.splitlines()]

    actions = [one["action"] for one in told if one["action"].startswith("exec")]
    assert actions[:3] == ["exec_create: sh -c exit 3", "exec_start: sh -c exit 3", "exec_die"]
    assert actions[3:5] == ["exec_create: true ", "exec_start: true "]
    assert told[2]["attributes"]["exitCode"] == "3"
    assert len({one["attributes"]["execID"] for one in told}) == 2
