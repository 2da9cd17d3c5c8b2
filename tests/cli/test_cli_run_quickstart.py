"""The quickstart and small projects through the command line, for real, in a state folder of their own."""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from pathlib import Path

import pytest
from situation import handed_on

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="replicas need addresses of their own"),
]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0  # the end of every wait, far beyond what a loaded machine needs
QUICKSTART = ROOT / "fixtures" / "quickstart" / "compose.yaml"


class Runner:
    """composekit in a state folder of its own; `down` for every project used, at the end."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.state = os.path.join(folder, "state")
        self.sockets = os.path.join(folder, "run")
        os.mkdir(self.sockets)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "COMPOSEKIT_HOME": self.state,
            "XDG_RUNTIME_DIR": self.sockets,
            **handed_on(),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        }

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "composekit", *map(str, words)]

    def __call__(self, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**self.environ, **environ},
            cwd=self.folder,
        )

    def start(self, *words: object, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environ, **environ},
            cwd=self.folder,
            start_new_session=True,
        )

    def project(self, text: str, name: str = "shop") -> list[str]:
        directory = os.path.join(self.folder, name)
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, "compose.yaml")
        Path(path).write_text(textwrap.dedent(text), encoding="utf-8")
        return ["-f", path]

    def processes(self) -> list[str]:
        """Return the command lines of all processes that were started with this state folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                raw = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
                words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if self.folder.encode() in raw and int(pid) != os.getpid():
                found.append(words)
        return found

    def supervisor(self) -> int:
        """Return the pid of the one supervisor."""
        for lock in Path(self.state).glob("projects/*/lock"):
            inode = lock.stat().st_ino
            for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
                words = line.split()
                if words[1] != "->" and words[5].split(":")[2] == str(inode):  # not who waits for somebody's lock
                    return int(words[4])
        raise AssertionError("no supervisor holds a lock")

    def kill_supervisor(self) -> None:
        """kill -9 of the one supervisor; returns once it is dead."""
        pid = self.supervisor()
        ended = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert select.select([ended], [], [], SECONDS)[0]
        os.close(ended)

    def left(self) -> list[str]:
        """Return what still runs after everything was to end; who ends last is not the command that asked for it."""
        deadline = time.monotonic() + SECONDS
        while (found := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def logs(self, *words: object, having: str) -> str:
        """Return a log once it has a text; what a service writes comes when it comes."""
        deadline = time.monotonic() + SECONDS
        while having not in (found := self(*words[:-1], "logs", "--no-log-prefix", words[-1]).stdout):
            assert time.monotonic() < deadline, found
        return found


@pytest.fixture
def run():
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        os.chmod(folder, 0o755)
        runner = Runner(folder)
        yield runner
        projects = os.path.join(runner.state, "projects")
        for name in os.listdir(projects) if os.path.isdir(projects) else ():
            runner("-p", name, "down", "-v", "-t", "1")


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def get(port: str, path: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS) as answer:
        return json.load(answer)


def words_of(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\r", "", line).rstrip("\n")


@pytest.mark.parametrize("isolation", ["auto", "none"])
def test_the_quickstart_comes_up_and_leaves_nothing_behind(run, isolation):
    port = free_port()
    files = ["-f", QUICKSTART]
    up = run(*files, "up", "-d", "--wait", "--isolation", isolation, PORT=port)
    assert up.returncode == 0, up.stderr

    rows = [json.loads(line) for line in run(*files, "ps", "--format", "json", PORT=port).stdout.splitlines()]
    assert [row["Name"] for row in rows] == [
        "quickstart-api-1", "quickstart-api-2", "quickstart-web-1", "quickstart-worker-1", "quickstart-worker-2",
    ]  # fmt: skip
    assert {row["Service"]: row["Health"] for row in rows} == {"api": "healthy", "web": "healthy", "worker": ""}
    state = get(port, "/state")
    assert [one["healthy"] for one in state["replicas"]] == [True] * len(state["replicas"])
    assert len(state["replicas"]) == (2 if isolation == "auto" and state["api_url"] == "http://api:5000" else 1)
    assert get(port, "/visit")["visits"] == 1

    logs = run(*files, "logs", "web", PORT=port).stdout
    assert re.search(r"^web-1  \| listening on 127\.", logs)
    down = run(*files, "down", "-v", PORT=port)
    assert down.returncode == 0, down.stderr
    assert run.left() == []
    assert os.listdir(run.sockets) == []
    # What was built is kept, as an engine keeps images, and what happened is remembered for `events --since`.
    assert set(os.listdir(run.state) if os.path.exists(run.state) else ()) <= {"images", "layers", "events"}
    assert run.folder not in Path("/proc/self/mounts").read_text(encoding="utf-8")
    with pytest.raises(OSError, match="refused"):
        get(port, "/state")


def test_two_copies_run_side_by_side(run):
    first, second = free_port(), free_port()
    for name, port in (("one", first), ("two", second)):
        up = run("-f", QUICKSTART, "-p", name, "up", "-d", "--wait", PORT=port)
        assert up.returncode == 0, up.stderr
    get(first, "/visit")

    assert get(first, "/state")["replicas"][0]["visits"] == 1
    assert get(second, "/state")["replicas"][0]["visits"] == 0
    assert run("-p", "one", "down", "-v").returncode == 0
    assert get(second, "/state")["replicas"][0]["healthy"]


def test_a_port_that_is_taken_is_said_before_anything_starts(run):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        up = run("-f", QUICKSTART, "up", "-d", PORT=port)

    assert up.returncode == 1
    assert f"port {port} is already in use by" in up.stderr
    assert f"(pid {os.getpid()})" in up.stderr
    assert run("-f", QUICKSTART, "ps", "-a", "-q").stdout == ""


SLEEPERS = """
services:
  a: {image: alpine, command: sleep 1000, stop_grace_period: 1s, init: true}
  b: {image: alpine, command: sleep 1000, stop_grace_period: 1s, depends_on: [a]}
"""


def test_after_the_supervisor_was_killed_the_next_command_says_so_and_goes_on(run):
    files = run.project(SLEEPERS)
    assert run(*files, "up", "-d").returncode == 0
    before = [json.loads(line) for line in run(*files, "ps", "--format", "json").stdout.splitlines()]
    run.kill_supervisor()
    after = run(*files, "ps", "--format", "json")

    assert "the supervisor was killed" in after.stderr
    assert [json.loads(line)["State"] for line in after.stdout.splitlines()] == [row["State"] for row in before]
    assert "the supervisor was killed" not in run(*files, "ps").stderr
    assert run(*files, "down").returncode == 0
    assert run.left() == []


def test_up_again_changes_only_what_changed(run):
    files = run.project(SLEEPERS)
    run(*files, "up", "-d")
    kept = run(*files, "up", "-d").stderr
    run.project(SLEEPERS.replace("b: {image: alpine, command: sleep 1000", "b: {image: alpine, command: sleep 2000"))
    changed = run(*files, "up", "-d").stderr

    assert "Container shop-a-1  Running" in kept
    assert "Container shop-b-1  Running" in kept
    assert "Container shop-a-1  Running" in changed
    assert "Container shop-b-1  Recreated" in changed
    assert "Started" not in kept


def test_scaling_up_and_down(run):
    files = run.project(SLEEPERS)
    run(*files, "up", "-d", "--scale", "b=3")
    assert len(run(*files, "ps", "-q", "b").stdout.split()) == 3
    down = run(*files, "up", "-d").stderr

    assert "Container shop-b-3  Removed" in down
    assert len(run(*files, "ps", "-q", "b").stdout.split()) == 1


def test_stop_start_restart_kill_and_rm(run):
    files = run.project(SLEEPERS)
    run(*files, "up", "-d")

    assert run(*files, "stop", "b").returncode == 0
    assert run(*files, "ps", "--services").stdout == "a\n"
    assert run(*files, "start", "b").returncode == 0
    assert run(*files, "restart", "a").returncode == 0
    assert run(*files, "kill", "-s", "SIGKILL", "b").returncode == 0
    assert re.search(r"shop-b-1 .*Exited \(137\)", run(*files, "ps", "-a").stdout)
    assert run(*files, "rm", "-f").stdout == "Going to remove shop-b-1\n"
    assert run(*files, "ps", "-a", "--services").stdout == "a\n"
    assert run(*files, "rm", "-f", "-s").returncode == 0
    assert run.left() == []


def test_a_project_without_its_file_is_reached_by_name(run):
    files = run.project(SLEEPERS)
    run(*files, "up", "-d")

    assert run("-p", "shop", "ps", "--services").stdout == "a\nb\n"
    assert run("-p", "shop", "down").returncode == 0
    assert run.left() == []


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "Shop", "", "a b"])
def test_a_name_that_is_no_project_name_is_refused(run, name):
    precious = os.path.join(run.state, "projects", "x", "file")
    os.makedirs(os.path.dirname(precious))
    Path(precious).touch()
    done = run("-p", name, "down", "-v")

    assert done.returncode != 0
    assert os.path.exists(precious)
    shutil.rmtree(run.state)


