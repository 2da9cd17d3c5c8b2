"""Service in another namespace of the host.

What it finds: `ipc: host`, `uts: host`, `userns_mode: host` or `cgroup: host`.
Why it matters: each takes away one wall between the container and the host: shared memory of other programs, the
    host's name, real user ids, or the tree of control groups.
Instead of:
    services:
      worker:
        image: example/worker:1.0
        ipc: host
Write:
    services:
      worker:
        image: example/worker:1.0
        shm_size: 1g
Fix: none; shm_size is often what was wanted.
"""

from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK509", "host-namespace", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED)

_MEANING = {
    "ipc": "shares memory with programs of the host",
    "uts": "can change the host's name",
    "userns_mode": "runs with the user ids of the host",
    "cgroup": "sees the control groups of the host",
}


def check(ctx: LintContext) -> Iterator[Hit]:
    for key, meaning in _MEANING.items():
        for name, _, node in ctx.having(key):
            if text(node) == "host":
                yield Hit(
                    node.span,
                    "'{service}' {meaning}",
                    path=("services", name, key),
                    hint="set shm_size instead" if key == "ipc" else "remove it if the program works without",
                    service=name,
                    key=key,
                    meaning=meaning,
                )
