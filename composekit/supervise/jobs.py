"""Work that takes several steps: stop in order, then remove; one turn at a time per replica.

A job is a generator that yields the names it waits for to come to rest, and returns the facts of its reply. Two jobs
that touch the same replica run one after the other, in the order in which they came; others run side by side.
"""

from collections.abc import Callable, Collection, Generator
from typing import Any

Steps = Generator[Collection[str], None, dict[str, Any]]


class Refused(Exception):  # it reads as what happened
    """A request that cannot be done; becomes an error reply."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class Job:
    """`names` are the replicas it touches; `done` gets the reply's facts or what refused it."""

    __slots__ = ("done", "names", "started", "steps", "waiting")

    def __init__(self, names: set[str], steps: Steps, done: Callable[[dict[str, Any] | Refused], None]) -> None:
        self.names = names
        self.steps = steps
        self.done = done
        self.started = False
        self.waiting: Collection[str] = ()


class Jobs:
    """All jobs of a daemon. `at_rest(name)` says whether a replica is gone or nothing is going on with it."""

    def __init__(self, at_rest: Callable[[str], bool]) -> None:
        self._jobs: list[Job] = []
        self._at_rest = at_rest

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def add(self, job: Job) -> None:
        """Queue a job; it starts with the next `advance` if its turn has come."""
        self._jobs.append(job)

    def advance(self) -> bool:
        """Carry each job on as far as it goes now; true when any moved."""
        moved = False
        taken: set[str] = set()
        for job in list(self._jobs):
            if job.started or not (job.names & taken):
                moved |= self._advance(job)
            if job in self._jobs:
                taken |= job.names
        return moved

    def _advance(self, job: Job) -> bool:
        moved = False
        while all(self._at_rest(name) for name in job.waiting):
            moved = True
            job.started = True
            try:
                job.waiting = next(job.steps)
            except StopIteration as end:
                self._jobs.remove(job)
                job.done(end.value)
                break
            except Refused as refusal:
                self._jobs.remove(job)
                job.done(refusal)
                break
        return moved
