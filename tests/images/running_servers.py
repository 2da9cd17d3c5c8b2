"""Servers of the catalogue as the runtime would start them: what tests of several images share."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from composekit.images.catalogue import find

LIMIT_SECONDS = 60


def installed(image):
    program = find(image, shutil.which)
    if program.missing:
        pytest.skip(f"{program.missing.program} is not installed here")
    return program


class Service:
    """A running program: its output is read by a thread, so that waiting for a line is waiting for an event."""

    def __init__(self, words, environ):
        self.running = subprocess.Popen(
            words,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.running.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_line(self, pattern, *, count=1):
        """Wait until that many lines match a pattern."""

        def seen():
            return self._ended or sum(bool(re.search(pattern, line)) for line in self.lines) >= count

        with self._changed:
            assert self._changed.wait_for(seen, LIMIT_SECONDS), self.text
            assert sum(bool(re.search(pattern, line)) for line in self.lines) >= count, self.text

    def wait_heard(self, number):
        """Wait until every process of the group has a way of its own to take a signal."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not all(caught >> (number - 1) & 1 for caught in self._caught()):
            assert time.monotonic() < deadline, self.text
            time.sleep(0.01)

    def _caught(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.getpgid(int(pid)) == self.running.pid:
                    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
                    yield int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16)
            except (ProcessLookupError, FileNotFoundError):
                continue

    def stop(self, number):
        """Signal the whole group, as the supervisor does; returns the exit code."""
        os.killpg(self.running.pid, number)
        return self.wait()

    def wait(self):
        code = self.running.wait(LIMIT_SECONDS)
        with self._changed:
            # The output ends when the last process that holds it has ended: nothing of the service is left.
            assert self._changed.wait_for(lambda: self._ended, LIMIT_SECONDS), "something of the service still runs"
        return code

    def close(self):
        self.reader.join(LIMIT_SECONDS)
        self.running.stdout.close()

    @property
    def text(self):
        return "".join(self.lines)


class Starter:
    """Starts services below a directory; paths are given relative to it."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []

    def __call__(self, image, *arguments, paths=None, address="127.84.0.1", environ=None):
        program = installed(image)
        scratch = self.directory / "s" / str(len(self.started))
        scratch.mkdir(parents=True)
        words = [
            word.replace("{python}", sys.executable) for word in (*program.entrypoint, *(arguments or program.command))
        ]
        given = {
            "PATH": os.environ["PATH"],
            **program.env,
            **(environ or {}),
            "COMPOSEKIT_PATHS": json.dumps({path: str(self.directory / name) for path, name in (paths or {}).items()}),
            "COMPOSEKIT_SCRATCH": str(scratch),
            "COMPOSEKIT_ADDRESS": address,
        }
        service = Service(words, given)
        service.program, service.environ = program, given
        self.started.append(service)
        return service

    def close(self):
        for service in self.started:
            if service.running.poll() is None:
                os.killpg(service.running.pid, signal.SIGKILL)
                service.wait()
            service.close()


def client(service, name, *arguments, **environ):
    """Run a client as `exec` inside the service would, through its shim."""
    words = [word.replace("{python}", sys.executable) for word in service.program.shims[name]]
    return subprocess.run(
        [*words, *arguments],
        env={**service.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def fetch(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
