"""What replicas use of the machine: processor, memory, disk, processes; two samples make a rate."""

from typing import NamedTuple

from composekit.runtime.sizes import binary_size, decimal_size
from composekit.runtime.trees import disk_bytes, facts_of, members
from composekit.supervise.home import Home

_NOT_TOLD = "--"  # Docker's own sign for it


class Usage(NamedTuple):
    """At one moment: `cpu` is what its living processes have used so far, in seconds; the rest is in bytes."""

    cpu: dict[int, float]
    memory: int
    read: int
    written: int


def measure(home: Home, name: str) -> Usage:
    """Look at all processes of a replica; memory that they share is counted for each."""
    facts = facts_of(members(home, name))
    read, written = disk_bytes([one.pid for one in facts])
    return Usage({one.pid: one.cpu for one in facts}, sum(one.memory for one in facts), read, written)


def usage_row(
    name: str, id_: str, before: Usage, after: Usage, *, seconds: float, total: int, short: int = 12
) -> dict[str, str]:
    """Return what `stats` shows, by Docker's keys; processor use is in percent of one processor.

    What a replica sends and receives is not counted: it is on the machine's own network.
    """
    spent = sum(cpu - before.cpu.get(pid, 0.0 if before.cpu else cpu) for pid, cpu in after.cpu.items())
    limit = total if after.cpu else 0
    return {
        "BlockIO": f"{decimal_size(after.read)} / {decimal_size(after.written)}",
        "CPUPerc": f"{max(spent, 0.0) * 100 / seconds:.2f}%",
        "Container": id_,
        "ID": id_[:short],
        "MemPerc": f"{after.memory * 100 / limit if limit else 0:.2f}%",
        "MemUsage": f"{binary_size(after.memory)} / {binary_size(limit)}",
        "Name": name,
        "NetIO": _NOT_TOLD,
        "PIDs": str(len(after.cpu)),
    }
