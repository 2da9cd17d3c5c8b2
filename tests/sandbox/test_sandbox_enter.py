"""Views, entered for real in child processes."""

import os
import subprocess
import sys
import tempfile
import textwrap

import pytest

from composekit.sandbox.probe import probe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has private views"),
]

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

RUN = """
import json, os, sys
from composekit.sandbox.enter import enter, join
view = json.loads(sys.argv[1])
if len(sys.argv) > 3:
    join(int(sys.argv[3]), view)
else:
    enter(view)
os.execv("/bin/sh", ["/bin/sh", "-c", sys.argv[2]])
"""


@pytest.fixture
def scratch():
    """A directory that overlayfs takes as a layer, which a temporary file system in a test's place may not be."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        yield directory


@pytest.fixture(params=["overlay", "skeleton"])
def see(request, scratch):
    """Run a shell text in a view and return what it printed; standard error is part of it."""
    best = probe(scratch).kind
    if best == "none" or (request.param == "overlay" and best != "overlay"):
        pytest.skip(f"this machine allows '{best}' at most")

    def run(text: str, **view) -> str:
        import json

        made = {"kind": request.param, "scratch": os.path.join(scratch, "view"), "cwd": "/", **view}
        code = textwrap.dedent(RUN)
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(made), text],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": ROOT},
        )
        return done.stdout

    run.kind = request.param
    return run


def test_the_host_name_is_its_own(see):
    assert see("hostname", hostname="replica-1") == "replica-1\n"


def test_a_bind_appears_where_nothing_was_and_leaves_nothing_there(see, scratch):
    os.mkdir(f"{scratch}/src")
    with open(f"{scratch}/src/x", "w", encoding="utf-8") as file:
        file.write("hello")
    mount = {"kind": "bind", "source": f"{scratch}/src", "target": "/ck-nowhere/html", "read_only": False}

    assert see("cat /ck-nowhere/html/x; echo new >/ck-nowhere/html/y", mounts=[mount]) == "hello"
    assert sorted(os.listdir(f"{scratch}/src")) == ["x", "y"]
    assert not os.path.exists("/ck-nowhere")


def test_a_read_only_bind_cannot_be_written(see, scratch):
    os.mkdir(f"{scratch}/src")
    mount = {"kind": "bind", "source": f"{scratch}/src", "target": "/mnt", "read_only": True}

    assert "Read-only file system" in see("touch /mnt/x", mounts=[mount])


def test_a_file_is_mounted_as_a_file(see, scratch):
    with open(f"{scratch}/hosts", "w", encoding="utf-8") as file:
        file.write("127.9.9.9 elsewhere\n")
    mounts = [
        {"kind": "bind", "source": f"{scratch}/hosts", "target": "/etc/hosts", "read_only": False},
        {"kind": "bind", "source": f"{scratch}/hosts", "target": "/run/ck-secrets/key", "read_only": True},
    ]

    assert see("getent hosts elsewhere; cat /run/ck-secrets/key", mounts=mounts).split() == [
        "127.9.9.9",
        "elsewhere",
        "127.9.9.9",
        "elsewhere",
    ]
    assert not os.path.exists("/run/ck-secrets")


def test_a_tmpfs_has_its_size_and_mode(see):
    mount = {"kind": "tmpfs", "target": "/ck-cache", "size": 1 << 20, "mode": 0o750}

    assert see("df -k --output=size /ck-cache | tail -1; stat -c %a /ck-cache", mounts=[mount]).split() == [
        "1024",
        "750",
    ]


def test_directories_are_laid_over_each_other_and_writing_reaches_neither(see, scratch):
    for name in "ab":
        os.mkdir(f"{scratch}/{name}")
        for file in (name, "both"):
            with open(f"{scratch}/{name}/{file}", "w", encoding="utf-8") as opened:
                opened.write(name)
    mount = {"kind": "copy", "sources": [f"{scratch}/a", f"{scratch}/b"], "target": "/ck-app"}
    shown = see("cat /ck-app/a /ck-app/b /ck-app/both; echo z >/ck-app/new; cat /ck-app/new", mounts=[mount])

    assert shown == "abbz\n"
    assert sorted(os.listdir(f"{scratch}/b")) == ["b", "both"]


def test_a_missing_working_directory_is_made(see):
    assert see("pwd", cwd="/ck-work/here") == "/ck-work/here\n"
    assert not os.path.exists("/ck-work")


def test_what_is_written_elsewhere_stays_in_the_replicas_own_layer(see, scratch):
    if see.kind != "overlay":
        pytest.skip("a skeleton shows the machine's own directories")
    see("echo x >/ck-written; echo y >/usr/ck-written")

    assert not os.path.exists("/ck-written")
    assert not os.path.exists("/usr/ck-written")
    assert see("cat /ck-written /usr/ck-written") == "x\ny\n"


def test_a_read_only_view_can_be_written_in_its_mounts_only(see):
    if see.kind != "overlay":
        pytest.skip("a skeleton shows the machine's own directories")
    mounts = [{"kind": "tmpfs", "target": "/ck-cache"}]
    shown = see("touch /usr/ck-x; touch /ck-cache/x && echo written", mounts=mounts, read_only=True)

    assert "Read-only file system" in shown
    assert shown.endswith("written\n")


def test_no_program_gives_more_rights(see):
    assert see("grep NoNewPrivs /proc/self/status", no_new_privileges=True).split() == ["NoNewPrivs:", "1"]


def test_shared_memory_is_the_views_own_and_has_its_size(see):
    shown = see("df -k --output=size /dev/shm | tail -1; ls -A /dev/shm | wc -l", shm_size=2 << 20)

    assert shown.split() == ["2048", "0"]


def test_limits_are_set(see):
    assert see("ulimit -n", limits=[["nofile", 100, 200]]) == "100\n"


def test_files_are_made_for_everybody_to_read(see, scratch):
    os.mkdir(f"{scratch}/src")
    mount = {"kind": "bind", "source": f"{scratch}/src", "target": "/mnt", "read_only": False}
    see("touch /mnt/x", mounts=[mount])

    assert os.stat(f"{scratch}/src/x").st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_user_is_become_last(see):
    assert see("id -u; id -g; id -G", user=[12, 34, [34, 56]]).split() == ["12", "34", "34", "56"]


def test_no_mount_is_left(see, scratch):
    see("true", mounts=[{"kind": "tmpfs", "target": "/ck-cache"}])
    with open("/proc/self/mounts", encoding="utf-8") as table:
        assert scratch not in table.read()


def test_another_process_joins_the_view(scratch):
    import json

    kind = probe(scratch).kind
    if kind == "none":
        pytest.skip("this machine allows no view")
    view = {"kind": kind, "scratch": f"{scratch}/view", "cwd": "/", "hostname": "joined"}
    code = textwrap.dedent(RUN)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT}
    with subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(view), "echo in; read line"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
    ) as service:
        assert service.stdout.readline() == b"in\n"
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(view), "hostname", str(service.pid)],
            capture_output=True,
            text=True,
            check=False,
            env=environ,
        )
        service.communicate(b"\n")

    assert (done.stdout, done.stderr) == ("joined\n", "")


def test_the_probe_leaves_nothing(tmp_path):
    probe(str(tmp_path))

    assert list(tmp_path.iterdir()) == []