def test_an_unknown_service_is_refused(run):
    files = run.project(SLEEPERS)
    for command in ("up", "ps", "logs", "stop", "kill", "start", "restart"):
        done = run(*files, command, "nope")
        assert (done.returncode, "no such service: nope" in done.stderr) == (1, True), (command, done.stderr)


def test_a_program_that_is_not_there_fails_the_start(run):
    files = run.project("services: {a: {image: alpine, command: [/no/such/program]}}\n")
    up = run(*files, "up", "-d")
    attached = run(*files, "up")

    assert up.returncode == 1
    assert "error: container shop-a-1 could not be started: cannot run '/no/such/program'" in up.stderr
    assert attached.returncode == 1
    assert "a-1 exited with code 127: cannot run '/no/such/program'" in attached.stdout


def test_a_dependency_that_fails_fails_the_start(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: "false"}
          b: {image: alpine, command: sleep 1000, depends_on: {a: {condition: service_completed_successfully}}}
        """
    )
    up = run(*files, "up", "-d")

    assert up.returncode == 1
    assert "shop-a-1" in up.stderr
    assert run(*files, "down").returncode == 0


def test_wait_gives_up_after_its_time(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: sleep 1000, healthcheck: {test: "false", interval: 1s, start_period: 1h}}
        """
    )
    up = run(*files, "up", "-d", "--wait", "--wait-timeout", "1")

    assert (up.returncode, "not healthy after 1s" in up.stderr) == (1, True)


