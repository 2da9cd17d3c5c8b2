"""Views, entered for real in child processes."""

import os
import subprocess
import sys
import tempfile
import textwrap

import pytest
from situation import reason_to_skip

from composekit.sandbox.capabilities import kept
from composekit.sandbox.probe import probe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has private views"),
]

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

RUN = """
import json, os, sys
from composekit.sandbox.enter import enter, join
from composekit.sandbox.spaces import part
view = json.loads(sys.argv[1])
if len(sys.argv) > 3:
    join(int(sys.argv[3]), view)
else:
    part(view)
    if view.get("pids") or view.get("pid_of"):
        child = os.fork()
        if child:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    enter(view)
os.execv("/bin/sh", ["/bin/sh", "-c", sys.argv[2]])
"""


@pytest.fixture
def scratch():
    """A directory that overlayfs takes as a layer, which a temporary file system in a test's place may not be."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        yield directory


SOMEBODY = 54321  # an ordinary user, whom no list knows


def python_for(*, ordinary: bool) -> str:
    """Return an interpreter that this user may run: ours may lie in root's own directory."""
    for python in (sys.executable, "/usr/bin/python3"):
        words = [python, "-c", "import composekit, sys; sys.exit(sys.version_info < (3, 11))"]
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT}
        try:
            if not ordinary or subprocess.run(words, user=SOMEBODY, env=environ, check=False).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no interpreter here, or not this folder, can be used by everybody")


@pytest.fixture(params=["overlay", "skeleton", "ordinary user"] if os.geteuid() == 0 else ["skeleton"])
def see(request, scratch):
    """Run a shell text in a view and return what it printed; standard error is part of it.

    For an ordinary user, all that a test made in `scratch` is his.
    """
    best = probe(scratch).kind
    if best == "none":
        pytest.skip("this machine allows no views")
    if request.param == "overlay" and best != "overlay":
        pytest.skip(reason_to_skip("needs_root", "files") or "this machine allows no overlay")
    ordinary = request.param == "ordinary user"

    def run(text: str, **view) -> str:
        import json

        kind = "skeleton" if ordinary else request.param
        if ordinary:
            for folder, names, files in os.walk(scratch):
                for name in (".", *names, *files):
                    os.chown(os.path.join(folder, name), SOMEBODY, SOMEBODY, follow_symlinks=False)
        made = {"kind": kind, "scratch": os.path.join(scratch, "view"), "cwd": "/", **view}
        code = textwrap.dedent(RUN)
        done = subprocess.run(
            [python_for(ordinary=ordinary), "-c", code, json.dumps(made), text],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": ROOT},
            **({"user": SOMEBODY, "group": SOMEBODY, "extra_groups": []} if ordinary else {}),
        )
        return done.stdout

    run.kind = request.param
    run.is_root = not ordinary and os.geteuid() == 0
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
    mount = {"kind": "tmpfs", "target": "/ck-cache", "options": ["size=1m", "mode=750"]}

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


def test_a_read_only_view_can_be_written_in_its_mounts_only(see, scratch):
    os.mkdir(f"{scratch}/volume")
    mounts = [
        {"kind": "tmpfs", "target": "/ck-cache"},
        {"kind": "bind", "source": f"{scratch}/volume", "target": "/ck-data"},
    ]
    text = "touch /usr/ck-x; touch /ck-x; for it in /ck-cache /ck-data /dev/shm; do touch $it/x && echo $it; done"
    shown = see(f"{text}; echo >/dev/null && echo null", mounts=mounts, read_only=True, pids="own")

    assert shown.count("Read-only file system") == 2
    assert shown.split("\n")[2:] == ["/ck-cache", "/ck-data", "/dev/shm", "null", ""]


def test_no_program_gives_more_rights(see):
    assert see("grep NoNewPrivs /proc/self/status", no_new_privileges=True).split() == ["NoNewPrivs:", "1"]


