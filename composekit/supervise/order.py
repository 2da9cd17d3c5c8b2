"""What a shim is told by the daemon, by way of the process that forks it: a few words, and the spec in memory."""

import json
import os

from composekit.supervise.spec import ProcessSpec

YES, _NO = "1", "0"


def order(spec: ProcessSpec, run: int, parting: str, path: str = "") -> bytes:
    """Return the message to a shim: which run of which replica, and what the hook `part` needs to know of its spec.

    `path` is where `in_memory` has the whole of it.
    """
    facts = (path, spec.name, str(run), YES if spec.terminal else _NO, YES if spec.stdin else _NO, parting)
    return "\0".join(facts).encode()


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
