"""Mount that reaches back to the host.

What it finds: a bind mount with the propagation `shared` or `rshared`.
Why it matters: what the service mounts there appears on the host, too, over the host's own files.
Instead of:
    services:
      storage:
        image: example/storage:1.0
        volumes:
          - /mnt/data:/mnt/data:rshared
Write:
    services:
      storage:
        image: example/storage:1.0
        volumes:
          - /mnt/data:/mnt/data:rslave
Fix: none; storage plug-ins need it.
"""

from collections.abc import Iterator

from composekit.lint.mounts import mounts
from composekit.lint.reading import child, narrow, text
from composekit.lint.rule import STRICT_AND_HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK519", "mount-propagated", Severity.WARNING, "security", since="0.1", profiles=STRICT_AND_HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        node = child(mount.node, "bind", "propagation")
        if node is not None and text(node) in {"shared", "rshared"}:
            yield Hit(
                narrow(node.span, text(node), last=True),
                "what '{service}' mounts in {target} appears on the host",
                path=mount.path,
                hint="use rslave, which goes one way only",
                service=mount.service,
                target=mount.target,
            )
