"""Services in their views, through the command line: what they see, may do, and leave."""

import json
import os
import select
import signal
import time
from pathlib import Path

import pytest

from composekit.sandbox.capabilities import NAMES

pytestmark = pytest.mark.integration

SECONDS = 60.0
PROJECT = """
name: shop
services:
  web:
    image: busybox
    command: [sleep, "1234"]
    user: "12:34"
    group_add: ["56"]
    hostname: window
    domainname: example.org
    secrets: [password, {source: token, target: /run/token, mode: 0440}]
    configs: [{source: settings, target: /etc/settings.json}]
    volumes:
      - data:/data
      - ./page.html:/srv/page.html:ro
      - {type: tmpfs, target: /cache, tmpfs: {size: 1m}}
    ulimits: {nofile: {soft: 100, hard: 200}}
    cpuset: "FIRST"
    stop_grace_period: 100s
  beside:
    image: busybox
    command: sh -c 'sleep 1000'
    pid: service:web
    ipc: service:web
    volumes_from: ["web:ro"]
    stop_grace_period: 1s
  tight:
    image: busybox
    command: [sleep, "1000"]
    read_only: true
    shm_size: 2m
    init: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: ["/run/mine:size=1m,mode=700"]
    pids_limit: 50
    mem_limit: 64m
    healthcheck: {test: "test $$$$ -lt 100", interval: 1s}
    post_start: [{command: [sh, -c, "readlink /proc/1/ns/pid >/run/mine/hooked"]}]
secrets:
  password: {file: ./password.txt}
  token: {environment: TOKEN}
configs:
  settings: {content: "{}"}
volumes: {data: {}}
"""


@pytest.fixture(scope="module")
def shop(person):
    """Return the options that name the project, which is up."""
    processor = str(min(os.sched_getaffinity(0)))
    options = person.project(PROJECT.replace("FIRST", processor), **{"password.txt": "secret", "page.html": "<p>"})
    os.chmod(os.path.join(person.folder, "shop", "password.txt"), 0o600)
    done = person(*options, "up", "-d", "--wait", TOKEN="knock")
    assert done.returncode == 0, done.stderr
    return options


@pytest.fixture
def inside(person, shop):
    """Run a shell text in a service and return what it printed."""
    return lambda service, text: person.says(*shop, "exec", "-T", service, "sh", "-c", f"{text} 2>&1; true")


@pytest.mark.needs_view("processes")
def test_a_service_is_the_first_of_its_processes_and_another_shares_them(inside):
    assert inside("web", "readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc") == inside(
        "beside", "readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc"
    )
    assert inside("beside", "tr '\\0' ' ' </proc/1/cmdline") == "sleep 1234 "
    assert inside("tight", "cat /proc/1/comm") == "composekit-init\n"


@pytest.mark.needs_view("processes")
def test_shared_memory_is_shared_by_those_who_share_objects(inside):
    inside("web", "echo hello >/dev/shm/x")

    assert inside("beside", "cat /dev/shm/x") == "hello\n"
    assert inside("tight", "ls -A /dev/shm") == ""


@pytest.mark.needs_view("processes")
def test_health_checks_and_hooks_run_among_the_services_processes(inside, person, shop):
    status = json.loads(person.says(*shop, "ps", "--format", "json", "tight").splitlines()[0])

    assert status["Health"] == "healthy"
    assert inside("tight", "cat /run/mine/hooked") == inside("tight", "readlink /proc/1/ns/pid")


@pytest.mark.needs_view("files")
def test_a_secret_is_readable_by_the_services_user_alone(inside, person):
    if person.is_root:
        assert inside("web", "cat /run/secrets/password; stat -c ' %a %u %g' /run/secrets/password").split() == [
            "secret", "400", "12", "34",
        ]  # fmt: skip
    else:
        assert inside("web", "cat /run/secrets/password") == "secret"
    assert inside("web", "cat /run/token; stat -c ' %a' /run/token").split() == ["knock", "440"]
    assert "No such file" in inside("tight", f"ls {person.state}/projects/shop/files/objects")
    closed = os.stat(person.state)
    assert closed.st_mode & 0o077 == 0