def test_in_the_foreground_it_ends_with_its_services(run):
    files = run.project(
        """
        services:
          hello: {image: alpine, command: "echo one; echo two >&2"}
          longer-name: {image: alpine, command: ["sh", "-c", "sleep 0.2; echo three"]}
        """.replace('"echo one; echo two >&2"', '["sh", "-c", "echo one; echo two >&2"]')
    )
    up = run(*files, "up")

    assert up.returncode == 0
    assert up.stdout.startswith("Attaching to hello-1, longer-name-1\n")
    assert "hello-1        | one\n" in up.stdout
    assert "longer-name-1  | three\n" in up.stdout
    assert "hello-1        | two\n" in up.stderr
    assert "hello-1 exited with code 0\n" in up.stdout


def test_ctrl_c_stops_in_order_and_returns_130(run):
    files = run.project(
        SLEEPERS.replace("sleep 1000", "echo ready; exec sleep 1000")
        .replace("alpine, command: ", 'alpine, command: ["sh", "-c", "')
        .replace("1000,", '1000"],')
    )
    up = run.start(*files, "up")
    seen = ""
    while "b-1  | ready" not in seen:
        line = up.stdout.readline()
        assert line, up.stderr.read()
        seen += words_of(line) + "\n"
    os.kill(up.pid, signal.SIGINT)
    out, err = up.communicate(timeout=SECONDS)

    assert up.returncode == 130
    assert "Gracefully Stopping... press Ctrl+C again to force\n" in out
    assert err.index("shop-b-1  Stopped") < err.index("shop-a-1  Stopping")
    assert run(*files, "ps", "--services").stdout == ""


