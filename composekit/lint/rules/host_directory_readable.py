"""Directory of the host's system, read-only.

What it finds: a read-only bind mount of a directory that the host itself runs from, such as `/` or /etc.
Why it matters: the host's keys and password hashes can be read, which is often enough to become root there.
Instead of:
    services:
      agent:
        image: example/agent:1.0
        volumes:
          - /etc:/host/etc:ro
Write:
    services:
      agent:
        image: example/agent:1.0
        volumes:
          - /etc/os-release:/host/os-release:ro
Fix: none; only you know which files the program reads.
"""

from collections.abc import Iterator

from composekit.lint.mounts import mounts
from composekit.lint.paths import system_directory
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK511", "host-directory-readable", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        directory = system_directory(mount)
        if directory and mount.read_only:
            yield Hit(
                mount.source_span,
                "'{service}' can read {directory} of the host",
                path=mount.path,
                hint="mount only the files that are needed",
                service=mount.service,
                directory=directory,
            )
