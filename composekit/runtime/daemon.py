"""The supervisor with sandbox and network: `python -m composekit.runtime.daemon`, started by `client.ensure`.

Wires what must not know each other. Imports nothing of Compose: a daemon is small and starts fast.
"""

import sys

from composekit.network.hook import Forwarding
from composekit.sandbox.enter import enter, join
from composekit.sandbox.streams import open_streams
from composekit.supervise.daemon import main
from composekit.supervise.hooks import Hooks, Network
from composekit.supervise.loop import Loop
from composekit.supervise.spec import ProcessSpec


class PublishedPorts(Network):
    """Published ports follow the replicas behind them."""

    def __init__(self) -> None:
        self._forwarding = Forwarding()

    def open(self, loop: Loop) -> None:
        self._forwarding.watch = loop

    def start(self, spec: ProcessSpec) -> None:
        self._forwarding.start(spec.name, spec.network)

    def changed(self, spec: ProcessSpec, phase: str, health: str) -> None:
        if phase == "running":
            self._forwarding.changed(spec.name, healthy=health != "unhealthy")

    def stop(self, spec: ProcessSpec) -> None:
        self._forwarding.stop(spec.name)

    def close(self) -> None:
        self._forwarding.close()


def launch(spec: ProcessSpec) -> None:
    """Go into the view of a service; called in the forked child right before its program starts."""
    open_streams(spec.view)
    enter(spec.view)


def enter_probe(spec: ProcessSpec, pid: int) -> None:
    """Go into the view that a service is in already, for its health check."""
    join(pid, spec.view)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Hooks(launch=launch, enter=enter_probe, network=PublishedPorts())))