def test_an_attached_up_outlives_its_supervisor(run):
    files = run.project(
        """
        services:
          a:
            image: alpine
            command: ["sh", "-c", "n=0; while true; do n=$$((n + 1)); echo line $$n; sleep 0.05; done"]
            stop_grace_period: 1s
        """
    )
    up = run.start(*files, "up")
    seen: list[int] = []

    def read_until(count: int) -> None:
        while len(seen) < count:
            line = up.stdout.readline()
            assert line, up.stderr.read()
            if found := re.search(r"\| line (\d+)$", line.rstrip()):
                seen.append(int(found[1]))

    read_until(5)
    run.kill_supervisor()
    read_until(40)
    os.kill(up.pid, signal.SIGINT)
    _, err = up.communicate(timeout=SECONDS)

    assert seen == list(range(1, 41))
    assert "the supervisor was killed" in err
    assert up.returncode == 130


def test_a_second_ctrl_c_kills(run):
    files = run.project(
        """
        services:
          a:
            image: alpine
            command: ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done"]
            stop_grace_period: 1h
        """
    )
    up = run.start(*files, "up")
    line = ""
    while "ready" not in line:
        line = up.stdout.readline()
        assert line, up.stderr.read()
    os.kill(up.pid, signal.SIGINT)
    while "Gracefully" not in line:
        line = up.stdout.readline()
    os.kill(up.pid, signal.SIGINT)
    up.communicate(timeout=SECONDS)

    assert up.returncode == 130  # and that long before the hour is over


def test_the_exit_code_of_a_service_becomes_ours(run):
    files = run.project(
        """
        services:
          tests: {image: alpine, command: ["sh", "-c", "exit 7"]}
          db: {image: alpine, command: sleep 1000, stop_grace_period: 1s}
        """
    )
    up = run(*files, "up", "--exit-code-from", "tests")

    assert up.returncode == 7
    assert run(*files, "ps", "-q").stdout == ""


def test_logs_by_tail_index_and_timestamps(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: ["sh", "-c", "for n in 1 2 3; do echo $$n; done"], deploy: {replicas: 2}}
        """
    )
    run(*files, "up")

    assert run(*files, "logs", "--tail", "1", "--no-log-prefix").stdout == "3\n3\n"
    assert run(*files, "logs", "--index", "2", "a").stdout == "a-2  | 1\na-2  | 2\na-2  | 3\n"
    stamped = run(*files, "logs", "-t", "--no-log-prefix", "--tail", "1").stdout.splitlines()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z 3", line) for line in stamped)


def test_several_commands_at_once_do_not_disturb_each_other(run):
    files = run.project(SLEEPERS)
    ups = [run.start(*files, "up", "-d") for _ in range(3)]
    outputs = [up.communicate(timeout=SECONDS) for up in ups]

    assert [up.returncode for up in ups] == [0, 0, 0], outputs
    assert len(run(*files, "ps", "-q").stdout.split()) == 2


def test_an_unhealthy_service_is_told_with_what_its_check_printed(run):
    files = run.project(
        """
        services:
          a:
            image: alpine
            command: sleep 1000
            stop_grace_period: 1s
            healthcheck: {test: echo out of order; false, interval: 100ms, retries: 1}
        """
    )
    up = run(*files, "up", "-d", "--wait")

    assert up.returncode == 1
    assert "error: container shop-a-1 is unhealthy\n" in up.stderr
    assert "  last health check of shop-a-1 (exit code 1):\n    | out of order\n" in up.stderr
    (shown,) = map(json.loads, run(*files, "ps", "--format", "json", "--no-trunc").stdout.splitlines())
    assert {one["Output"] for one in shown["HealthLog"]} == {"out of order\n"}


def test_wait_fails_for_what_ends_at_once_unless_others_wait_for_its_end(run):
    files = run.project(
        """
        services:
          job: {image: alpine, command: "true"}
          after: {image: alpine, command: sleep 1000, depends_on: {job: {condition: service_completed_successfully}}}
          once: {image: alpine, command: ["sh", "-c", "echo sorry; exit 3"]}
        """
    )
    well, ill = run(*files, "up", "--wait", "after"), run(*files, "up", "--wait")

    assert (well.returncode, "error" in well.stderr) == (0, False)
    assert ill.returncode == 1
    assert ill.stderr.endswith("error: container shop-once-1 exited (3)\n  last lines of shop-once-1:\n    | sorry\n")


def test_diagnostics_are_shown_once(run):
    files = run.project(
        "services: {a: {image: alpine, command: sleep 1000, mac_address: 02:42:ac:11:65:43, stop_grace_period: 1s}}\n"
    )
    first, second = run(*files, "up", "-d"), run(*files, "up", "-d")

    assert "CK901" in first.stderr
    assert "CK901" not in second.stderr


def test_a_private_view_is_refused_with_the_reason_or_given(run):
    files = run.project(SLEEPERS)
    up = run(*files, "up", "-d", "--isolation", "view")

    assert up.returncode == 0 or "this machine refuses a private view" in up.stderr


def test_a_published_port_survives_the_end_of_its_forwarder(run):
    port = free_port()
    files = run.project(
        f"""
        services:
          a:
            image: python:3
            command: ["sh", "-c", "exec python3 -m http.server 8000 --bind $$(hostname)"]
            stop_grace_period: 1s
            ports: ["{port}:8000"]
            healthcheck: {{test: "true", interval: 100ms}}
        """
    )
    assert run(*files, "up", "-d", "--wait").returncode == 0
    supervisor = run.supervisor()
    facts = ["Name:\tcomposekit-net\n", f"PPid:\t{supervisor}\n"]
    forwarders = [
        int(pid) for pid in filter(str.isdigit, os.listdir("/proc")) if all(fact in status_of(pid) for fact in facts)
    ]
    for pid in forwarders:
        os.kill(pid, signal.SIGKILL)

    assert len(forwarders) == 1
    assert reachable(port)


def status_of(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # it has ended since it was listed
        return ""


def reachable(port: str) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", int(port)), timeout=SECONDS).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def test_two_services_cannot_publish_one_port(run):
    port = free_port()
    files = run.project(
        f"""
        services:
          a: {{image: alpine, command: sleep 1000, ports: ["{port}:80"]}}
          b: {{image: alpine, command: sleep 1000, ports: ["{port}:81"]}}
        """
    )
    up = run(*files, "up", "-d")

    assert up.returncode == 1
    assert f"port {port} is published by 'a' too" in up.stderr


def test_always_recreate_deps_recreates_what_others_need(run):
    files = run.project(SLEEPERS)
    run(*files, "up", "-d")
    up = run(*files, "up", "-d", "--always-recreate-deps")

    assert "Container shop-a-1  Recreated" in up.stderr
    assert "Container shop-b-1  Running" in up.stderr


def test_renewed_anonymous_volumes_are_empty(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: ["sh", "-c", "ls /data; touch /data/x"], volumes: ["/data"]}
        """
    )
    runs = [run(*files, "up", "--force-recreate", *more).stdout for more in ((), (), ("-V",))]

    assert ["| x\n" in output for output in runs] == [False, True, False]


