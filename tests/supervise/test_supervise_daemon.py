"""Real processes under a real daemon, also when the daemon is killed."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from composekit.errors import SupervisorError
from composekit.supervise import client as clients
from composekit.supervise import logs, process
from composekit.supervise.client import Changed, Client, LogGrew, Removed, Snapshot
from composekit.supervise.ensure import PLAIN_ENTRY, ensure
from composekit.supervise.home import Home, try_lock
from composekit.supervise.spec import LogPolicy, Need, ProbeSpec, ProcessSpec, RestartPolicy
from composekit.supervise.starting import Spare
from composekit.supervise.status import read_state

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]

PROGRAMS = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "programs")
ENTRIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "entries")
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}
SECONDS = 60.0


def shell(group, script, *, index=1, **facts):
    facts.setdefault("env", ENV)
    return ProcessSpec(f"p-{group}-{index}", group, index, ("/bin/sh", "-c", script), **facts)


def program(group, name, *words, **facts):
    argv = (sys.executable, os.path.join(PROGRAMS, name), *map(str, words))
    return ProcessSpec(f"p-{group}-1", group, 1, argv, env=ENV, **facts)


def check(script, **facts):
    return ProbeSpec(("/bin/sh", "-c", script), **{"interval_seconds": 0.05, **facts})


def forever(group, **facts):
    return shell(group, f"echo {group} is up; exec sleep 1000", **facts)


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def nursery_of(daemon):
    """Return the child of a daemon that forks its shims."""
    return next(pid for pid in process.descendants(daemon) if name_of(pid) == "composekit-fork")


def gone(pid):
    return process.birth(pid) is None


class Running:
    """A project with a daemon; `pids` of daemons and shims are ended by the fixture whatever happens."""

    def __init__(self, directory, runtime_dir, entry=PLAIN_ENTRY):
        self.home = Home(str(directory), "p", str(runtime_dir))
        self.entry = entry
        self.client = self.start()

    def start(self):
        self.client = ensure(self.home, self.entry, {"PYTHONPATH": ENTRIES})
        return self.client

    @property
    def daemon(self):
        return self.client.request("ping")["pid"]

    def kill_daemon(self):
        """kill -9, and wait until it is dead."""
        pid = self.daemon
        pidfd = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([pidfd], [], [], SECONDS)
        os.close(pidfd)
        self.client.close()

    def wait(self, *names, until="started"):
        found = self.client.wait(names or None, until=until, timeout_seconds=SECONDS)
        return {one.name: one for one in found}

    def one(self, name):
        return next(one for one in self.client.status() if one.name == name)

    def text(self, *names, **bounds):
        return [line.text for line in logs.read(self.home, names or None, **bounds)]

    def watch_status(self, wanted):
        """Return the first status that `wanted` accepts, now or from now on."""

        def is_it(event):
            found = (
                event.replicas if isinstance(event, Snapshot) else [event.replica] if isinstance(event, Changed) else []
            )
            hits.extend(one for one in found if wanted(one))
            return bool(hits)

        hits = []
        self.watch_until(is_it)
        return hits[0]

    def watch_until(self, wanted):
        """Return all events up to the first that `wanted` accepts."""
        seen = []
        with Client.connect(self.home) as watcher:
            for event in watcher.watch(logs=True, idle_seconds=SECONDS):
                seen.append(event)
                assert not isinstance(event, clients.TimedOut), seen
                if wanted(event):
                    return seen
        raise AssertionError(seen)

    def clean(self):
        self.client.close()
        client = self.start()
        client.remove(stop=True, grace_seconds=0)
        client.shutdown()


@contextlib.contextmanager
def running_in(directory, entry=PLAIN_ENTRY):
    # Sockets need short paths, which pytest's are not.
    runtime_dir = f"/tmp/ck-test-{os.getpid()}"
    running = Running(directory, runtime_dir, entry)
    try:
        yield running
    finally:
        running.clean()
    os.rmdir(runtime_dir)
    assert not os.path.exists(running.home.directory)


@pytest.fixture
def project(tmp_path):
    with running_in(tmp_path) as running:
        yield running


# -- starting and ending -----------------------------------------------------------------------------------------------


def test_a_process_runs_with_exactly_its_environment_and_directory(project, tmp_path):
    spec = ProcessSpec("p-a-1", "a", 1, ("/usr/bin/env",), env={"A": "1", "B": "zwei \u00fc"}, cwd=str(tmp_path))
    project.client.apply([spec])
    project.wait(until="exited")
    assert sorted(project.text()) == ["A=1", "B=zwei \u00fc"]


def test_exit_codes_and_signals_are_told_as_docker_does(project):
    project.client.apply([program("three", "crash.py", 3), shell("killed", "kill -9 $$"), shell("fine", "true")])
    found = project.wait(until="exited")
    assert {one.group: one.exit_code for one in found.values()} == {"three": 3, "killed": 137, "fine": 0}


def test_a_program_that_is_not_there_says_so(project):
    spec = ProcessSpec("p-a-1", "a", 1, ("no-such-program",), env=ENV)
    project.client.apply([spec])
    found = project.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.started_at) == (127, None)
    assert found.reason == "'no-such-program' is not a program on this machine (not found in $PATH)"


def test_a_file_that_may_not_run_is_told_apart(project, tmp_path):
    path = tmp_path / "data"
    path.write_text("x")
    project.client.apply([ProcessSpec("p-a-1", "a", 1, (str(path),), env=ENV)])
    found = project.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.reason) == (126, f"cannot run '{path}': permission denied")


def test_a_missing_working_directory_is_told(project):
    project.client.apply([shell("a", "true", cwd="/no/such/place")])
    found = project.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.reason) == (125, "cannot start: No such file or directory '/no/such/place'")


def test_a_process_has_no_descriptors_of_the_supervisor(project):
    project.client.apply([shell("a", "ls -l /proc/self/fd | grep -v ^total | awk '{print $9}'")])
    project.wait(until="exited")
    assert project.text() == ["0", "1", "2", "3"]  # 3 is the directory that ls reads


def test_signals_are_as_a_program_expects_them(project):
    project.client.apply([shell("a", "grep -E 'Sig(Ign|Blk)' /proc/self/status")])
    project.wait(until="exited")
    own = 3 << 31  # 32 and 33 belong to the C library, which lets nobody change them
    assert {int(line.split()[1], 16) & ~own for line in project.text()} == {0}


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(project):
    project.client.apply([program("stubborn", "ignore_term.py", grace_seconds=0.3)])
    project.watch_until(lambda event: isinstance(event, LogGrew))
    began = time.monotonic()
    project.client.stop()
    assert time.monotonic() - began >= 0.3
    assert project.one("p-stubborn-1").exit_code == 137


def test_the_stop_signal_reaches_the_whole_group(project):
    child = "sh -c 'trap \"echo child; exit\" USR1; echo ready; sleep 1000 & wait'"
    script = f"trap 'echo parent; wait; exit 5' USR1; {child} & wait"
    project.client.apply([shell("a", script, stop_signal="SIGUSR1")])
    project.watch_until(lambda event: isinstance(event, LogGrew))
    project.client.stop()
    assert sorted(project.text()) == ["child", "parent", "ready"]
    assert project.one("p-a-1").exit_code == 5


@pytest.mark.parametrize("then", ["stay", "end"])
def test_a_daemonized_child_ends_with_its_service(project, tmp_path, then):
    pid_file = tmp_path / "pid"
    project.client.apply([program("a", "double_fork.py", pid_file, then)])
    if then == "stay":
        project.watch_until(lambda event: isinstance(event, LogGrew))
        assert not gone(int(pid_file.read_text()))
        project.client.stop(grace_seconds=5)
    else:
        project.wait(until="exited")
    assert gone(int(pid_file.read_text()))


def test_stop_right_after_start_does_not_wait_for_the_grace(project):
    for _ in range(5):
        project.client.apply([shell("a", "exec sleep 1000", grace_seconds=3600)])
        project.client.stop()  # or this takes an hour


def test_kill_passes_a_stop_that_waits(project):
    project.client.apply([program("stubborn", "ignore_term.py", grace_seconds=60)])
    project.watch_until(lambda event: isinstance(event, LogGrew))
    other = ensure(project.home)
    stopper = threading.Thread(target=other.stop)
    stopper.start()
    project.watch_status(lambda one: one.phase == "stopping")
    project.client.kill()
    stopper.join(SECONDS)
    other.close()
    assert not stopper.is_alive()
    assert project.one("p-stubborn-1").exit_code == 137


# -- restarts, probes, needs -------------------------------------------------------------------------------------------


def test_a_crashing_process_is_restarted_with_growing_delays(project):
    project.client.apply([program("a", "crash.py", 3, restart=RestartPolicy("on-failure", max_attempts=3))])
    project.wait(until="exited")
    found = project.one("p-a-1")
    assert (found.restarts, found.exit_code, len(project.text())) == (3, 3, 4)
    stamps = [line.time_ns / 1e9 for line in logs.read(project.home)]
    assert stamps[3] - stamps[2] >= 0.4


def test_a_restart_in_the_future_is_shown(project):
    project.client.apply([shell("a", "exit 1", restart=RestartPolicy("always", delay_seconds=1000))])
    found = project.watch_status(lambda one: one.phase == "backoff")
    assert found.next_start_at == pytest.approx(found.finished_at + 1000)
    project.client.stop()
    assert project.one("p-a-1").phase == "exited"


def test_needs_are_honoured(project, tmp_path):
    ready = tmp_path / "ready"
    specs = [
        forever("web", needs=(Need("db", "healthy"), Need("migrate", "completed"))),
        shell("migrate", "echo migrated", needs=(Need("db", "healthy"),)),
        program("db", "slow_start.py", 0.2, ready, probe=check(f"echo looking; test -e {ready}", retries=1000)),
    ]
    project.client.apply(specs)
    found = project.wait("web", until="healthy")
    assert found["p-web-1"].phase == "running"
    project.watch_until(lambda _event: "web is up" in project.text())
    assert project.text() == ["starting", "ready", "migrated", "web is up"]
    database = project.one("p-db-1")
    assert database.health == "healthy"
    assert (database.probes[-1]["exit_code"], database.probes[-1]["output"]) == (0, "looking\n")


def test_who_waits_says_for_what(project):
    specs = [forever("web", needs=(Need("db", "healthy"),)), forever("db", probe=check("exit 1", retries=1000))]
    project.client.apply(specs)
    found = project.watch_status(lambda one: one.waiting_for)
    assert (found.name, found.waiting_for) == ("p-web-1", ["p-db-1 to be healthy"])


def test_a_dependency_that_fails_fails_who_waits(project):
    specs = [
        forever("web", needs=(Need("db", "healthy"),)),
        forever("db", probe=check("exit 1", retries=2)),
        forever("late", needs=(Need("job", "completed"),)),
        shell("job", "exit 3"),
        forever("chain", needs=(Need("web", "started"),)),
    ]
    project.client.apply(specs)
    found = project.wait("web", "late", "chain", until="started")
    assert {name: (one.phase, one.reason) for name, one in found.items()} == {
        "p-web-1": ("failed", "dependency failed to start: container p-db-1 is unhealthy"),
        "p-late-1": ("failed", 'service "job" didn\'t complete successfully: exit 3'),
        "p-chain-1": ("failed", "dependency failed to start: container p-web-1 was not started"),
    }


def test_a_probe_that_hangs_is_ended(project):
    spec = forever("db", probe=check("echo hm; sleep 1000", timeout_seconds=0.1, retries=1))
    project.client.apply([spec])
    assert project.wait(until="healthy")["p-db-1"].health == "unhealthy"
    ended = (-1, "Health check exceeded timeout (0.1s): hm\n")  # one of them gets so far in its time
    project.watch_status(lambda one: ended in [(result["exit_code"], result["output"]) for result in one.probes])


def test_stop_goes_against_the_order_of_needs(project):
    def slow(group, *needs):
        return shell(
            group, f"trap 'sleep 0.1; echo {group}; exit' TERM; echo up; while :; do sleep 0.01; done", needs=needs
        )

    specs = [slow("db"), slow("api", Need("db")), slow("web", Need("api"))]
    project.client.apply(specs)
    project.watch_until(lambda event: project.text().count("up") == 3)
    project.client.stop()
    # The shell says "Terminated" of its sleep, which is in the group too.
    assert [line for line in project.text()[3:] if line != "Terminated"] == ["web", "api", "db"]


# -- hooks -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hooked(tmp_path):
    with running_in(tmp_path, "hooked_supervisor") as running:
        yield running


@pytest.fixture
def traces(tmp_path):
    path = tmp_path / "traces"
    path.touch()
    return path


def test_the_launch_hook_is_called_in_the_process_itself(hooked, traces):
    spec = shell("a", "echo $SEEN; umask", view={"private": {"word": "hush"}}, network={"traces": str(traces)})
    hooked.client.apply([spec])
    hooked.wait(until="exited")
    assert hooked.text() == ["hush", "0027"]


def test_a_launch_that_is_refused_says_why(hooked, traces):
    hooked.client.apply([shell("a", "true", view={"refuse": True}, network={"traces": str(traces)})])
    found = hooked.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.reason) == (125, "cannot start: the view cannot be made")


def test_a_probe_enters_with_the_pid_of_its_service(hooked, traces):
    probe = check("echo $SERVICE")
    hooked.client.apply([shell("a", "exec sleep 1000", probe=probe, network={"traces": str(traces)})])
    found = hooked.wait(until="healthy")["p-a-1"]
    assert found.probes[0]["output"] == f"{found.pid}\n"


def test_the_network_is_told_of_a_life_from_start_to_end(hooked, traces):
    hooked.client.apply([forever("a", network={"traces": str(traces)})])
    hooked.wait()
    hooked.kill_daemon()
    hooked.start()
    hooked.client.stop()
    assert traces.read_text().splitlines() == [
        "a is waiting none",
        "a start",
        "a is starting none",
        "a is running none",
        "a start",  # adopted: a new daemon has to know
        "a is stopping none",
        "a stop",
        "a is exited none",
    ]


def test_a_network_that_refuses_fails_the_start(hooked, traces):
    hooked.client.apply([forever("a", network={"traces": str(traces), "refuse": True})])
    found = hooked.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.reason) == (125, "cannot start: port 80 is taken")
    assert traces.read_text().splitlines()[-2:] == ["a stop", "a is exited none"]


def test_a_network_that_fails_on_adoption_leaves_the_process_alone(hooked, traces):
    hooked.client.apply([forever("a", network={"traces": str(traces)})])
    before = hooked.wait()["p-a-1"].pid
    hooked.kill_daemon()
    traces.unlink()
    traces.mkdir()  # so that writing to it fails
    hooked.start()
    assert (hooked.one("p-a-1").phase, hooked.one("p-a-1").pid) == ("running", before)
    assert "the network of 'p-a-1' cannot be taken over" in hooked.client.notices()[0]["text"]


# -- apply -------------------------------------------------------------------------------------------------------------


def test_apply_again_leaves_alone_what_did_not_change(project):
    specs = [forever("a", config_hash="1"), forever("b", config_hash="1")]
    project.client.apply(specs)
    before = project.wait()
    changed = [specs[0], forever("b", config_hash="2"), forever("c", config_hash="1")]
    plan = project.client.apply(changed)
    after = project.wait()
    assert (plan["keep"], plan["recreate"], plan["create"]) == (["p-a-1"], ["p-b-1"], ["p-c-1"])
    assert after["p-a-1"].pid == before["p-a-1"].pid
    assert after["p-b-1"].pid != before["p-b-1"].pid
    assert gone(before["p-b-1"].pid)


def test_apply_removes_what_it_is_told_and_keeps_the_rest(project):
    project.client.apply([forever("a"), forever("b"), forever("c")])
    project.client.apply([], remove=["b"])
    assert [one.group for one in project.client.status()] == ["a", "c"]
    assert not os.path.exists(project.home.replica("p-b-1"))


def test_created_is_not_started(project):
    project.client.apply([forever("a"), forever("b")], start=["b"])
    project.wait("b")
    assert {one.group: one.phase for one in project.client.status()} == {"a": "created", "b": "running"}
    project.client.start(["a"])
    assert project.wait("a")["p-a-1"].phase == "running"


def test_restart_takes_along_who_asked_for_it(project):
    specs = [
        forever("db"),
        forever("web", needs=(Need("db", restart=True),)),
        forever("other", needs=(Need("db"),)),
    ]
    project.client.apply(specs)
    before = project.wait()
    assert sorted(project.client.restart(["db"])) == ["p-db-1", "p-web-1"]
    after = project.wait()
    changed = {name for name in before if before[name].pid != after[name].pid}
    assert changed == {"p-db-1", "p-web-1"}


def test_two_clients_at_once_do_not_mix(project):
    specs = [forever(f"s{number}") for number in range(4)]
    failures = []

    def work():
        try:
            with ensure(project.home) as client:
                for _ in range(5):
                    client.apply(specs)
                    client.stop(["s0", "s1"])
                    client.restart(["s2"])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    assert not failures
    project.wait("s2", "s3")
    found = {one.group: one.phase for one in project.client.status()}
    assert (found["s0"], found["s1"], found["s3"]) == ("exited", "exited", "running")
    shims = [pid for pid in process.descendants(project.daemon) if name_of(pid) == "composekit-shim"]
    assert len(shims) == 2  # none was started twice


@pytest.mark.parametrize(
    ("request_facts", "code"),
    [
        ({"do": "dance"}, "unknown-request"),
        ({"do": "stop", "names": ["ghost"]}, "unknown-name"),
        ({"do": "stop", "names": 3}, "bad-request"),
        ({"do": "apply", "specs": [{"name": "x"}]}, "bad-spec"),
        ({"do": "apply"}, "bad-request"),
        ({"do": "kill", "signal": "SIGNOPE"}, "bad-signal"),
        ({"do": "remove"}, "running"),
        ({"do": "shutdown"}, "not-empty"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_code(project, request_facts, code):
    project.client.apply([forever("a")])
    with pytest.raises(SupervisorError) as caught:
        project.client.request(**request_facts)
    assert caught.value.code == code
    assert project.one("p-a-1").phase in ("starting", "running")


def test_a_ring_of_needs_is_refused_before_anything_happens(project):
    with pytest.raises(SupervisorError, match="need each other") as caught:
        project.client.apply([forever("a", needs=(Need("b"),)), forever("b", needs=(Need("a"),))])
    assert caught.value.code == "cycle"
    assert project.client.status() == []


def test_garbage_on_the_socket_is_answered_and_harms_nobody(project):
    for garbage in (b"\x00\xff\n", b"[]\n", b'{"v":1}\n', b'{"v":9,"id":4,"do":"ping"}\n'):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(project.home.socket_path)
            peer.sendall(garbage)
            assert b'"ok":false' in peer.recv(4096)
    assert project.client.status() == []


# -- logs --------------------------------------------------------------------------------------------------------------


def test_no_line_of_a_chatty_process_is_lost(project):
    project.client.apply([program("a", "chatty.py", 20_000)])
    project.wait(until="exited")
    read = list(logs.read(project.home))
    assert [line.text for line in read if line.stream == "out"] == [f"line {n}" for n in range(20_000)]
    assert [line.text for line in read if line.stream == "err"] == [f"tenth {n}" for n in range(0, 20_000, 10)]
    assert [line.seq for line in read] == sorted({line.seq for line in read})


def test_logs_are_kept_across_restarts_and_rotated(project):
    policy = LogPolicy(max_bytes=2000, max_files=2)
    project.client.apply([shell("a", "echo run; seq 1000", log=policy)])
    project.wait(until="exited")
    project.client.start()
    project.wait(until="exited")
    directory = project.home.replica("p-a-1", "logs")
    assert len(os.listdir(directory)) <= 2
    assert project.text()[-1] == "1000"


def test_follow_gives_all_lines_before_the_news_of_the_end(project):
    project.client.apply([shell("late", "true")], start=False)
    seen = []
    for item in logs.follow(project.home, events=True, idle_seconds=SECONDS):
        seen.append(item)
        match item:
            case Snapshot():
                project.client.apply([program("a", "chatty.py", 500)])
            case Changed(replica) if replica.phase == "exited":
                break
    lines = [item.text for item in seen if isinstance(item, logs.LogLine) and item.stream == "out"]
    assert lines == [f"line {n}" for n in range(500)]


def test_follow_sees_prompts_without_a_line_end_when_the_process_ends(project):
    project.client.apply([shell("a", "printf 'no newline'")], start=False)
    lines = []
    for item in logs.follow(project.home, events=True, idle_seconds=SECONDS):
        match item:
            case Snapshot():
                project.client.start()
            case logs.LogLine():
                lines.append((item.text, item.unfinished))
            case Changed(replica) if replica.phase == "exited":
                break
    assert lines == [("no newline", True)]


def test_a_line_without_an_end_is_not_continued_by_the_next_run(project):
    project.client.apply([shell("a", "printf half")])
    project.wait(until="exited")
    project.client.start()
    project.wait(until="exited")
    assert project.text() == ["half", "half"]


def test_a_follower_survives_rotation_and_recreation(project):
    policy = LogPolicy(max_bytes=1000, max_files=50)
    lines = []
    for item in logs.follow(project.home, events=True, idle_seconds=SECONDS):
        match item:
            case Snapshot():
                project.client.apply([shell("a", "seq 300", log=policy, config_hash="1")])
            case logs.LogLine():
                lines.append(item.text)
            case Changed(replica) if replica.phase == "exited" and replica.config_hash == "1":
                project.client.apply([shell("a", "echo anew", config_hash="2")])
            case Changed(replica) if replica.phase == "exited":
                break
    assert lines == [*map(str, range(1, 301)), "anew"]


def test_a_reader_that_never_reads_blocks_nobody(project):
    with Client.connect(project.home) as sleepy:
        sleepy._socket.sendall(b'{"v":1,"id":1,"do":"watch","logs":true}\n')
        project.client.apply([program("a", "chatty.py", 200_000)])
        project.wait(until="exited")
        assert sum(line.stream == "out" for line in logs.read(project.home)) == 200_000


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_stops_neither_services_nor_their_supervision(small_disk, tmp_path):
    done = tmp_path / "done"
    os.mkfifo(done)
    with running_in(small_disk) as project:
        project.client.apply([shell("a", f"seq 1000000; echo finished >{done}; exit 4"), forever("b")])
        assert done.read_text() == "finished\n"  # it was not blocked
        assert project.wait("a", until="exited")["p-a-1"].exit_code == 4
        assert "output of 'p-a-1' is being lost" in project.client.notices()[0]["text"]
        fill_up(small_disk / "rest")
        with pytest.raises(SupervisorError, match="cannot keep the state of 'p-late-1'"):
            project.client.apply([forever("late")])
        assert [one.group for one in project.client.status()] == ["a", "b"]
        project.client.stop()
        assert project.one("p-b-1").exit_code == 143


def fill_up(path):
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))


# -- a daemon that is killed -------------------------------------------------------------------------------------------


def test_a_killed_daemon_loses_no_process_and_no_line(project, tmp_path):
    stop = tmp_path / "stop"
    script = f"i=0; until [ -e {stop} ]; do echo $i; i=$((i+1)); sleep 0.005; done; exit 7"
    project.client.apply([shell("a", script)])
    project.watch_until(lambda event: isinstance(event, LogGrew))
    before = project.wait("a")["p-a-1"].pid
    for _ in range(3):
        project.kill_daemon()
        assert not gone(before)
        project.start()
        project.watch_until(lambda event: isinstance(event, LogGrew))
    stop.touch()
    found = project.wait(until="exited")["p-a-1"]
    assert (found.exit_code, found.restarts) == (7, 0)
    lines = project.text()
    assert len(lines) >= 4
    assert lines == [str(number) for number in range(len(lines))]
    assert [notice["text"] for notice in project.client.notices()] == [
        "the supervisor was killed; 1 process adopted, 0 had ended meanwhile"
    ]


def test_what_ended_without_a_daemon_is_known_with_its_last_words(project, tmp_path):
    go = tmp_path / "go"
    os.mkfifo(go)
    project.client.apply([shell("a", f"read x <{go}; echo last words; printf half; exit 9"), forever("b")])
    pid = project.wait()["p-a-1"].pid
    shim = process._stat(pid)[1]
    project.kill_daemon()
    pidfd = os.pidfd_open(int(shim))
    go.write_text("go\n")
    assert select.select([pidfd], [], [], SECONDS)[0]  # the shim leaves without a daemon
    os.close(pidfd)
    offline = {one.group: (one.phase, one.exit_code) for one in read_state(project.home)}
    assert offline == {"a": ("exited", 9), "b": ("running", None)}
    project.start()
    assert (project.one("p-a-1").phase, project.one("p-a-1").exit_code) == ("exited", 9)
    assert project.text("p-a-1") == ["last words", "half"]
    assert project.client.notices()[-1]["text"] == "the supervisor was killed; 1 process adopted, 1 had ended meanwhile"


def test_an_adopted_process_is_still_restarted_and_stopped(project):
    project.client.apply(
        [shell("a", "echo $SECRET; exec sleep 1000", env={**ENV, "SECRET": "kept"}, restart=RestartPolicy("always"))]
    )
    first = project.wait()["p-a-1"].pid
    project.kill_daemon()
    project.start()
    os.kill(project.wait()["p-a-1"].pid, signal.SIGKILL)
    project.watch_status(lambda one: one.phase == "running" and one.pid != first)
    second = project.one("p-a-1").pid
    lines = logs.follow(project.home, idle_seconds=SECONDS)
    assert [next(lines).text for _ in range(2)] == ["kept", "kept"]  # once it has spoken, it may be stopped
    project.client.stop()
    assert gone(first)
    assert gone(second)


def test_the_environment_is_never_on_disk(project):
    project.client.apply([forever("a", env={**ENV, "SECRET": "hunter2"})])
    project.wait()
    for folder, _, names in os.walk(project.home.directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    assert b"hunter2" not in file.read(), path


def test_state_belongs_to_the_user_alone(project):
    project.client.apply([forever("a")])
    project.wait()
    for folder, _, names in os.walk(project.home.directory):
        assert os.stat(folder).st_mode & 0o777 == 0o700, folder
        for name in names:
            assert os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o600, name
    assert os.stat(project.home.socket_path).st_mode & 0o777 == 0o600


def test_a_lost_environment_means_no_restart_until_it_is_sent_again(project):
    spec = shell("a", "exit 1", restart=RestartPolicy("always", delay_seconds=1000), config_hash="1")
    project.client.apply([spec])
    project.watch_status(lambda one: one.phase == "backoff")
    project.kill_daemon()
    project.start()
    assert project.one("p-a-1").phase == "exited"
    assert "environment" in project.one("p-a-1").reason
    with pytest.raises(SupervisorError) as caught:
        project.client.start()
    assert caught.value.code == "environment-unknown"
    project.client.apply([spec])
    project.watch_status(lambda one: one.phase == "backoff")


def test_ruined_state_neither_hides_a_live_process_nor_the_others(project):
    project.client.apply([forever("a"), forever("b"), forever("c")])
    before = project.wait()
    project.kill_daemon()
    for name in ("spec.json", "state.json"):
        with open(project.home.replica("p-a-1", name), "w", encoding="utf-8") as file:
            file.write("{")
    with open(project.home.path("replicas", "junk"), "w", encoding="utf-8") as file:
        file.write("not a directory")
    project.start()
    assert {one.name: one.pid for one in project.client.status()} == {name: one.pid for name, one in before.items()}
    assert any("'junk' cannot be taken over" in notice["text"] for notice in project.client.notices())
    os.unlink(project.home.path("replicas", "junk"))
    project.client.stop()
    assert all(gone(one.pid) for one in before.values())


def test_a_killed_shim_takes_its_whole_tree_along(project, tmp_path):
    pid_file = tmp_path / "pid"
    project.client.apply([program("a", "double_fork.py", pid_file, "stay"), forever("b")])
    project.watch_until(lambda event: "daemon left behind" in project.text())
    pids = [project.one("p-a-1").pid, int(pid_file.read_text())]
    os.kill(int(process._stat(pids[0])[1]), signal.SIGKILL)
    found = project.wait("a", until="exited")["p-a-1"]
    assert (found.exit_code, found.reason) == (137, "the process that watched it was killed")
    assert all(gone(pid) for pid in pids)
    assert project.one("p-b-1").phase == "running"


def test_a_supervisor_that_is_killed_while_it_writes_leaves_nothing_half_made(project):
    project.client.apply([forever("a")])
    project.wait()
    killed = project.daemon
    project.kill_daemon()
    left = [project.home.replica("p-a-1", f"state.json.{killed}"), project.home.path(f"project.json.{killed}")]
    for path in left:
        with open(path, "w", encoding="ascii") as file:
            file.write("{")
    project.start()
    assert not any(map(os.path.exists, left))
    assert project.one("p-a-1").phase == "running"


def own_kilobytes(pid):
    """Return how much memory a process has written to that no other has."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the daemon forks by itself")