def test_shared_memory_is_the_views_own_and_has_its_size(see):
    shown = see("df -k --output=size /dev/shm | tail -1; ls -A /dev/shm | wc -l", shm_size=2 << 20)

    assert shown.split() == ["2048", "0"]


def test_a_tmpfs_takes_no_programs_and_no_devices_unless_told(see):
    mounts = [
        {"kind": "tmpfs", "target": "/ck-a"},
        {"kind": "tmpfs", "target": "/ck-b", "options": ["exec", "suid", "dev", "ro"]},
    ]
    shown = see("grep ' /ck-' /proc/self/mounts", mounts=mounts).split("\n")

    assert [{"nosuid", "nodev", "noexec", "ro"} & set(line.split()[3].split(",")) for line in shown[:2]] == [
        {"nosuid", "nodev", "noexec"},
        {"ro"},
    ]


def test_a_part_of_a_volume_is_mounted_and_does_not_lead_out(see, scratch):
    os.makedirs(f"{scratch}/src/a/b")
    os.symlink("/etc", f"{scratch}/src/out")
    mount = {"kind": "bind", "source": f"{scratch}/src", "subpath": "a", "target": "/ck-part"}

    assert see("ls /ck-part", mounts=[mount]) == "b\n"
    assert "has no 'missing'" in see("ls", mounts=[{**mount, "subpath": "missing"}])
    assert "has no 'out/hostname'" in see("ls", mounts=[{**mount, "subpath": "out/hostname"}])


@pytest.mark.parametrize(("target", "source"), [("/etc", "file"), ("/etc/hostname", "dir")])
def test_files_and_directories_are_not_mounted_onto_each_other(see, scratch, target, source):
    os.mkdir(f"{scratch}/dir")
    with open(f"{scratch}/file", "w", encoding="utf-8"):
        pass

    assert "cannot mount a" in see("true", mounts=[{"kind": "bind", "source": f"{scratch}/{source}", "target": target}])


def test_a_source_that_goes_round_is_told(see, scratch):
    os.symlink("b", f"{scratch}/a")
    os.symlink("a", f"{scratch}/b")
    shown = see("true", mounts=[{"kind": "bind", "source": f"{scratch}/a", "target": "/mnt"}])

    assert f"cannot mount '{scratch}/a' at /mnt: Too many levels of symbolic links" in shown


def test_an_empty_volume_takes_what_the_image_holds(see, scratch):
    for name in ("image", "volume", "used"):
        os.mkdir(f"{scratch}/{name}")
    os.mkdir(f"{scratch}/image/data")
    with open(f"{scratch}/image/data/x", "w", encoding="utf-8") as file:
        file.write("from the image")
    os.chmod(f"{scratch}/image/data/x", 0o640)
    os.symlink("x", f"{scratch}/image/data/link")
    os.mkdir(f"{scratch}/used/already")
    copy = {"kind": "copy", "sources": [f"{scratch}/image"], "target": "/ck-app"}
    volume = {"kind": "bind", "source": f"{scratch}/volume", "target": "/ck-app/data", "fill": True}

    assert see("cat /ck-app/data/link; echo y >/ck-app/data/y", mounts=[copy, volume]) == "from the image"
    assert sorted(os.listdir(f"{scratch}/volume")) == ["link", "x", "y"]
    assert os.stat(f"{scratch}/volume/x").st_mode & 0o777 == 0o640
    assert see("ls /ck-app/data", mounts=[copy, {**volume, "source": f"{scratch}/used"}]) == "already\n"


def test_the_machines_own_files_do_not_go_into_a_volume(see, scratch):
    os.mkdir(f"{scratch}/volume")
    see("true", mounts=[{"kind": "bind", "source": f"{scratch}/volume", "target": "/etc", "fill": True}])

    assert os.listdir(f"{scratch}/volume") == []


