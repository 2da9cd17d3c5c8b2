"""The shims that the supervisor answers for: how it hears of their starts and ends, also of those that are killed.

Owns: the FIFO `shims`, the reaping of children, and what becomes of processes whose parents were killed.
"""

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

from composekit.supervise import process
from composekit.supervise.body import kill_orphans
from composekit.supervise.events import Exited, Spawned
from composekit.supervise.home import read_json
from composekit.supervise.nursery import Nursery
from composekit.supervise.protocol import LineBuffer
from composekit.supervise.status import exit_record

if TYPE_CHECKING:
    from composekit.supervise.supervisor import Supervisor

_ORPHAN_SECONDS = 0.05
_UNKNOWN_CODE = 137  # the shim was killed, and so was the rest


class Wards:
    """`supervisor` is told what happens to its replicas, as events of their machines."""

    def __init__(self, supervisor: "Supervisor", nursery: Nursery) -> None:
        self._supervisor = supervisor
        self._nursery = nursery
        self._shims: dict[int, str] = {}
        self._ends: dict[str, dict[str, Any]] = {}
        self._heard = LineBuffer()
        self._open_notices()
        supervisor.loop.on_signal(signal.SIGCHLD, self._reap)
        nursery.attach(supervisor.loop, self._reaped, self._recheck)

    def spawn(self, name: str) -> None:
        """Have a replica's process started; raises `OSError`."""
        replica = self._supervisor.replicas[name]
        self._shims[self._supervisor.bodies[name].spawn(replica.spec, replica.run, self._nursery)] = name

    def close(self) -> None:
        """Hear no more; shims live on."""
        self._supervisor.loop.forget(self._notices)
        os.close(self._notices)

    def _open_notices(self) -> None:
        path = self._supervisor.home.path("shims")
        if not os.path.exists(path):
            os.mkfifo(path, 0o600)
        self._notices = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._supervisor.loop.on_readable(self._notices, self._hear)

    def _hear(self) -> None:
        try:
            chunk = os.read(self._notices, 65536)
        except BlockingIOError:
            return
        for line in self._heard.feed(chunk):
            words = line.decode("utf-8", "replace").split(" ")
            name = words[1] if len(words) > 2 else ""
            replica = self._supervisor.replicas.get(name)
            if replica is None or words[2] != str(replica.run):
                continue  # of a replica or run that is over
            if words[0] == "started":
                self._supervisor.feed(name, Spawned(time.time(), int(words[3])))
            elif words[0] == "exited":
                self._ends[name] = json.loads(" ".join(words[3:]))
                self._supervisor.bodies[name].drain()
                self._supervisor.bodies[name].let_go()

    def _reap(self) -> None:
        self._hear()  # a start is told before its end
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._shims:
                self._ended(self._shims.pop(pid))
            elif not self._nursery.is_it(pid):
                self._supervisor.beside.reaped(pid, status)

    def _reaped(self, pid: int) -> None:
        """Take the end of a shim from the process that forked it."""
        self._hear()  # a start is told before its end
        if pid in self._shims:
            self._ended(self._shims.pop(pid))

    def _recheck(self) -> None:
        """Look after all shims, now that whoever forked them was killed: they are children of the daemon."""
        self._reap()
        for pid, name in list(self._shims.items()):
            if process.birth(pid) is None:  # its end was taken by the one that was killed
                del self._shims[pid]
                self._ended(name)
        self._kill_strays()  # one that was forked, and nobody could say so any more

    def _ended(self, name: str) -> None:
        """Take the exit record of the replica's current run; what a killed shim left behind is killed first."""
        replica = self._supervisor.replicas.get(name)
        if replica is None:
            return
        self._supervisor.bodies[name].shim_gone()
        # A full disk leaves no record, but the notice told the same.
        told = self._ends.pop(name, None)
        record = exit_record(self._supervisor.home, name, replica.run) or told
        if record is None or record.get("run") != replica.run or not isinstance(record.get("code"), int):
            self._end_orphans(name, replica.run, "the process that watched it was killed")
            return
        self._supervisor.end_output(name)
        self._supervisor.feed(
            name, Exited(record.get("finished_at") or time.time(), record["code"], record.get("reason") or "")
        )

    def _end_orphans(self, name: str, run: int, reason: str) -> None:
        live = read_json(self._supervisor.home.replica(name, "live.json")) or {}
        pid = live.get("pid") if live.get("run") == run else None
        left = bool(pid) and kill_orphans(int(pid or 0), live.get("pid_started"), str(live.get("boot")))
        if self._kill_strays() or left:
            self._supervisor.loop.start_timer(
                ("orphans", name), _ORPHAN_SECONDS, lambda: self._end_orphans(name, run, reason)
            )
            return
        self._supervisor.end_output(name)
        self._supervisor.feed(name, Exited(time.time(), _UNKNOWN_CODE, reason))

    def _kill_strays(self) -> bool:
        """SIGKILL the children that came to the daemon when their parents were killed; false when there are none."""
        known = self._shims.keys() | self._supervisor.beside.pids()
        strays = [pid for pid in process.inherited_children() if pid not in known]
        for stray in strays:
            for one in (stray, *process.descendants(stray)):
                process.send(one, signal.SIGKILL)
        return bool(strays)

    def adopt(self, name: str, pid: int, *, known: bool) -> None:
        """Take over a shim of an earlier daemon; unless it is `known`, ask whether its program has started.

        A shim that is asked nothing stays as small as it is: see `vigil`.
        """
        self._supervisor.bodies[name].adopt(pid, lambda: self._ended(name))
        if not known:
            self._supervisor.bodies[name].ask()