@pytest.mark.needs_view("files")
def test_what_is_asked_for_read_only_cannot_be_written(inside):
    for service, path in (
        ("web", "/srv/page.html"),
        ("web", "/run/secrets/password"),
        ("beside", "/data/x"),
        ("tight", "/x"),
        ("tight", "/usr/x"),
    ):
        shown = inside(service, f"touch {path}")
        assert "Read-only file system" in shown or "Permission denied" in shown, (service, path)


@pytest.mark.needs_view("files")
def test_volumes_are_taken_from_another_service(inside):
    inside("web", "echo from web >/data/written")

    assert inside("beside", "cat /data/written /srv/page.html; df -k --output=size /cache | tail -1").split() == [
        "from", "web", "<p>", "1024",
    ]  # fmt: skip


@pytest.mark.needs_view("names")
def test_names_and_limits_are_the_services_own(inside):
    names = inside("web", "hostname; hostname -f; cat /proc/sys/kernel/domainname; ulimit -Sn; ulimit -Hn")
    sizes = inside("tight", "df -k --output=size /dev/shm | tail -1")
    sizes += inside("web", "grep Cpus_allowed_list /proc/self/status")

    assert names.split() == ["window", "window.example.org", "example.org", "100", "200"]
    assert sizes.split() == ["2048", "Cpus_allowed_list:", str(min(os.sched_getaffinity(0)))]


@pytest.mark.needs_view("rights")
def test_rights_are_those_of_a_container(inside, person, shop):
    if not person.is_root:
        assert inside("web", "id -u; grep CapEff /proc/self/status").split() == [str(person.uid), "CapEff:", "0" * 16]
        return
    assert inside("web", "id -u; id -g; id -G").split() == ["12", "34", "34", "56"]
    assert inside("tight", "grep -E 'CapEff|CapBnd' /proc/self/status").split()[1::2] == ["0" * 16] * 2
    assert inside("web", "grep CapBnd /proc/self/status").split()[1] == "00000000a80425fb"
    assert inside("tight", "grep NoNewPrivs /proc/self/status").split()[1] == "1"
    assert person.says(*shop, "exec", "-T", "--privileged", "-u", "0", "web", "chroot", "/", "id", "-u") == "0\n"
    shown = person.says(*shop, "exec", "-T", "--privileged", "-u", "0", "web", "grep", "CapEff", "/proc/self/status")
    assert int(shown.split()[1], 16) & 1 << NAMES.index("SYS_ADMIN")


@pytest.mark.needs_view("processes")
def test_control_groups_limit_what_they_can(inside, person):
    groups = person.traces()["groups"]
    if not groups:
        pytest.skip("this user may make no control groups here")
    assert any("pids" in path or Path(path, "pids.max").exists() for path in groups)
    limits = [Path(path, "pids.max") for path in groups if Path(path, "pids.max").exists()]
    assert [path.read_text(encoding="ascii") for path in limits] == ["50\n"]
    assert "shop-tight-1" in inside("tight", "cat /proc/self/cgroup")


@pytest.mark.needs_view("processes")
def test_a_new_supervisor_adopts_what_the_killed_one_left(person, shop, inside):
    before = inside("web", "readlink /proc/self/ns/pid; cat /proc/1/stat")
    pid = next(pid for pid, words in person.processes().items() if "runtime.daemon" in words and _is_daemon(pid))
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    assert select.select([ended], [], [], SECONDS)[0]
    os.close(ended)

    assert person.says(*shop, "ps", "-q").count("\n") == 3
    assert inside("web", "readlink /proc/self/ns/pid; cat /proc/1/stat") == before


