"""What a daemon is given from outside: how to enter a sandbox, how to reach a network. The defaults do nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

from composekit.supervise.loop import Loop
from composekit.supervise.spec import ProcessSpec


class Network:
    """Runs in the daemon, for each replica. Override what is needed; each call must return soon."""

    def open(self, loop: Loop) -> None:
        """Begin: `loop` lets it watch descriptors and timers of its own."""

    def start(self, spec: ProcessSpec) -> None:
        """Prepare for a process about to start, or one just adopted. An exception is why it cannot start."""

    def changed(self, spec: ProcessSpec, phase: str, health: str) -> None:
        """Learn that a replica's phase or health changed."""

    def stop(self, spec: ProcessSpec) -> None:
        """Clean up after a process that ended."""

    def close(self) -> None:
        """End: the daemon is about to exit."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Called in forked children just before exec; what they raise becomes the reason of the failure.

    `launch(spec)` in that of a service, `enter(spec, pid)` in that of a health check, with the pid of the service's
    main process. A process that `launch` leaves behind must close every descriptor above 2. `part(told)` is called
    before, in the parent that forks the service and nothing else: what only a child can be born into is made there.
    That parent has no spec. It is told what `parting(spec)` says in the daemon; if that is nothing, it calls nothing.
    It returns whether what the service leaves behind becomes the child of somebody else.
    """

    launch: Callable[[ProcessSpec], None] | None = None
    enter: Callable[[ProcessSpec, int], None] | None = None
    network: Network = field(default_factory=Network)
    part: Callable[[str], bool] | None = None
    parting: Callable[[ProcessSpec], str] | None = None
