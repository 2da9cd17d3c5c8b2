"""Lint many projects, in several processes when that pays.

On Linux this process forks others, which have the rules, the schema and the files that were read already, and works
itself, too. All take the numbers of jobs from one pipe until it is empty, so none waits for another.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from composekit.errors import ComposekitError
from composekit.lint.packing import Numbered, pack, unpack
from composekit.lint.session import Job, run
from composekit.lint.suppress import Ruling

WORTH_PROCESSES = 16
"""Projects from which several processes are faster than one."""

_NUMBER = 4
"""Bytes of a job's number."""
_MOST_JOBS = 1_000
"""Jobs that are put into the pipe at a time. The smallest pipes that Linux makes take a page before anybody reads."""


def run_all(jobs: Sequence[Job], *, processes: int = 0, tell: Callable[[int], None] = lambda _: None) -> list[Ruling]:
    """Return what is found in each project, in the order of the jobs; 0 processes means one for each processor.

    `tell` is called with how many projects are done or in work.
    """
    count = processes or (_processors() if len(jobs) >= WORTH_PROCESSES else 1)
    if count <= 1 or not sys.platform.startswith("linux") or any(job.request.stdin is not None for job in jobs):
        found = []
        for job in jobs:
            found.append(run(job)[1])
            tell(len(found))
        return found
    rulings: list[Ruling] = []
    while len(rulings) < len(jobs):
        before = len(rulings)
        some = jobs[before : before + _MOST_JOBS]
        rulings += _run_forked(some, count - 1, partial(_tell_from, before, tell))
    return rulings


def _tell_from(before: int, tell: Callable[[int], None], done: int) -> None:
    tell(before + done)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_forked(jobs: Sequence[Job], others: int, tell: Callable[[int], None]) -> list[Ruling]:
    queue, filling = os.pipe()
    os.write(filling, b"".join(number.to_bytes(_NUMBER, "little") for number in range(len(jobs))))
    os.close(filling)
    helpers: dict[int, int] = {}
    try:
        for _ in range(min(others, len(jobs) - 1)):
            pid, results = _fork(jobs, queue)
            helpers[pid] = results
        found = dict(_work(jobs, queue, tell))
        for results in helpers.values():
            found.update(_received(results))
    finally:
        os.close(queue)
        _end(helpers)
    return [found[number] for number in range(len(jobs))]


def _fork(jobs: Sequence[Job], queue: int) -> tuple[int, int]:
    """Start a process that works on the queue too; return its id and the pipe that brings its results."""
    results, sending = os.pipe()
    pid = os.fork()
    if pid:
        os.close(sending)
        return pid, results
    code = 1
    try:
        os.close(results)
        _send(sending, _packed(jobs, queue))
        code = 0
    except BaseException:  # noqa: BLE001  # nothing above this frame may go on in the fork
        code = 1
    finally:
        # Without what Python does at its end: buffers and files are those of the other process.
        os._exit(code)


def _packed(jobs: Sequence[Job], queue: int) -> bytes:
    """Return the results behind a 1, or behind a 0 why there are none."""
    try:
        return b"1" + pack(_work(jobs, queue, lambda _: None))
    except Exception:  # noqa: BLE001  # raised again in the other process
        import traceback

        return b"0" + traceback.format_exc().encode("utf-8", "backslashreplace")


def _work(jobs: Sequence[Job], queue: int, tell: Callable[[int], None]) -> "Iterator[Numbered]":
    # Nobody writes any more and four bytes are read at once, so a read is a whole number or the end.
    while taken := os.read(queue, _NUMBER):
        number = int.from_bytes(taken, "little")
        tell(number + 1)
        yield number, run(jobs[number])[1]


def _send(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def _received(pipe: int) -> "list[Numbered]":
    with open(pipe, "rb", closefd=False) as reader:
        data = reader.read()
    if data[:1] == b"1":
        return unpack(data[1:])
    if data[:1] == b"0":
        raise RuntimeError(f"in another process:\n{data[1:].decode()}")
    raise ComposekitError("a process that lints was ended from outside", hint="use --parallel 1")


def _end(helpers: dict[int, int]) -> None:
    import signal

    for pid, results in helpers.items():
        os.close(results)
        # One that has sent its results has ended or is about to; any other has nobody left to work for.
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
