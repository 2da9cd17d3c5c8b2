"""What can happen to a replica, and what is then to be done: the two alphabets of the machine in `state`.

Each event carries its time, in seconds since the epoch.
"""

from dataclasses import dataclass
from enum import Enum

from composekit.supervise.spec import ProcessSpec


class Timer(Enum):
    """What a timer of a replica is for; there is at most one of each kind."""

    BACKOFF = "backoff"
    GRACE = "grace"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One run of the health check: times in seconds since the epoch, output shortened."""

    started_at: float
    ended_at: float
    exit_code: int
    output: str


# -- events: what happened ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartRequested:
    at: float


@dataclass(frozen=True, slots=True)
class NeedsMet:
    at: float


@dataclass(frozen=True, slots=True)
class NeedsFailed:
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Spawned:
    """The program runs: exec succeeded."""

    at: float
    pid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """The process is gone with its whole tree; `code` is 128 + signal for a signal, `reason` says why it never ran."""

    at: float
    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    at: float
    timer: Timer


@dataclass(frozen=True, slots=True)
class ProbeDone:
    """A health check of run number `run` ended."""

    run: int
    result: ProbeResult


@dataclass(frozen=True, slots=True)
class HooksDone:
    """The lifecycle hooks of run number `run` ended; `trouble` says which one failed, and how."""

    at: float
    run: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Stop, for good; `grace_seconds` of `None` is the spec's own."""

    at: float
    grace_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class KillRequested:
    at: float
    signal: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """A new supervisor found the process of this replica alive."""

    at: float
    pid: int | None


@dataclass(frozen=True, slots=True)
class Respecified:
    """The client sent the spec again (same configuration), so the environment is known."""

    at: float
    spec: ProcessSpec


Event = (
    StartRequested
    | NeedsMet
    | NeedsFailed
    | Spawned
    | Exited
    | TimerFired
    | ProbeDone
    | HooksDone
    | StopRequested
    | KillRequested
    | Adopted
    | Respecified
)
EVENTS: tuple[type, ...] = Event.__args__


# -- actions: what is to be done ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start the process; answer with Spawned or Exited."""


@dataclass(frozen=True, slots=True)
class SignalMain:
    """Signal the main process; with `grace_seconds` it is to end by that, and is killed after this time."""

    signal: int
    grace_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class KillTree:
    """SIGKILL the process and everything it ever started."""


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start (anew) the replica's timer of this kind."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class CancelTimer:
    timer: Timer


@dataclass(frozen=True, slots=True)
class RunProbe:
    """Run the health check once; answer with ProbeDone."""


@dataclass(frozen=True, slots=True)
class CancelProbe:
    """Kill a running health check; it is not answered."""


@dataclass(frozen=True, slots=True)
class RunHooks:
    """Run the hooks of one kind ("post_start", "pre_stop") one after the other; answer with HooksDone."""

    kind: str


@dataclass(frozen=True, slots=True)
class CancelHooks:
    """Kill a running hook; it is not answered."""


Action = Spawn | SignalMain | KillTree | StartTimer | CancelTimer | RunProbe | CancelProbe | RunHooks | CancelHooks
