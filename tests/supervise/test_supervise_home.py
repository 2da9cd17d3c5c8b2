"""Paths, locks, private files, and facts about processes."""

import json
import os
import subprocess
import sys

import pytest

from composekit.errors import SupervisorError
from composekit.supervise import home as homes
from composekit.supervise import process
from composekit.supervise.home import (
    Home,
    default_runtime_dir,
    make_private,
    prepare,
    remove_half_made,
    try_lock,
    write_json,
)
from composekit.supervise.status import ReplicaStatus, read_state

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture
def home(tmp_path):
    made = Home(str(tmp_path / "root"), "p", str(tmp_path / "run"))
    os.makedirs(made.path("replicas"))
    return made


def test_two_projects_have_two_sockets(tmp_path):
    sockets = {Home(root, name, "/run/x").socket_path for root in ("/a", "/b") for name in ("p", "q")}
    assert len(sockets) == 4
    assert all(path.startswith("/run/x/") and len(path) == len("/run/x/") + 21 for path in sockets)


def test_a_socket_path_that_no_kernel_takes_is_refused(tmp_path):
    with pytest.raises(SupervisorError, match="too long"):
        prepare(Home(str(tmp_path), "p", str(tmp_path / ("x" * 100))))


def test_sockets_go_to_the_users_runtime_directory(tmp_path):
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "/tmp"}) == "/tmp/composekit"
    assert default_runtime_dir({}) == f"/tmp/composekit-{os.getuid()}"
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "relative"}) == f"/tmp/composekit-{os.getuid()}"


def test_a_directory_is_made_private_also_if_it_was_not(tmp_path):
    path = tmp_path / "open"
    path.mkdir(mode=0o777)
    make_private(str(path))
    assert path.stat().st_mode & 0o777 == 0o700


def test_another_users_directory_or_a_link_is_refused(tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(SupervisorError, match="belongs to another user"):
        make_private(str(tmp_path / "link"))
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(SupervisorError, match="belongs to another user"):
        make_private(str(tmp_path))


def test_one_lock_at_a_time(home):
    first = try_lock(home)
    assert try_lock(home) is None
    assert try_lock(home, shared=True) is None
    os.close(first)
    shared = [try_lock(home, shared=True) for _ in range(2)]
    assert None not in shared
    assert try_lock(home) is None
    for descriptor in shared:
        os.close(descriptor)


def test_a_lock_on_a_file_that_was_removed_meanwhile_does_not_count(home, monkeypatch):
    real = homes.fcntl.flock

    def flock_too_late(descriptor, how):
        os.unlink(home.path("lock"))
        real(descriptor, how)

    monkeypatch.setattr(homes.fcntl, "flock", flock_too_late)
    assert try_lock(home) is None


def test_a_file_is_replaced_whole_and_private(tmp_path):
    path = str(tmp_path / "x.json")
    write_json(path, {"a": 1})
    write_json(path, {"a": 2})
    with open(path, encoding="utf-8") as file:
        assert json.load(file) == {"a": 2}
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["x.json"]


def test_an_unreadable_state_is_no_state(home):
    for name, content in (("p-a-1", "{"), ("p-b-1", '{"phase": 3}'), ("p-c-1", "[]"), ("p-d-1", None)):
        os.makedirs(home.replica(name))
        if content is not None:
            with open(home.replica(name, "state.json"), "w", encoding="utf-8") as file:
                file.write(content)
    assert read_state(home) == []


def test_without_its_processes_what_ran_is_shown_as_ended(home):
    os.makedirs(home.replica("p-a-1"))
    facts = {"name": "p-a-1", "group": "a", "index": 1, "phase": "running", "run": 3, "pid": 1}
    write_json(home.replica("p-a-1", "state.json"), facts)
    write_json(
        home.replica("p-a-1", "live.json"), {"run": 3, "boot": "another", "shim": os.getpid(), "shim_started": 1}
    )
    (unseen,) = read_state(home)
    assert (unseen.phase, unseen.exit_code, unseen.pid, unseen.reason) == ("exited", None, None, "it ended unobserved")
    write_json(home.replica("p-a-1", "exit.json"), {"run": 3, "code": 4, "finished_at": 5.5, "reason": ""})
    (seen,) = read_state(home)
    assert (seen.phase, seen.exit_code, seen.finished_at, seen.reason) == ("exited", 4, 5.5, "")


def test_a_status_of_a_newer_supervisor_can_be_read():
    status = ReplicaStatus.from_json({"name": "p-a-1", "group": "a", "index": 1, "phase": "running", "mood": "fine"})
    assert status.phase == "running"


@linux
def test_a_process_is_known_by_more_than_its_pid():
    me = process.birth(os.getpid())
    assert process.is_alive(me)
    assert not process.is_alive(me._replace(started=me.started + 1))
    assert not process.is_alive(me._replace(boot="another"))


@linux
def test_a_zombie_is_not_alive():
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.birth(child.pid) is None
    child.wait()


@linux
def test_a_name_with_parentheses_and_spaces_does_not_confuse(tmp_path):
    odd = tmp_path / "a) R 1 (b"
    odd.symlink_to("/bin/sleep")
    child = subprocess.Popen([str(odd), "100"])
    try:
        assert child.pid in process.descendants(os.getpid())
    finally:
        child.kill()
        child.wait()


def test_where_the_kernel_tells_less_a_pid_must_do(monkeypatch):
    monkeypatch.setattr(process, "_LINUX", False)
    assert process.birth(os.getpid()) == process.Birth(os.getpid(), None, "")
    assert process.birth(2**22 + 1) is None
    assert process.descendants(os.getpid()) == []


@pytest.mark.integration
def test_everything_imports_where_linux_is_not():
    script = """
import os, sys
sys.platform = "darwin"
for name in ("pidfd_open", "memfd_create"):
    if hasattr(os, name):
        delattr(os, name)
import composekit.supervise.daemon, composekit.supervise.logs
from composekit.supervise import process
assert not process.become_subreaper() and process.open_pidfd(1) is None
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.integration
def test_a_client_is_light():
    script = """
import sys, composekit.supervise.client
print(*sorted({"dataclasses", "inspect", "subprocess", "asyncio", "ctypes", "logging"} & sys.modules.keys()))
"""
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == ""


@linux
def test_what_killed_writers_left_half_made_is_removed_and_nothing_else(home):
    with subprocess.Popen(["/bin/true"]) as dead:
        dead.wait()
    os.makedirs(home.replica("web"))
    for directory in (home.directory, home.replica("web")):
        for name in ("state.json", f"state.json.{dead.pid}", f"live.json.{os.getpid()}", "out.rest", "00000001.log"):
            open(os.path.join(directory, name), "w").close()

    remove_half_made(home)

    kept = {"state.json", f"live.json.{os.getpid()}", "out.rest", "00000001.log"}
    assert set(os.listdir(home.replica("web"))) == kept
    assert set(os.listdir(home.directory)) == {*kept, "replicas"}
