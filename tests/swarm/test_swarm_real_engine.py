"""Stacks on real engines: what docker makes of the same file, the life of a stack, three nodes, and faults."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from real_engine import Hub, named_engine, why_no_private_engine
from swarm_conversion import ROOT

pytestmark = pytest.mark.integration

PROJECT = Path(__file__).resolve().parents[2]
LIFECYCLE = Path(ROOT) / "lifecycle.yaml"
LOOP = '["sh", "-c", "trap exit TERM; while :; do sleep 1; done"]'
UNHEALTHY = "healthcheck: {test: [CMD, 'false'], interval: 1h}"
QUICK = "stop_grace_period: 0s, deploy: {update_config: {monitor: 1s}}"


@pytest.fixture(scope="session")
def hub():
    reason = why_no_private_engine()
    if reason:
        pytest.skip(f"{reason}, and DOCKER_HOST names no swarm manager")
    folder = Path(tempfile.mkdtemp(prefix="ck-"))  # a unix socket's path must be short
    made = Hub(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def manager(request):
    """A swarm manager: that of DOCKER_HOST, else a private one."""
    made = named_engine()
    if made is None:
        made = request.getfixturevalue("hub").engine()
        made.init()
        yield made
        return
    yield made
    made.close()


class Stack:
    """The command line, in a folder, for one engine."""

    def __init__(self, folder, host, name):
        self.folder = folder
        self.name = name
        self.environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DOCKER_HOST": host,
            "PYTHONPATH": str(PROJECT),
        }

    def write(self, text):
        (self.folder / "compose.yaml").write_text(text, encoding="utf-8")

    def start(self, line):
        words = [sys.executable, "-m", "composekit", "stack", *line.split(), self.name]
        return subprocess.Popen(
            words, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, line, text=None):
        if text is not None:
            self.write(text)
        program = self.start(line)
        out, err = program.communicate(timeout=180)
        return program.returncode, out, err

    def docker(self, *words):
        done = subprocess.run(
            ["docker", *words], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def stack(manager, tmp_path):
    made = Stack(tmp_path, manager.host, f"cktest{os.getpid()}")
    yield made
    made.run("rm --detach=false")


def until(program, words):
    """Read what a program says up to a line with some words."""
    for line in program.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended with {program.wait()} and never said {words!r}")


def states(manager, name, service):
    filters = {"service": [f"{name}_{service}"], "desired-state": ["running"]}
    return sorted(one["Status"]["State"] for one in manager.engine.get("/tasks", filters=filters) or [])


def test_the_life_of_a_stack(stack, manager):
    text = LIFECYCLE.read_text(encoding="utf-8")
    code, _, err = stack.run("deploy --resolve-image never", text)
    assert (code, err.splitlines()[-1]) == (0, f"stack {stack.name}: converged (release 1)")
    assert states(manager, stack.name, "web") == ["running", "running"]
    assert states(manager, stack.name, "agent") == ["running"] * len(manager.engine.get("/nodes"))

    code, _, err = stack.run("deploy --resolve-image never")
    assert (code, err.splitlines()[-1]) == (0, f"stack {stack.name}: nothing to change")

    stack.write(text.replace("replicas: 2", "replicas: 3"))
    code, out, _ = stack.run("plan --exit-code")
    assert (code, "    Mode.Replicas: 2 -> 3\n" in out) == (7, True)
    assert stack.run("deploy --resolve-image never")[0] == 0
    out = stack.run("ps --filter desired-state=running --format {{.Name}}")[1]
    assert [name for name in out.split() if "_web" in name] == [f"{stack.name}_web.{slot}" for slot in (1, 2, 3)]

    code, _, err = stack.run("rollback")
    assert (code, err.splitlines()[-1]) == (0, f"stack {stack.name}: converged (release 3)")
    assert states(manager, stack.name, "web") == ["running", "running"]
    assert "serving" in stack.run("logs")[1]

    assert stack.run("rm --detach=false")[0] == 0
    assert stack.run("services")[::2] == (1, f"error: nothing found in stack: {stack.name}\n")


EQUAL = f"""\
version: "3.13"
services:
  web:
    image: busybox
    command: {LOOP}
    environment: {{LEVEL: info, EMPTY: ""}}
    ports: ["18099:80", {{target: 53, protocol: udp, mode: host, published: 18053}}]
    volumes: ["data:/data", {{type: tmpfs, target: /scratch, tmpfs: {{size: 1000000}}}}]
    networks: {{front: {{aliases: [www]}}, back: }}
    healthcheck: {{test: ["CMD", "true"], interval: 3s, retries: 2}}
    labels: {{tier: front}}
    cap_add: [NET_ADMIN]
    ulimits: {{nofile: 1024}}
    configs: [{{source: settings, target: /etc/settings, mode: 0440}}]
    secrets: [token]
    deploy:
      replicas: 2
      labels: {{team: a}}
      endpoint_mode: vip
      update_config: {{parallelism: 2, delay: 1s, order: start-first}}
      rollback_config: {{parallelism: 0}}
      restart_policy: {{condition: on-failure, max_attempts: 3}}
      placement: {{constraints: ["node.role == manager"], max_replicas_per_node: 4}}
      resources: {{limits: {{cpus: "0.5", memory: 64M, pids: 50}}, reservations: {{memory: 8M}}}}
    logging: {{driver: json-file, options: {{max-size: 1m}}}}
  agent:
    image: busybox
    command: {LOOP}
    networks: [back]
    deploy: {{mode: global}}
  job:
    image: busybox
    command: ["true"]
    networks: [back]
    deploy: {{mode: replicated-job, replicas: 2}}
