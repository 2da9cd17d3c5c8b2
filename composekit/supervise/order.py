"""What a shim is told by the daemon, by way of the process that forks it: a few words, and the spec in memory."""

import json
import os
from typing import NamedTuple

from composekit.supervise.spec import ProcessSpec


class Order(NamedTuple):
    """Which run of which replica a shim is to start. `parting` is what the hook `part` needs to know of its spec.

    `spec_fd` is the spec as JSON, in memory; -1 where it cannot be passed so.
    """

    name: str
    run: int
    terminal: bool
    stdin: bool
    parting: str
    spec_fd: int = -1

    def encode(self) -> bytes:
        """Return it as a message, without the descriptor."""
        return f"{self.name}\0{self.run}\0{self.terminal:d}\0{self.stdin:d}\0{self.parting}".encode()

    @classmethod
    def decode(cls, message: bytes, spec_fd: int) -> "Order":
        name, run, terminal, stdin, parting = message.decode().split("\0")
        return cls(name, int(run), terminal == "1", stdin == "1", parting, spec_fd)


def in_memory(payload: bytes) -> int:
    """Keep the whole spec where a later daemon of the same user can read it, and no disk ever sees it."""
    descriptor = os.memfd_create("composekit-spec")
    try:
        while payload:
            payload = payload[os.write(descriptor, payload) :]
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_spec(descriptor: int) -> ProcessSpec:
    """Return the spec that `in_memory` keeps."""
    return ProcessSpec.from_json(json.loads(os.pread(descriptor, os.fstat(descriptor).st_size, 0)))
