"""A project that runs, for the tests of the commands that are about one."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

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
        assert runner.left() == []


class Typist:
    """Somebody at a terminal, with the project `shop`. What is awaited comes within a minute, or the test fails."""

    def __init__(self, shop) -> None:
        self.shop = shop
        self.process = None
        self.lead = False  # whether the command is alone with the terminal, as a shell's foreground job
        self._keyboard, self._terminal = pty.openpty()

    def start(self, *words, size=(24, 80), files=None) -> None:
        self._set_size(*size)
        self.process = subprocess.Popen(
            self.shop.runner.command(*(files or self.shop.files), *words),
            stdin=self._terminal, stdout=self._terminal, stderr=self._terminal, env=self.shop.runner.environ,
            start_new_session=self.lead, preexec_fn=self._own if self.lead else None,  # noqa: PLW1509  # no threads here
        )  # fmt: skip

    @staticmethod
    def _own() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read_until(self, expected: bytes) -> bytes:
        seen, deadline = b"", time.monotonic() + 60
        while expected not in seen:
            ready, _, _ = select.select([self._keyboard], [], [], deadline - time.monotonic())
            assert ready, seen
            seen += os.read(self._keyboard, 65536)
        return seen

    def type(self, keys: bytes) -> None:
        os.write(self._keyboard, keys)

    def resize(self, rows: int, columns: int) -> None:
        self._set_size(rows, columns)
        self.process.send_signal(signal.SIGWINCH)  # the terminal is not the command's controlling one

    def _set_size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def is_cooked(self) -> bool:
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ICANON)

    def await_raw(self) -> None:
        deadline = time.monotonic() + 60
        while self.is_cooked():
            assert time.monotonic() < deadline
            assert self.process.poll() is None
            time.sleep(0.01)

    def end(self) -> int:
        """Read what is still written, so that nobody waits for us, and return the exit code."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            if select.select([self._keyboard], [], [], 0.05)[0]:
                os.read(self._keyboard, 65536)
        return self.process.returncode

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._keyboard)
        os.close(self._terminal)


@pytest.fixture
def typist(shop):
    one = Typist(shop)
    yield one
    one.close()
