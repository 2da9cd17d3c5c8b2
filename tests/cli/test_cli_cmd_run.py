"""`run` for real: streams, exit codes, what it leaves behind, dependencies, terminals."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from composekit.model.service import Dependency, Mount, Port, Service, ServiceNetwork
from composekit.runtime.oneoff import Changes, changed_service

real = pytest.mark.integration


def names(shop, *words):
    found = shop("ps", "-a", "--format", "json", *words)
    return {one["Name"]: one for one in map(json.loads, found.stdout.splitlines())}


@real
def test_streams_and_exit_code_are_the_commands(shop):
    done = subprocess.run(
        shop.runner.command(*shop.files, "run", "--rm", "web", "sh", "-c", "cat; echo oh >&2; exit 5"),
        input="a\nb", capture_output=True, text=True, timeout=60, check=False, env=shop.runner.environ,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (5, "a\nb", "oh\n")


@real
def test_output_arrives_whole_through_a_slow_reader(shop):
    with subprocess.Popen(
        shop.runner.command(*shop.files, "run", "--rm", "web", "head", "-c", "3000000", "/dev/zero"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=shop.runner.environ,
    ) as done:  # fmt: skip
        seen = 0
        while chunk := os.read(done.stdout.fileno(), 1000):
            seen += len(chunk)

    assert (seen, done.wait(timeout=60)) == (3000000, 0)


@real
def test_what_is_not_removed_is_listed_as_one_off_of_its_service(shop):
    assert shop("run", "web", "sh", "-c", "exit 4").returncode == 4

    (name,) = [name for name in names(shop) if re.fullmatch("shop-web-run-[0-9a-f]{12}", name)]
    one = names(shop)[name]
    assert (one["Service"], one["State"], one["ExitCode"]) == ("web", "exited", 4)
    assert "com.docker.compose.oneoff=True" in one["Labels"]
    assert name not in names(shop, "job")
    assert name not in shop("ps").stdout
    shop("-p", "shop", "rm", "-f", name.removeprefix("shop-"))


@real
def test_a_detached_one_runs_on_and_ends_with_down(shop):
    done = shop("run", "-d", "--name", "elsewhere", "web", "sleep", "986")

    assert re.fullmatch("[0-9a-f]{64}\n", done.stdout)
    assert names(shop)["elsewhere"]["State"] == "running"
    again = shop("run", "--name", "elsewhere", "web", "true")
    assert (again.returncode, "already in use" in again.stderr) == (1, True)


@real
def test_a_detached_one_is_removed_at_its_end_on_demand(shop):
    assert shop("run", "-d", "--rm", "--name", "short", "web", "sleep", "0.5").returncode == 0
    deadline = time.monotonic() + 60
    while "short" in names(shop):
        assert time.monotonic() < deadline


@pytest.mark.needs_view("files")
@real
def test_options_change_the_service_for_this_once(shop, tmp_path):
    tmp_path.joinpath("note").write_text("from outside", encoding="utf-8")
    script = "pwd; echo $COLOR $SIZE; cat /mnt/note"
    words = (
        "--rm",
        "-e",
        "SIZE=big",
        "-v",
        f"{tmp_path}:/mnt:ro",
        "-w",
        "/mnt",
        "--entrypoint",
        "sh -c",
        "web",
        script,
    )

    assert shop("run", *words).stdout == "/mnt\nblue big\nfrom outside"


@real
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("nope",), 1, "no such service: nope"),
        (("--rm", "web", "no-such-program"), 1, "'no-such-program' is not a program on this machine"),
        (("-P", "-p", "80:80", "web"), 1, "--service-ports and --publish are incompatible"),
        (("-l", "x", "web"), 1, "label must be set as KEY=VALUE"),
        (("--labels", "x", "web"), 1, "label must be set as KEY=VALUE"),
        (("-p", "x", "web"), 1, "'x' is not a port"),
        (("--env-from-file", "/no/such", "web"), 1, "cannot read '/no/such': no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_said(shop, words, code, message):
    done = shop("run", *words)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


@real
def test_dependencies_are_started_and_waited_for(shop):
    files = shop.runner.project(
        """
        services:
          db:
            image: busybox
            command: sleep 985
            healthcheck: {test: ["CMD", "test", "-e", "/ready/yes"], interval: 1s, start_interval: 100ms}
            volumes: ["ready:/ready"]
            post_start: []
          late: {image: busybox, command: sh -c "sleep 0.5; touch /ready/yes", volumes: ["ready:/ready"]}
          task:
            image: busybox
            command: sh -c "ls /ready"
            volumes: ["ready:/ready"]
            depends_on: {db: {condition: service_healthy}, late: {condition: service_started}}
        volumes: {ready: {}}
        """,
        "needy",
    )
    done = shop.runner(*files, "run", "--rm", "task")
    alone = shop.runner(*files, "run", "--rm", "--no-deps", "task", "echo", "alone")
    shop.runner(*files, "down", "-v", "-t", "0")

    assert (done.returncode, done.stdout) == (0, "yes\n")
    assert (alone.returncode, alone.stdout) == (0, "alone\n")


@real
def test_a_lone_one_leaves_nothing_when_it_is_removed(shop):
    files = shop.runner.project("services: {a: {image: busybox}}", "lone")

    assert shop.runner(*files, "run", "--rm", "a", "echo", "hi").stdout == "hi\n"
    assert "lone" not in os.listdir(os.path.join(shop.runner.state, "projects"))


@real
def test_a_terminal_is_passed_through(typist):
    typist.start("run", "--rm", "web", "sh", "-c", "tty; stty size; read x; echo got $x; exit 3", size=(33, 77))
    seen = typist.read_until(b"33 77")
    typist.type(b"word\r")
    typist.read_until(b"got word")

    assert typist.end() == 3
    assert b"/dev/pts/" in seen
    assert typist.is_cooked()


@real
def test_the_keys_for_leaving_let_it_go_on_and_attach_comes_back(typist):
    typist.start("run", "--rm", "--name", "kept", "job", "sh", "-c", "echo ready; read x; echo got $x; read y")
    typist.read_until(b"ready")
    typist.type(b"\x10\x11")

    assert typist.end() == 0
    assert typist.is_cooked()
    typist.start("attach", "job")
    typist.await_raw()
    typist.type(b"word\r")
    typist.read_until(b"got word")
    typist.type(b"\r")
    assert typist.end() == 0
    _until(lambda: "kept" not in names(typist.shop))


@real
def test_a_signal_ends_the_command_alone_and_leaves_the_terminal_as_it_was(typist):
    typist.start("run", "--name", "left", "web", "sh", "-c", "echo ready; sleep 985")
    typist.read_until(b"ready")
    typist.process.terminate()

    assert typist.end() == 143
    assert typist.is_cooked()
    assert names(typist.shop)["left"]["State"] == "running"
    typist.shop("-p", "shop", "rm", "-sf", "left")


@real
def test_ctrl_c_before_it_starts_gives_it_up(shop):
    files = shop.runner.project(
        """
        services:
          sick: {image: busybox, command: sleep 984, healthcheck: {test: [CMD, "false"], interval: 100s}}
          job: {image: busybox, command: echo never, depends_on: {sick: {condition: service_healthy}}}
        """,
        "given-up",
    )
    with subprocess.Popen(
        shop.runner.command(*files, "run", "--rm", "--name", "waits", "job"),
        stdin=subprocess.DEVNULL, env=shop.runner.environ,
    ) as process:  # fmt: skip
        _until(lambda: "waiting for" in shop.runner(*files, "ps", "-a", "--no-trunc").stdout)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
    left = shop.runner(*files, "ps", "-a").stdout
    shop.runner(*files, "down", "-t", "0")

    assert (code, "waits" in left) == (130, False)


def _until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


SERVICE = Service(
    name="web",
    command=("serve",),
    entrypoint=("/enter",),
    container_name="fixed",
    restart="always",
    environment={"A": "1"},
    volumes=(Mount(source="data", target="/data"),),
    ports=(Port(target=80, published="8080"),),
    depends_on={"db": Dependency()},
    networks={"default": ServiceNetwork(aliases=("www",))},
)


def test_a_one_off_publishes_nothing_restarts_never_and_has_no_fixed_name():
    one = changed_service(SERVICE, "web-run-1", Changes())

    assert (one.name, one.ports, one.restart, one.container_name) == ("web-run-1", (), "", "")
    assert (one.command, one.entrypoint) == (("serve",), ("/enter",))
    assert one.networks["default"].aliases == ()


def test_words_replace_the_command_and_an_entrypoint_both():
    assert changed_service(SERVICE, "x", Changes(words=("ls",))).command == ("ls",)
    both = changed_service(SERVICE, "x", Changes(entrypoint=("sh",)))
    assert (both.entrypoint, both.command) == (("sh",), ())


def test_names_of_the_service_are_taken_only_on_demand():
    one = changed_service(SERVICE, "x", Changes(use_aliases=True))

    assert one.networks["default"].aliases == ("web", "www")


def test_without_dependencies_nothing_is_needed():
    assert changed_service(SERVICE, "x", Changes(with_dependencies=False)).depends_on == {}


def test_a_mount_takes_the_place_of_the_services_at_the_same_target():
    other = Mount(type="bind", source="/tmp", target="/data")

    assert changed_service(SERVICE, "x", Changes(mounts=(other,))).volumes == (other,)
    assert changed_service(SERVICE.with_values(volumes=()), "x", Changes(mounts=(other,))).volumes == (other,)


def test_capabilities_are_added_to_those_of_the_service():
    one = changed_service(
        SERVICE.with_values(cap_add=("CHOWN",)), "x", Changes(cap_add=("NET_ADMIN",), cap_drop=("ALL",))
    )

    assert (one.cap_add, one.cap_drop) == (("CHOWN", "NET_ADMIN"), ("ALL",))