def test_an_idle_shim_has_written_to_little_of_what_it_shares(project):
    project.client.apply([shell("a", "exec sleep 1000", index=number) for number in range(1, 9)])
    shims = [int(process._stat(one.pid)[1]) for one in project.wait().values()]
    for _ in range(2):
        own = sorted(map(own_kilobytes, shims))
        # About 460 with Python 3.11; it was 860 when shims were objects from their birth.
        assert own[len(own) // 2] < 700, own
        project.kill_daemon()
        project.start()  # which takes them over


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the daemon forks by itself")
def test_a_killed_nursery_costs_no_service_and_no_end(project):
    project.client.apply([forever("a"), forever("b")])
    before = project.wait()
    nursery = nursery_of(project.daemon)
    pidfd = os.pidfd_open(nursery)
    os.kill(nursery, signal.SIGKILL)
    assert select.select([pidfd], [], [], SECONDS)[0]
    os.close(pidfd)
    os.kill(before["p-a-1"].pid, signal.SIGKILL)
    assert project.wait("a", until="exited")["p-a-1"].exit_code == 137
    project.client.apply([forever("a"), forever("b"), forever("c")])
    after = project.wait()
    assert {one.phase for one in after.values()} == {"running"}
    assert after["p-b-1"].pid == before["p-b-1"].pid
    assert nursery_of(project.daemon) != nursery
    project.client.stop()
    assert all(gone(one.pid) for one in after.values())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the daemon forks by itself")
def test_the_nursery_ends_with_a_killed_daemon(project):
    project.client.apply([forever("a")])
    project.wait()
    pidfd = os.pidfd_open(nursery_of(project.daemon))
    os.kill(project.daemon, signal.SIGKILL)
    assert select.select([pidfd], [], [], SECONDS)[0]
    os.close(pidfd)


@pytest.fixture
def spare(tmp_path):
    found = Spare(str(tmp_path), f"/tmp/ck-test-{os.getpid()}", PLAIN_ENTRY, {})
    yield found
    found.close()


def test_a_spare_becomes_the_daemon_of_the_project_it_is_told(spare, tmp_path):
    home = Home(str(tmp_path), "p", f"/tmp/ck-test-{os.getpid()}")
    with ensure(home, spare=spare) as client:
        assert not spare.is_free
        client.apply([forever("a")])
        assert [one.phase for one in client.wait(until="started", timeout_seconds=SECONDS)] == ["running"]
        with ensure(home, spare=spare) as second:
            assert second.request("ping")["pid"] == client.request("ping")["pid"]
        client.remove(stop=True, grace_seconds=0)
        client.shutdown()
    os.rmdir(home.runtime_dir)


def test_a_spare_that_nobody_needs_leaves_nothing(spare, tmp_path):
    pidfd = os.pidfd_open(spare.pid)
    spare.close()
    assert select.select([pidfd], [], [], SECONDS)[0]
    os.close(pidfd)
    assert os.listdir(tmp_path) == []


def test_a_spare_ends_with_a_killed_client(tmp_path):
    command = (
        "from composekit.supervise.starting import Spare; import time;"
        f"print(Spare({str(tmp_path)!r}, '/tmp/ck-test-none', 'composekit.supervise', {{}}).pid, flush=True);"
        "time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        pidfd = os.pidfd_open(int(client.stdout.readline()))
        client.kill()
        assert select.select([pidfd], [], [], SECONDS)[0]
        os.close(pidfd)
    assert os.listdir(tmp_path) == []


def test_ten_clients_start_one_daemon(tmp_path):
    home = Home(str(tmp_path), "p", f"/tmp/ck-test-{os.getpid()}")
    pids, failures = [], []

    def work():
        try:
            with ensure(home) as client:
                pids.append(client.request("ping")["pid"])
                client.apply([forever("a")])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    client = ensure(home)
    client.remove(stop=True)
    client.shutdown()
    os.rmdir(home.runtime_dir)
    assert not failures
    assert len(set(pids)) == 1


def test_nothing_is_left_after_remove_and_shutdown(project):
    project.client.apply([forever("a"), program("b", "ignore_term.py", grace_seconds=0.1)])
    project.wait()
    daemon = project.daemon
    tree = [daemon, *process.descendants(daemon)]
    names = [name_of(pid) for pid in tree]
    ours = ["composekit-fork", "composekit-shim", "composekit-shim", "composekit-sup"]
    assert sorted(name for name in names if name.startswith("composekit-")) == ours
    assert len(tree) == 6
    project.client.remove(stop=True)
    project.client.shutdown()
    assert not os.path.exists(project.home.directory)
    assert not os.path.exists(project.home.socket_path)
    assert not [pid for pid in tree if not gone(pid)]
    assert Client.connect(project.home) is None


def test_a_daemon_with_nothing_left_leaves_with_its_last_client(project):
    project.client.apply([forever("a")])
    pidfd = os.pidfd_open(project.daemon)
    project.client.remove(stop=True)
    project.client.close()
    assert select.select([pidfd], [], [], SECONDS)[0]
    os.close(pidfd)
    assert not os.path.exists(project.home.directory)


def test_sigterm_stops_everything_and_keeps_the_state(project):
    project.client.apply([forever("a")])
    pid = project.wait()["p-a-1"].pid
    daemon = project.daemon
    pidfd = os.pidfd_open(daemon)
    os.kill(daemon, signal.SIGTERM)
    assert select.select([pidfd], [], [], SECONDS)[0]
    os.close(pidfd)
    assert gone(pid)
    assert [(one.phase, one.exit_code) for one in read_state(project.home)] == [("exited", 143)]
    lock = try_lock(project.home)
    assert lock is not None
    os.close(lock)


def test_removal_is_told_to_watchers(project):
    project.client.apply([forever("a")])
    seen = []
    with Client.connect(project.home) as other:
        other.subscribe(seen.append)
        other.remove(stop=True)
    assert [type(event) for event in seen][-1] is Removed
    assert [event.replica.phase for event in seen if isinstance(event, Changed)][-2:] == ["stopping", "exited"]


def test_descriptors_do_not_leak_over_many_restarts(project):
    project.client.apply([shell("a", "exit 1", restart=RestartPolicy("always", delay_seconds=0))])

    def held():
        """Return how many descriptors a daemon has that does nothing: not the file it writes, nor a watcher's end."""
        project.client.stop()
        daemon = project.daemon  # whoever hung up before this request is known to have gone by the answer to the next
        assert project.daemon == daemon
        return len(os.listdir(f"/proc/{daemon}/fd"))

    project.watch_status(lambda one: one.restarts > 5)
    before = held()
    project.client.start()
    project.watch_status(lambda one: one.restarts > 100)
    assert held() == before


def test_a_supervisor_starts_without_what_others_have_put_into_pythons_start(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('this is not for the supervisor')\n")
    home = Home(str(tmp_path / "root"), "p", f"/tmp/ck-test-{os.getpid()}")
    with ensure(home, environ={"PYTHONPATH": str(tmp_path)}) as client:
        client.shutdown()
    os.rmdir(home.runtime_dir)


def test_a_broken_entry_is_reported_with_its_reason(tmp_path):
    home = Home(str(tmp_path), "p", f"/tmp/ck-test-{os.getpid()}")
    with pytest.raises(SupervisorError, match="No module named") as caught:
        ensure(home, entry="composekit.no_such_entry")
    assert caught.value.code == "not-started"
    os.rmdir(home.runtime_dir)
