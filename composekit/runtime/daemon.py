"""The supervisor with sandbox and network: `python -m composekit.runtime.daemon`, started by `ensure`.

Wires what must not know each other. Imports nothing of Compose: a daemon is small and starts fast.
"""

import errno
import json
import sys
from contextlib import suppress
from typing import Any

from composekit.network.hook import Forwarding
from composekit.sandbox.cgroups import leave
from composekit.sandbox.enter import enter, join
from composekit.sandbox.spaces import part
from composekit.sandbox.streams import open_streams
from composekit.sandbox.syscalls import own_pids, unshare
from composekit.supervise.daemon import complete, home_of, main
from composekit.supervise.home import Home
from composekit.supervise.hooks import Hooks, Network
from composekit.supervise.loop import Loop
from composekit.supervise.spec import ProcessSpec
from composekit.supervise.status import live_shim

_OWN_PIDS = '{"pids": "own"}'


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
        if spec.view.get("cgroup"):
            leave(spec.view["cgroup"])

    def close(self) -> None:
        self._forwarding.close()


class Views:
    """The views of one project's services; what one shares with another is found through the other's own record."""

    def __init__(self, home: Home) -> None:
        self._home = home
        if sys.platform.startswith("linux"):
            with suppress(OSError):
                unshare(0)  # nothing; what it makes at its first call is shared by all who part later
        self._own_pids = own_pids()

    def parting(self, spec: ProcessSpec) -> str:
        """Return what `part` needs to know of a service; nothing when there is nothing to be done."""
        view = spec.view
        wanted = {key: view[key] for key in ("pids", "pid_of", "ipc_of") if view.get(key)}
        return json.dumps(wanted) if wanted and view.get("kind", "none") != "none" else ""

    def part(self, told: str) -> bool:
        """Prepare for the fork of a service, in the process that will be its parent."""
        # By far the most, and cheap in memory, which is that process's own: no json, no views.
        if told == _OWN_PIDS and self._own_pids() == 0:
            return False
        return part(self._found({"kind": "view", **json.loads(told)}))

    def launch(self, spec: ProcessSpec) -> None:
        """Go into the view of a service; called in the forked child right before its program starts."""
        open_streams(spec.view)
        enter(self._found(spec.view))

    def enter_probe(self, spec: ProcessSpec, pid: int) -> None:
        """Go into the view that a service is in already, for its health check."""
        join(pid, spec.view)

    def _found(self, view: dict[str, Any]) -> dict[str, Any]:
        """Return a view with pids in place of the replicas whose spaces it shares; raises `OSError`."""
        names = {key: view[key] for key in ("pid_of", "ipc_of") if view.get(key)}
        return {**view, **{key: self._pid(name) for key, name in names.items()}} if names else view

    def _pid(self, name: str) -> int:
        live = live_shim(self._home, name)
        pid = live[0].get("pid") if live is not None else None
        if not isinstance(pid, int):
            raise OSError(errno.ESRCH, f"'{name}', whose processes or objects it shares, does not run")
        return pid


def run(argv: list[str]) -> int:
    """Be the daemon, with the arguments that `ensure` gives."""
    argv = complete(argv)
    views = Views(home_of(argv))
    hooks = Hooks(
        launch=views.launch, enter=views.enter_probe, network=PublishedPorts(), part=views.part, parting=views.parting
    )
    return main(argv, hooks)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
