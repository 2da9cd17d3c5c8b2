"""Temporary file system that programs can run from.

What it finds: a `tmpfs` with the option `exec`, `suid` or `dev`.
Why it matters: a temporary file system is writable by design. With these options it is where an attacker puts a
    program.
Instead of:
    services:
      web:
        image: nginx:1.27
        tmpfs:
          - /tmp:exec,size=64m
Write:
    services:
      web:
        image: nginx:1.27
        tmpfs:
          - /tmp:size=64m
Fix: none; the program may run something from there.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries, narrow, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK518", "tmpfs-with-programs", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, listed in ctx.having("tmpfs"):
        for index, node in enumerate(entries(listed)):
            options = text(node).partition(":")[2].split(",")
            given = next((option for option in options if option in {"exec", "suid", "dev"}), None)
            if given:
                yield Hit(
                    narrow(node.span, given, last=True),
                    "the option '{option}' lets programs run from this tmpfs",
                    path=("services", name, "tmpfs", index),
                    hint="remove the option",
                    service=name,
                    option=given,
                )