def test_a_dry_run_starts_nothing(run):
    files = run.project(SLEEPERS)
    done = run("--dry-run", *files, "up", "-d")

    assert done.stderr.startswith("DRY-RUN MODE -  Network shop_default  Created\n")
    assert "DRY-RUN MODE -  Container shop-a-1  Created" in done.stderr
    assert run.left() == []


def test_networks_are_told_when_the_first_comes_and_the_last_goes(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: sleep 1000, stop_grace_period: 1s, networks: [one, both]}
          b: {image: alpine, command: sleep 1000, stop_grace_period: 1s, networks: [both]}
        networks: {one: {}, both: {}}
        """
    )

    def told(*words):
        lines = run(*files, *words).stderr.splitlines()
        return [line.removeprefix(" Network ") for line in lines if line.startswith(" Network ")]

    assert told("up", "-d", "b") == ["shop_both  Created"]
    assert told("up", "-d") == ["shop_one  Created"]
    assert told("down", "a") == ["shop_one  Removed"]
    assert told("down") == ["shop_both  Removed"]


def test_volumes_survive_down_and_go_with_v(run):
    files = run.project(
        """
        services:
          a: {image: alpine, command: ["sh", "-c", "echo x >>/data/file; cat /data/file"], volumes: ["data:/data"]}
        volumes: {data: {}}
        """
    )
    first = run(*files, "up")
    run(*files, "down")
    second = run(*files, "up")

    assert first.stdout.count("| x\n") == 1
    assert second.stdout.count("| x\n") == 2
    assert run(*files, "down", "-v").returncode == 0
    assert not os.path.exists(run.state)


def test_hooks_run_in_the_view_of_their_service_and_their_failures_are_the_commands(run):
    files = run.project("""
        services:
          web:
            image: alpine
            command: sh -c 'trap "exit 0" TERM; while :; do sleep 0.05; done'
            environment: {WHO: web}
            volumes: ["/own"]
            post_start: [{command: sh -c 'echo $$WHO $$MORE > /own/said', environment: [MORE=more]}]
            pre_stop: [{command: sh -c 'grep -q "web more" /own/said && test ! -e /own/keep'}]
          bad:
            image: alpine
            command: sleep 60
            profiles: [bad]
            stop_signal: KILL
            post_start: [{command: sh -c 'echo oops; exit 3'}]
    """)
    assert run(*files, "up", "-d").returncode == 0
    assert run(*files, "exec", "web", "cat", "/own/said").stdout == "web more\n"
    run(*files, "exec", "web", "touch", "/own/keep")
    kept = run(*files, "stop", "web")
    assert (kept.returncode, "web hook exited with status 1" in kept.stderr) == (1, True)
    assert run(*files, "ps", "-q").stdout
    run(*files, "exec", "web", "rm", "/own/keep")
    assert run(*files, "stop", "web").returncode == 0
    bad = run(*files, "up", "-d", "bad")
    assert (bad.returncode, "bad hook exited with status 3: oops" in bad.stderr) == (1, True)
    assert "orphan" not in bad.stderr
    assert run(*files, "--profile", "bad", "down").returncode == 0


def test_a_terminal_outlives_its_supervisor_and_all_of_its_output_is_kept(run):
    files = run.project("""
        services:
          shell:
            image: alpine
            command: sh -c 'tty; while read line; do echo "got $$line"; [ "$$line" = q ] && seq 1 20000 && exit 5; done'
            tty: true
            stdin_open: true
    """)
    assert run(*files, "up", "-d").returncode == 0
    entry = os.path.join(run.state, "projects", "shop", "replicas", "shop-shell-1", "in")
    run.logs(*files, "shell", having="/dev/pts/")
    Path(entry).write_text("one\n", encoding="ascii")
    run.logs(*files, "shell", having="got one")
    run.kill_supervisor()
    Path(entry).write_text("q\n", encoding="ascii")
    run(*files, "wait", "shell")  # whether it still runs or not
    assert run(*files, "ps", "-a", "--format", "{{.ExitCode}}").stdout == "5\n"
    lines = run(*files, "logs", "--no-log-prefix", "shell").stdout.split()
    assert lines[0].startswith("/dev/pts/")
    assert lines[1:6] == ["one", "got", "one", "q", "got"]
    assert lines[-20000:] == [str(number) for number in range(1, 20001)]


def test_logs_can_be_searched_and_read_by_programs(run):
    files = run.project("""
        services:
          web:
            image: alpine
            command: sh -c 'echo one; echo two; echo three; echo bad >&2'
    """)
    run(*files, "up", "-d")
    run(*files, "wait", "web")
    assert run(*files, "logs", "--no-log-prefix", "--grep", "^t").stdout == "two\nthree\n"
    assert run(*files, "logs", "--no-log-prefix", "--grep", "^t", "-n", "1").stdout == "three\n"
    assert run(*files, "logs", "--grep", "(").returncode == 2
    lines = [json.loads(line) for line in run(*files, "logs", "--json").stdout.splitlines()]
    assert [(line["service"], line["container"], line["stream"], line["message"]) for line in lines] == [
        ("web", "shop-web-1", "stdout", "one"),
        ("web", "shop-web-1", "stdout", "two"),
        ("web", "shop-web-1", "stdout", "three"),
        ("web", "shop-web-1", "stderr", "bad"),
    ]
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)


def test_following_logs_goes_on_over_restarts_and_ends_with_the_last_service(run):
    files = run.project("""
        services:
          a: {image: alpine, command: sh -c 'echo up; exec sleep 1000', stop_signal: KILL}
          b: {image: alpine, command: sh -c 'exit 3'}
    """)
    run(*files, "up", "-d")
    following = run.start(*files, "logs", "-f", "--no-log-prefix", "a")
    lines = iter(following.stdout.readline, "")
    assert next(lines) == "up\n"
    run(*files, "restart", "a")
    assert [next(lines), next(lines)] == ["a-1 exited with code 137\n", "up\n"]
    run(*files, "up", "-d", "--force-recreate", "a")
    assert [next(lines), next(lines)] == ["a-1 exited with code 137\n", "up\n"]
    run(*files, "stop", "a")
    assert following.communicate(timeout=SECONDS)[0] == "a-1 exited with code 137\n"
    assert following.returncode == 0


@pytest.mark.needs_view("files")
@pytest.mark.needs_root("files")
def test_another_up_leaves_what_a_service_wrote(run):
    files = run.project("""
        services:
          web: {image: alpine, command: sleep 60, stop_signal: KILL}
    """)
    run(*files, "up", "-d")
    assert run(*files, "exec", "web", "sh", "-c", "echo kept > /opt/note").returncode == 0
    run(*files, "up", "-d")
    assert run(*files, "exec", "web", "sh", "-c", "cat /opt/note && touch /opt/more").stdout == "kept\n"
    run(*files, "restart", "web")
    assert run(*files, "exec", "web", "sh", "-c", "ls /opt/more").stdout == "/opt/more\n"
    run(*files, "up", "-d", "--force-recreate")
    assert run(*files, "exec", "web", "test", "-e", "/opt/note").returncode == 1


@pytest.mark.needs_view("files")
@pytest.mark.needs_root("files")
def test_watch_syncs_restarts_and_runs(run):
    files = run.project("""
        services:
          web:
            image: alpine
            command: sh -c 'echo started; exec sleep 60'
            stop_signal: KILL
            develop:
              watch:
                - {path: ./src, action: sync, target: /srv/app, ignore: [skipped/]}
                - {path: ./conf, action: sync+restart, target: /srv/conf}
                - {path: ./hook, action: sync+exec, target: /srv/hook, exec: {command: cat /srv/hook/file}}
    """)
    folder = Path(run.folder, "shop")
    for name in ("src/skipped", "conf", "hook"):
        (folder / name).mkdir(parents=True)
    (folder / "src" / "gone").write_text("gone", encoding="ascii")

    def put(name: str, text: str) -> None:
        """Make a file in one step, so that nobody finds it made and written in two."""
        (folder / "scratch").write_text(text, encoding="ascii")
        os.replace(folder / "scratch", folder / name)

    child = run.start(*files, "--progress", "quiet", "watch")
    lines = iter(child.stdout.readline, "")
    assert next(lines) == "Watch enabled\n"
    put("src/skipped/file", "no")
    put("src/file", "one")
    assert next(lines) == 'Syncing service "web" after 1 changes were detected\n'
    put("hook/file", "executed\n")
    assert next(lines) == 'Syncing service "web" after 1 changes were detected\n'
    assert next(lines) == "executed\n"
    put("conf/file", "two")
    assert [next(lines), next(lines)][1] == 'service(s) ["web"] restarted\n'
    found = run(*files, "exec", "web", "sh", "-c", "cd /srv; find . -type f | sort")
    assert found.stdout.split() == ["./app/file", "./conf/file", "./hook/file"]
    child.send_signal(signal.SIGINT)
    assert "Watch disabled" in child.communicate(timeout=SECONDS)[0]
    assert child.returncode == 0
    assert run.logs(*files, "web", having="started\nstarted\n") == "started\nstarted\n"


def test_orphans_are_listed_killed_and_removed_on_demand(run):
    text = """
        services:
          a: {image: alpine, command: sleep 1000, stop_grace_period: 1s}
          old: {image: alpine, command: sleep 1000, stop_grace_period: 1s}
    """
    files = run.project(text)
    run(*files, "up", "-d")
    run.project(text.partition("old:")[0])

    assert run(*files, "ps", "--services").stdout == "a\nold\n"
    assert run(*files, "ps", "--services", "--orphans=false").stdout == "a\n"
    assert "old" not in run(*files, "kill").stderr
    assert "Container shop-old-1  Killed" in run(*files, "kill", "--remove-orphans").stderr
    gone = run(*files, "run", "--rm", "--remove-orphans", "a", "true")
    assert (gone.returncode, "Container shop-old-1  Removed" in gone.stderr) == (0, True)
    assert run(*files, "ps", "-a", "--format", "{{.Service}}").stdout == "a\n"
