"""One running instance of a service, as far as the supervisor knows it: facts, and nothing that happens."""

from dataclasses import dataclass
from enum import Enum

from composekit.supervise.events import ProbeResult
from composekit.supervise.spec import ProcessSpec


class Phase(Enum):
    """Where a replica is in its life."""

    CREATED = "created"  # known, never started (or its start was called off)
    WAITING = "waiting"  # wants to start; its dependencies are not there yet
    STARTING = "starting"  # a process was asked for
    RUNNING = "running"
    BACKOFF = "backoff"  # ended; the restart policy will start it again when the timer fires
    STOPPING = "stopping"  # was signalled; the grace timer runs
    EXITED = "exited"
    FAILED = "failed"  # never started, because something it needs failed


class Health(Enum):
    """What the probe says; NONE without a probe."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


ALIVE = frozenset({Phase.STARTING, Phase.RUNNING, Phase.STOPPING})  # there is (or is about to be) a process
AT_REST = frozenset({Phase.CREATED, Phase.EXITED, Phase.FAILED})  # nothing will happen unless someone asks


@dataclass(frozen=True, slots=True)
class Replica:
    """Everything that is true of one replica. Times are seconds since the epoch.

    `run` counts processes asked for, `restarts` those by the restart policy since somebody last said start,
    `attempts` those that count against the policy's limit, `failing` failed probes in a row. `hook` is the kind of the
    lifecycle hooks that run now, `trouble` what became of ones that failed; `stop_grace_seconds` is what a stop said
    that waits for its hooks.
    """

    spec: ProcessSpec
    phase: Phase = Phase.CREATED
    health: Health = Health.NONE
    pid: int | None = None
    exit_code: int | None = None
    reason: str = ""
    run: int = 0
    restarts: int = 0
    attempts: int = 0
    delay_seconds: float = 0
    failing: int = 0
    stopped_by_user: bool = False
    env_known: bool = True
    created_at: float = 0
    started_at: float | None = None
    finished_at: float | None = None
    next_start_at: float | None = None
    probes: tuple[ProbeResult, ...] = ()
    hook: str = ""
    trouble: str = ""
    stop_grace_seconds: float | None = None
