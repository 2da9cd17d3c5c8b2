"""A real Docker Compose, with a real engine, hands a service to composekit, and a container reaches it."""

import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.integration

PROJECT = """
name: shop
services:
  app:
    image: busybox:latest
    command: sh -c 'echo PING | nc -w 2 $$CACHE_HOST $$CACHE_PORT'
    depends_on: [cache]
    extra_hosts: ["host.docker.internal:host-gateway"]
  cache:
    provider:
      type: composekit
      options: {image: "redis:7", ports: "6379", scheme: redis}
"""


def said(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def test_a_container_reaches_the_service_that_runs_here(place):
    version = said("docker", "compose", "version", "--short")
    if not version or "composekit" in version or not said("docker", "image", "inspect", "busybox:latest"):
        pytest.skip("needs Docker Compose and an engine that has busybox:latest")
    if not shutil.which("redis-server"):
        pytest.skip("needs redis-server")
    assert place("plugin", "install", "--bin", "bin").returncode == 0
    program = place.folder / "bin" / "composekit"
    program.write_text((place.folder / "bin" / "docker-compose").read_text().replace("cli.dropin", "cli.main"))
    program.chmod(0o755)
    (place.folder / "compose.yaml").write_text(PROJECT)
    keep = {name: os.environ[name] for name in ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT") if name in os.environ}
    theirs = {"HOME": os.environ["HOME"], "DOCKER_CONFIG": os.path.expanduser("~/.docker"), **keep}
    try:
        up = place.run("docker", "compose", "up", **theirs)

        assert up.returncode == 0, up.stderr
        assert "+PONG" in up.stdout
        assert place.projects() == ["shop-cache"]
    finally:
        down = place.run("docker", "compose", "down", **theirs)
    assert down.returncode == 0, down.stderr
    assert place.projects() == []
