"""Programs that drive Docker Compose, as they are, drive composekit: the docker CLI, and libraries."""

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("docker") is None, reason="needs the docker CLI; an engine it does not need"),
]


@pytest.fixture
def docker(place, monkeypatch):
    """The docker CLI with composekit for its compose plugin, for this process and its children."""
    assert place("plugin", "install", "--bin", "bin").returncode == 0
    for name, value in place.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return place


def page_at(host, port):
    with urllib.request.urlopen(f"http://{host}:{port}/", timeout=60) as answer:
        return answer.read().decode()


SERVED = "Served without an engine."


def test_the_docker_cli_takes_the_plugin(docker):
    done = docker.run("docker", "compose", "version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Docker Compose version v2.40.3+composekit.")
    info = json.loads(docker.run("docker", "info", "--format", "json").stdout)
    (plugin,) = [one for one in info["ClientInfo"]["Plugins"] if one["Name"] == "compose"]
    assert plugin["Path"] == str(docker.plugin)
    assert "Err" not in plugin


def test_the_docker_cli_brings_a_project_up_and_down(docker):
    files = ("docker", "-D", "compose", "-f", docker.project() / "compose.yaml")
    up = docker.run(*files, "up", "-d", "--wait")

    assert up.returncode == 0, up.stderr
    rows = [json.loads(line) for line in docker.run(*files, "ps", "--format", "json").stdout.splitlines()]
    assert {row["Service"]: row["State"] for row in rows} == {"web": "running", "box": "running"}
    host, _, port = docker.run(*files, "port", "web", "8000").stdout.strip().rpartition(":")
    assert SERVED in page_at("127.0.0.1", port), host
    assert docker.run(*files, "exec", "-T", "box", "sh", "-c", "exit 7").returncode == 7
    down = docker.run(*files, "down", "-v")
    assert (down.returncode, docker.projects()) == (0, [])


def test_help_through_the_docker_cli_is_the_commands(docker):
    direct = docker("help", "up").stdout

    assert docker.run("docker", "compose", "up", "--help").stdout == direct
    assert docker.run("docker", "help", "compose", "up").stdout == direct


def test_a_docker_cli_that_is_ended_stops_the_project(docker):
    # Not in a terminal, where Ctrl-C reaches both: only the docker CLI gets the signal, and tells its plugin.
    folder = docker.project()
    up = subprocess.Popen(
        ["docker", "compose", "up"], cwd=folder, env=docker.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    seen = ""
    while "| serving" not in seen:
        line = up.stdout.readline()
        assert line, seen
        seen += line
    os.kill(up.pid, signal.SIGTERM)
    rest, _ = up.communicate(timeout=60)

    assert "Gracefully Stopping" in rest
    assert docker.run("docker", "compose", "ps", "-q", cwd=folder).stdout == ""


def test_testcontainers_drives_a_project(docker):
    compose = pytest.importorskip("testcontainers.compose", reason="needs testcontainers")
    with compose.DockerCompose(str(docker.project()), wait=True) as project:
        host, port = project.get_service_host_and_port("web", 8000)
        assert SERVED in page_at(host, port)
        assert project.get_service_port("web", 8000) == port
        box = project.get_container("box")
        assert (box.Name, box.State, box.Project) == ("clients-box-1", "running", "clients")
        out, err, code = project.exec_in_container(["sh", "-c", "echo one; echo two >&2"], "box")
        assert (out, err, code) == ("one\n", "two\n", 0)
        assert "serving" in project.get_logs("web")[0]
        assert {one.Service for one in project.get_containers(include_all=True)} == {"web", "box"}
        assert set(project.get_config()["services"]) == {"web", "box"}

    assert docker.projects() == []


def test_testcontainers_pulls_builds_and_stops(docker):
    compose = pytest.importorskip("testcontainers.compose", reason="needs testcontainers")
    project = compose.DockerCompose(
        str(docker.project()), "compose.yaml", pull=True, build=True, services=["web"], env_file=None
    )
    project.start()
    project.wait_for(f"http://127.0.0.1:{project.get_service_port('web', 8000)}/")
    assert [one.Service for one in project.get_containers()] == ["web"]
    project.stop(down=False)
    assert [one.State for one in project.get_containers(include_all=True)] == ["exited"]
    project.stop()

    assert docker.projects() == []


def test_python_on_whales_drives_a_project(docker):
    whales = pytest.importorskip("python_on_whales", reason="needs python-on-whales")
    folder = docker.project()
    (folder / "env").write_text("WHO=whales\n")
    client = whales.DockerClient(
        compose_files=[folder / "compose.yaml"], compose_env_files=[folder / "env"], compose_project_name="whales"
    )
    assert client.compose.is_installed()
    assert client.compose.version().startswith("Docker Compose version v2.")
    config = client.compose.config()
    assert config.services["web"].environment == {"GREETING": "hello from whales"}
    client.compose.up(detach=True, wait=True, quiet=True)
    host, port = client.compose.port("web", 8000)
    assert SERVED in page_at(host, port)
    assert client.compose.execute("web", ["sh", "-c", "echo $GREETING"], tty=False) == "hello from whales"
    assert "serving" in client.compose.logs(services=["web"])
    assert [(one.name, one.running) for one in client.compose.ls()] == [("whales", 2)]
    client.compose.restart(["box"])
    client.compose.pause(["box"])
    client.compose.unpause(["box"])
    client.compose.stop(["box"])
    client.compose.down(volumes=True, quiet=True)

    assert docker.projects() == []


@pytest.mark.parametrize("standalone", ["", "docker-compose"])
def test_the_docker_compose_package_of_npm_drives_a_project(docker, standalone):
    node = shutil.which("node") or pytest.skip("needs node")
    script = Path(__file__).with_name("clients.cjs")
    if docker.run(node, "-e", "require('docker-compose')", NODE_PATH=node_path()).returncode != 0:
        pytest.skip("needs the package docker-compose of npm, in a folder of NODE_PATH or installed with -g")
    done = docker.run(node, script, docker.project(), standalone, NODE_PATH=node_path())

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["version"].startswith("2.40.3+composekit.")
    assert (found["up"], found["down"]) == (0, 0)
    assert sorted(one["name"] for one in found["ps"]) == ["clients-box-1", "clients-web-1"]
    assert found["port"]["address"] == "0.0.0.0"
    assert found["port"]["port"] > 0
    assert found["exec"] == "42\n"
    assert "serving" in found["logs"]
    assert sorted(found["services"]) == ["box", "web"]
    assert found["left"] == ["clients-web-1"]
    assert docker.projects() == []


def node_path():
    npm = shutil.which("npm")
    roots = [os.environ.get("NODE_PATH", "")]
    if npm:
        roots.append(subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip())
    return os.pathsep.join(filter(None, roots))
