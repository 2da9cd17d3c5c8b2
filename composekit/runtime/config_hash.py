"""When a replica is another than it was: a hash of everything that makes a service what it is."""

import dataclasses
import hashlib
import json
from typing import Any, NamedTuple

from composekit.model.service import Service
from composekit.runtime.files import Files
from composekit.source.node import to_python
from composekit.supervise.spec import ProbeSpec

# As in Docker Compose: how many there are, who is waited for and how an image is made do not make a service another.
_LEFT_OUT = ("build", "pull_policy", "scale", "depends_on", "profiles")


class Run(NamedTuple):
    """What is executed: words, environment, working directory, health check."""

    words: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    probe: ProbeSpec | None


def config_hash(service: Service, run: Run, *, files: Files, view: str, hostname: str) -> str:
    """Return 64 hexadecimal digits; equal for all replicas of a service, and whatever addresses they have."""
    written: Any = to_python(service.origin)
    for key in _LEFT_OUT:
        written.pop(key, None)
    if isinstance(written.get("deploy"), dict):
        written["deploy"] = {key: value for key, value in written["deploy"].items() if key != "replicas"}
        if not written["deploy"]:
            del written["deploy"]
    own = {key: value for key, value in run.env.items() if key != "HOSTNAME"}
    mounts = [{key: value for key, value in one.items() if not _is_own(key, value)} for one in files.mounts]
    facts = {
        "service": written,
        "words": run.words,
        "env": {**own, "HOSTNAME": hostname},
        "cwd": run.cwd,
        "mounts": mounts,
        "content": {
            key: hashlib.sha256(value).hexdigest() for key, value in files.write.items() if key not in files.taken
        },
        "probe": dataclasses.asdict(run.probe) if run.probe else None,
        "view": view,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _is_own(key: str, value: Any) -> bool:
    """Folders made for one replica differ between replicas."""
    return key == "source" and isinstance(value, str) and "/anonymous/" in value
