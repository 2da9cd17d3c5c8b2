"""What a new daemon makes of what it finds: other versions, another boot, other processes' pids, other users."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_supervise_daemon import SECONDS, forever, gone, running_in, shell

from composekit.errors import SupervisorError
from composekit.supervise import process, protocol
from composekit.supervise.client import Client
from composekit.supervise.home import STATE_VERSION
from composekit.supervise.spec import RestartPolicy

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


@pytest.fixture
def project(tmp_path):
    with running_in(tmp_path) as running:
        yield running


def kill_shim_of(pid):
    """kill -9 of a service and of the process that watches it, as a machine going down does; returns once they died."""
    shim = int(process._stat(pid)[1])
    ends = [os.pidfd_open(one) for one in (shim, pid)]
    for one in (shim, pid):
        os.kill(one, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], SECONDS)[0]
        os.close(end)


def rewrite(path, **facts):
    found = json.loads(Path(path).read_bytes())
    Path(path).write_text(json.dumps({**found, **facts}), encoding="ascii")


def test_the_state_says_which_version_it_is_of(project):
    assert json.loads(Path(project.home.path("project.json")).read_bytes())["v"] == STATE_VERSION


def test_state_of_a_newer_version_is_left_alone(project):
    project.client.apply([forever("a")])
    pid = project.wait()["p-a-1"].pid
    project.kill_daemon()
    rewrite(project.home.path("project.json"), v=STATE_VERSION + 1)
    before = Path(project.home.replica("p-a-1", "state.json")).read_bytes()
    with pytest.raises(SupervisorError, match="was written by a newer composekit") as caught:
        project.start()
    assert caught.value.hint == "use that one for this project, or take the project down with it first"
    assert Path(project.home.replica("p-a-1", "state.json")).read_bytes() == before
    assert not gone(pid)
    rewrite(project.home.path("project.json"), v=STATE_VERSION)
    project.start()
    assert project.one("p-a-1").pid == pid


def test_state_of_an_older_version_is_taken_over_as_far_as_it_goes(project):
    project.client.apply([forever("a"), shell("b", "exit 3")])
    pid = project.wait()["p-a-1"].pid
    project.wait("b", until="exited")
    project.kill_daemon()
    os.unlink(project.home.path("project.json"))  # nothing said which version it was
    for name in ("p-a-1", "p-b-1"):
        path = project.home.replica(name, "state.json")
        found = json.loads(Path(path).read_bytes())
        for later in ("hook", "trouble", "stop_grace_seconds"):
            del found[later]
        Path(path).write_text(json.dumps(found), encoding="ascii")
    project.start()
    assert (project.one("p-a-1").phase, project.one("p-a-1").pid) == ("running", pid)
    assert (project.one("p-b-1").phase, project.one("p-b-1").exit_code) == ("exited", 3)


def test_a_restart_of_the_machine_is_told_and_nobody_is_taken_for_alive(project):
    project.client.apply([forever("a"), forever("b", restart=RestartPolicy("always"))])
    pids = [one.pid for one in project.wait().values()]
    project.kill_daemon()
    for name, pid in zip(("p-a-1", "p-b-1"), pids, strict=True):
        kill_shim_of(pid)
        # As if another boot had given the numbers to others.
        rewrite(project.home.replica(name, "live.json"), boot="another", shim=os.getpid(), pid=os.getpid())
    project.start()
    found = {one.group: (one.phase, one.exit_code, one.reason) for one in project.client.status()}
    assert found["a"] == ("exited", 255, "the machine was restarted")
    assert found["b"][0] == "exited"
    assert "run 'up' again" in found["b"][2]
    assert project.client.notices()[-1]["text"] == (
        "the supervisor was killed; 0 processes adopted, 2 had ended meanwhile"
    )


@pytest.mark.parametrize("taken", ["shim", "pid"])
def test_a_process_that_got_the_number_of_one_that_ended_is_left_alone(project, taken):
    project.client.apply([forever("a")])
    pid = project.wait()["p-a-1"].pid
    project.kill_daemon()
    kill_shim_of(pid)
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as stranger:
        started = process.birth(stranger.pid).started
        rewrite(project.home.replica("p-a-1", "live.json"), **{taken: stranger.pid, f"{taken}_started": started - 1})
        project.start()
        assert (project.one("p-a-1").phase, project.one("p-a-1").exit_code) == ("exited", 255)
        assert not gone(stranger.pid)
        project.client.remove()
        assert not gone(stranger.pid)
        stranger.kill()


def test_a_command_of_another_version_is_told_what_to_do(project, monkeypatch):
    monkeypatch.setattr(protocol, "VERSION", protocol.VERSION + 1)
    with Client.connect(project.home) as other, pytest.raises(SupervisorError) as caught:
        other.status()
    monkeypatch.undo()
    assert caught.value.code == "version-mismatch"
    assert "different versions" in str(caught.value)
    assert "'down' with the composekit that started the project" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused_even_where_the_directory_is_open(project):
    ask = f"""
import socket, sys
peer = socket.socket(socket.AF_UNIX)
try:
    peer.connect({project.home.socket_path!r})
    print(peer.recv(4096))
except PermissionError:
    print("closed")
"""
    answers = []
    for mode in (0o700, 0o755):
        os.chmod(project.home.runtime_dir, mode)
        os.chmod(project.home.socket_path, 0o600 if mode == 0o700 else 0o666)
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", ask], user=65534, group=65534, extra_groups=[], capture_output=True,
            text=True, check=False, cwd="/", timeout=SECONDS, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        answers.append(done.stdout + done.stderr)
    if "No such file" in answers[0]:
        pytest.skip("there is no python3 that everybody may run")
    assert answers[0] == "closed\n"
    assert "not-yours" in answers[1]
    assert "replicas" not in answers[1]