def test_the_service_is_the_first_of_its_processes(see):
    shown = see("echo $$; ls -d /proc/[0-9]* | wc -l; readlink /proc/self/exe | wc -l", pids="own")

    assert shown.split()[0] == "1"
    assert int(shown.split()[1]) <= 4


def test_an_init_stands_before_the_service_and_passes_its_code_on(see, scratch):
    assert see("cat /proc/1/comm; echo $$", pids="own", init=True).split()[-1] == "2"


def test_system_v_objects_are_the_services_own(see):
    assert see("ipcmk -Q >/dev/null; ipcs -q | grep -c 0x", pids="own", ipc="own") == "1\n"
    assert see("ipcs -q | grep -c 0x", pids="own", ipc="own") == "0\n"


def test_the_folder_for_state_is_hidden_but_not_what_is_mounted_from_it(see, scratch):
    os.makedirs(f"{scratch}/state/volume")
    with open(f"{scratch}/state/secret", "w", encoding="utf-8") as file:
        file.write("secret")
    mount = {"kind": "bind", "source": f"{scratch}/state/volume", "target": "/ck-data"}
    shown = see(f"cat {scratch}/state/secret; touch /ck-data/x", mounts=[mount], hide=[f"{scratch}/state"])

    assert "No such file" in shown
    assert os.listdir(f"{scratch}/state/volume") == ["x"]


def test_limits_are_set(see):
    assert see("ulimit -n", limits=[["nofile", 100, 200]]) == "100\n"


def test_files_are_made_for_everybody_to_read(see, scratch):
    os.mkdir(f"{scratch}/src")
    mount = {"kind": "bind", "source": f"{scratch}/src", "target": "/mnt", "read_only": False}
    see("touch /mnt/x", mounts=[mount])

    assert os.stat(f"{scratch}/src/x").st_mode & 0o777 == 0o644


def test_the_user_is_become_last(see):
    if not see.is_root:
        pytest.skip(reason_to_skip("needs_root", "users") or "this one is no root")
    assert see("id -u; id -g; id -G", user=[12, 34, [34, 56]]).split() == ["12", "34", "34", "56"]


CAPABILITIES = "grep -E 'Cap(Prm|Eff|Bnd|Inh|Amb)' /proc/self/status"


def test_root_keeps_the_capabilities_of_a_container(see):
    if not see.is_root:
        pytest.skip(reason_to_skip("needs_root", "rights") or "this one is no root")
    shown = see(CAPABILITIES, capabilities=kept((), ()))

    assert {line.split()[0]: line.split()[1] for line in shown.splitlines()} == {
        "CapInh:": "0000000000000000",
        "CapPrm:": "00000000a80425fb",
        "CapEff:": "00000000a80425fb",
        "CapBnd:": "00000000a80425fb",
        "CapAmb:": "0000000000000000",
    }


def test_somebody_else_keeps_none_but_to_listen_on_every_port(see):
    if not see.is_root:
        assert see(CAPABILITIES).split()[3] == "0" * 16
        return
    shown = see(CAPABILITIES, capabilities=kept((), ()), user=[12, 34, []]).split()[1::2]

    assert shown == ["0000000000000400"] * 3 + ["00000000a80425fb", "0000000000000400"]
    assert see(CAPABILITIES, capabilities=kept((), ("ALL",)), user=[12, 34, []]).split()[1::2] == ["0" * 16] * 5


def test_what_is_the_whole_machines_can_only_be_read(see):
    shown = see("echo x >/proc/sys/kernel/hostname; cat /proc/kcore | head -c 1 | wc -c; touch /sys/x",
                masks=True, pids="own")  # fmt: skip

    assert "hostname: Read-only file system" in shown
    assert "\n0\n" in shown


def test_a_processor_is_chosen(see):
    first = min(os.sched_getaffinity(0))

    assert see("grep Cpus_allowed_list /proc/self/status", processors=[first]).split()[1] == str(first)


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
