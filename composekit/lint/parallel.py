"""Lint many projects, in several processes when that pays.

Starting processes costs about as much as linting a dozen small projects, so few projects are linted here.
"""

import os
import pickle
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from composekit.lint.session import Job, run
from composekit.lint.suppress import Ruling
from composekit.source.text import NOWHERE, Source

WORTH_PROCESSES = 24
"""Projects from which several processes are faster than one."""

_AT_ONCE = 4
"""Projects that a process takes at a time."""


def run_all(jobs: Sequence[Job], *, processes: int = 0) -> Iterator[Ruling]:
    """Yield what is found in each project, in the order of the jobs; 0 processes means one for each processor."""
    count = processes or (_processors() if len(jobs) >= WORTH_PROCESSES else 1)
    if count <= 1 or any(job.request.stdin is not None for job in jobs):
        for job in jobs:
            yield run(job)[1]
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fork has the rules and the schema loaded already. Nothing here has threads, and macOS does not allow it.
    kind = "fork" if os.name == "posix" and os.uname().sysname == "Linux" else "spawn"
    with ProcessPoolExecutor(min(count, len(jobs)), mp_context=get_context(kind)) as pool:
        for packed in pool.map(_run_packed, jobs, chunksize=_AT_ONCE):
            yield pickle.loads(packed)  # noqa: S301  # from our own process


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_packed(job: Job) -> bytes:
    out = BytesIO()
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(run(job)[1])
    return out.getvalue()


class _Pickler(pickle.Pickler):
    """Keeps the one source that stands for no file the same object, and leaves out what can be worked out again."""

    def reducer_override(self, value: Any) -> Any:
        if value is NOWHERE:
            return _nowhere, ()
        if isinstance(value, Source):
            return Source, (value.name, value.text, value.path)
        return NotImplemented


def _nowhere() -> Source:
    return NOWHERE