def _is_daemon(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip() == "composekit-sup"


@pytest.mark.needs_view("processes")
def test_who_cannot_hear_the_stop_signal_is_not_waited_for(person, shop):
    began = time.monotonic()
    person.says(*shop, "stop")
    status = [json.loads(line) for line in person.says(*shop, "ps", "-a", "--format", "json").splitlines()]
    codes = {one["Service"]: one["ExitCode"] for one in status}

    assert time.monotonic() - began < 90  # the grace period of web alone is 100 seconds
    assert codes == {"web": 137, "beside": 143, "tight": 143}  # an init passes the signal on


@pytest.mark.needs_view("files")
def test_down_leaves_volumes_and_down_v_leaves_nothing(person, shop):
    assert person(*shop, "up", "-d", "--no-deps", "tight", "web", TOKEN="knock").returncode == 0
    during = person.traces()
    person.says(*shop, "down", "-t", "1")
    after = person.traces()
    volumes = os.path.join(person.state, "volumes")
    person.says(*shop, "down", "-v")
    last = person.traces()

    assert during["namespaces"]
    assert during["mounts"] == []  # they are the services' alone from the beginning
    assert after["files"] == sorted(
        [person.folder, os.path.join(person.folder, "run"), person.state, volumes, os.path.join(volumes, "shop_data")]
    )
    assert {**after, "files": []} == {**last, "files": []} == {key: [] for key in after}
    assert last["files"] == [person.folder, os.path.join(person.folder, "run")]


BUILT = """
name: built
services:
  first:
    build: .
    command: [sleep, "1000"]
    volumes: ["store:/srv/store", "/srv/own", "bare:/srv/bare:nocopy"]
    stop_signal: SIGKILL
  late:
    image: busybox
    command: [sleep, "1000"]
    volumes: [{type: volume, source: store, target: /part, volume: {subpath: some/part}}]
    depends_on: [first]
    stop_signal: SIGKILL
volumes: {store: {}, bare: {}}
"""
DOCKERFILE = """FROM debian
COPY made /srv/store/some/part
COPY made /srv/own
COPY made /srv/bare
RUN chmod 750 /srv/store/some && ln -s some/part /srv/store/link
"""


@pytest.mark.needs_view("builds")
def test_an_empty_volume_takes_what_was_built_into_the_image(person):
    options = person.project(BUILT, "built", Dockerfile=DOCKERFILE, **{"made/file": "from the image"})
    person.says(*options, "up", "-d", "--wait")
    store = os.path.join(person.state, "volumes", "built_store")
    try:
        shown = person.says(
            *options, "exec", "-T", "first", "sh", "-c", "cat /srv/store/link/file /srv/own/file; ls /srv/bare"
        )
        assert shown == "from the image" * 2
        assert person.says(*options, "exec", "-T", "late", "cat", "/part/file") == "from the image"
        assert sorted(os.listdir(store)) == ["link", "some"]
        assert os.stat(f"{store}/some").st_mode & 0o777 == 0o750
        person.says(*options, "exec", "-T", "first", "rm", "-r", "/srv/store/some", "/srv/store/link")
        person.says(*options, "restart", "first")
        assert sorted(os.listdir(store)) == ["link", "some"]  # an empty volume again is one before its first use
    finally:
        person.says(*options, "down", "-v", "--rmi", "all")


def test_a_missing_external_volume_stops_up_before_anything_starts(person):
    text = "services: {a: {image: busybox, volumes: ['shared:/v']}}\nvolumes: {shared: {external: true}}\n"
    options = person.project(text, "outside")
    done = person(*options, "up", "-d")

    assert done.returncode == 1
    assert "external volume 'shared' not found" in done.stderr
    assert not os.path.exists(os.path.join(person.state, "projects", "outside"))


@pytest.mark.needs_view("files")
def test_mounts_that_cannot_be_are_told_and_leave_nothing(person):
    os.symlink("round", os.path.join(person.folder, "round"))
    text = f"""
    services:
      a: {{image: busybox, volumes: ["{person.folder}/round:/mnt"]}}
      b: {{image: busybox, volumes: ["./compose.yaml:/etc"]}}
    """
    options = person.project(text, "odd")
    done = person(*options, "up", "-d")
    person.says(*options, "down", "-v")

    assert done.returncode == 1
    assert "Too many levels of symbolic links" in done.stderr
    assert "cannot mount a file onto a directory: /etc" in done.stderr
