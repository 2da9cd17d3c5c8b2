"""A project that runs, for the tests of the commands that are about one."""

import os
import sys
import tempfile

import pytest

PROJECT = """
services:
  web:
    image: busybox
    command: sleep 1000
    working_dir: /data
    volumes: ["data:/data"]
    environment: {COLOR: blue}
    stop_grace_period: 1s
  job:
    image: busybox
    command: sh -c "echo done; exit 3"
volumes: {data: {}}
"""


@pytest.fixture(scope="module")
def shop():
    """Return composekit for the project `shop`, in a state folder of its own, with `web` up and `job` ended."""
    if not sys.platform.startswith("linux"):
        pytest.skip("replicas need addresses of their own")
    from test_cli_run_quickstart import Runner

    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ck-") as folder:
        os.chmod(folder, 0o755)
        runner = Runner(folder)
        files = runner.project(PROJECT)
        up = runner(*files, "up", "-d")
        assert up.returncode == 0, up.stderr
        runner(*files, "wait", "job")

        def composekit(*words, **environ):
            return runner(*files, *words, **environ)

        composekit.runner = runner
        composekit.files = files
        yield composekit
        runner(*files, "down", "-v", "-t", "1")
        left = [line for line in runner.processes() if "pytest" not in line]
        assert left == []