networks: {{front: , back: {{driver_opts: {{encrypted: ""}}, attachable: true}}}}
volumes: {{data: {{labels: {{keep: "yes"}}}}}}
configs: {{settings: {{file: ./settings}}}}
secrets: {{token: {{file: ./token}}}}
"""


def inspected(stack):
    names = {
        one["ID"]: one["Name"]
        for one in map(json.loads, stack.docker("network", "ls", "--no-trunc", "--format", "json").splitlines())
    }
    ids = stack.docker("service", "ls", "-q", "--filter", f"label=com.docker.stack.namespace={stack.name}").split()
    found = {}
    for one in json.loads(stack.docker("service", "inspect", *ids)):
        spec = one["Spec"]
        for network in spec["TaskTemplate"]["Networks"]:
            network["Target"] = names[network["Target"]]
        for kind in ("Secret", "Config"):
            for use in spec["TaskTemplate"]["ContainerSpec"].get(f"{kind}s", ()):
                del use[f"{kind}ID"]
        found[spec["Name"]] = spec
    return found


def test_a_file_of_dockers_becomes_what_docker_makes_of_it(stack):
    if shutil.which("docker") is None:
        pytest.skip("the docker client is not installed")
    (stack.folder / "settings").write_text("level=info\n")
    (stack.folder / "token").write_text("correct horse")
    stack.write(EQUAL)
    stack.docker("stack", "deploy", "--resolve-image", "never", "-c", "compose.yaml", stack.name)
    theirs = inspected(stack)
    code, out, _ = stack.run("plan --names plain --jobs none --exit-code")
    assert (code, out) == (0, f"stack {stack.name}: nothing to change\n")
    assert stack.run("rm --detach=false")[0] == 0
    code, _, err = stack.run("deploy --names plain --jobs none --resolve-image never --detach")

    assert code == 0, err
    assert inspected(stack) == theirs


def test_a_deploy_and_a_script_make_what_docker_makes_of_a_stack(hub, manager):
    if shutil.which("docker") is None:
        pytest.skip("the docker client is not installed")
    words = [sys.executable, "bench/stack_parity.py", os.path.join(ROOT, "shop", "compose.yaml")]
    environ = {**os.environ, "DOCKER_HOST": manager.host}
    done = subprocess.run(words, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=200)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 same"), done.stdout + done.stderr


def test_a_failing_update_is_rolled_back_by_the_swarm_and_told(stack):
    text = (
        "services:\n  web: {image: busybox, command: %s, stop_grace_period: 0s, "
        "deploy: {update_config: {monitor: 2s, failure_action: rollback}}}\n"
    )
    assert stack.run("deploy --resolve-image never", text % LOOP)[0] == 0
    code, _, err = stack.run("deploy --resolve-image never", text % '["sh", "-c", "echo cannot start; exit 4"]')

    assert code == 5, err
    assert f"error: service '{stack.name}_web' was rolled back: task: non-zero exit (4)" in err
    assert "    | cannot start\n" in err


def test_an_image_that_no_node_has_fails_the_deploy(stack):
    text = "services:\n  web: {image: cktest-no-such-image, deploy: {restart_policy: {delay: 0s}}}\n"
    code, _, err = stack.run("deploy --resolve-image never", text)

    assert code == 1
    assert f"error: service '{stack.name}_web' failed: No such image: cktest-no-such-image:latest" in err


def test_a_port_of_another_service_is_told(stack):
    text = f"services:\n  a: {{image: busybox, command: {LOOP}, ports: ['18098:1'], {QUICK}}}\n"
    text += f"  b: {{image: busybox, command: {LOOP}, ports: ['18098:1'], depends_on: [a], {QUICK}}}\n"
    code, _, err = stack.run("deploy --resolve-image never", text)

    assert code == 1
    assert (
        f"error: service '{stack.name}_b' was not created: port '18098' is already in use by service '{stack.name}_a'"
        in err
    )
    assert err.splitlines()[-1].endswith(f"the swarm has the new {stack.name}_a; not touched: {stack.name}_b")


def test_a_secret_that_is_too_large_is_refused_before_anything_is_made(stack, manager):
    (stack.folder / "large").write_bytes(b"x" * (500 * 1024 + 1))
    text = "services:\n  web: {image: busybox, secrets: [large]}\nsecrets: {large: {file: ./large}}\n"
    code, _, err = stack.run("deploy --resolve-image never", text)

    assert (code, err.splitlines()[-1]) == (1, "error: the swarm would refuse what CK792 is about")
    assert "secret 'large' has 512001 bytes; a swarm stores at most 512000" in err
    assert manager.engine.get("/secrets", filters={"name": [f"{stack.name}_large"]}) == []


def test_a_service_that_no_node_can_take_runs_out_of_time(stack):
    text = "services:\n  web: {image: busybox, deploy: {placement: {constraints: [node.labels.cktest == none]}}}\n"
    code, _, err = stack.run("deploy --resolve-image never --timeout 5s", text)

    assert code == 6
    assert "no suitable node" in err


def test_of_two_deploys_at_once_the_second_is_turned_away(stack):
    stack.write(f"services:\n  web: {{image: busybox, command: {LOOP}, {QUICK}, {UNHEALTHY}}}\n")
    first = stack.start("deploy --resolve-image never")
    until(first, "starting")
    code, _, err = stack.run("deploy --resolve-image never")
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)

    assert (code, first.returncode) == (1, 130)
    assert f"error: another deploy of '{stack.name}' " in err


def test_an_interrupted_deploy_says_what_is_left_and_the_next_one_goes_on(stack):
    stack.write(
        f"services:\n  a: {{image: busybox, command: {LOOP}, {QUICK}, {UNHEALTHY}}}\n"
        f"  b: {{image: busybox, command: {LOOP}, depends_on: [a], {QUICK}}}\n"
    )
    program = stack.start("deploy --resolve-image never")
    until(program, "starting")
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=60)

    assert program.returncode == 130
    assert f"interrupted (release 1); the swarm has the new {stack.name}_a; not touched: {stack.name}_b" in err
    code, out, _ = stack.run("plan --exit-code")
    assert (code, out.splitlines()[0]) == (7, f"+ service {stack.name}_b")


def test_a_global_service_runs_on_all_of_three_nodes(hub, tmp_path):
    """Three engines of their own; the network of the swarm goes over a bridge that nobody else sees."""
    first, *others = (hub.engine() for _ in range(3))
    first.init()
    for one in others:
        one.join(first)
    stack = Stack(tmp_path, first.host, "three")
    code, _, err = stack.run("deploy --resolve-image never --timeout 120s", LIFECYCLE.read_text(encoding="utf-8"))

    assert code == 0, err
    agents = first.engine.get("/tasks", filters={"service": ["three_agent"]})
    assert {one["Status"]["State"] for one in agents} == {"running"}
    assert len({one["NodeID"] for one in agents}) == 3
    assert stack.run("rm --detach=false")[0] == 0

    code, out, err = Stack(tmp_path, others[0].host, "three").run("deploy --resolve-image never")
    assert (code, out) == (4, "")
    assert err.startswith("error: the engine at unix://")
    assert "is not a swarm manager" in err


def test_an_engine_that_is_killed_in_the_middle_of_a_deploy_is_told(hub, tmp_path):
    engine = hub.engine()
    engine.init()
    stack = Stack(tmp_path, engine.host, "killed")
    stack.write(
        f"services:\n  a: {{image: busybox, command: {LOOP}, {QUICK}, {UNHEALTHY}}}\n"
        f"  b: {{image: busybox, command: {LOOP}, depends_on: [a], {QUICK}}}\n"
    )
    program = stack.start("deploy --resolve-image never --timeout 20s")
    until(program, "starting")
    engine.kill()
    _, err = program.communicate(timeout=120)

    assert program.returncode == 4
    assert "Engine  Not reachable, trying again" in err
    assert "cannot reach the engine at unix://" in err
    assert "the swarm has the new killed_a; not touched: killed_b" in err
