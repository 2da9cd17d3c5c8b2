"""Capability that gives a service the host.

What it finds: `cap_add` with a capability that leads to the host itself: ALL, SYS_ADMIN, SYS_MODULE, SYS_RAWIO,
    SYS_PTRACE, SYS_BOOT, BPF, DAC_READ_SEARCH, MAC_ADMIN, MAC_OVERRIDE or SYSLOG.
Why it matters: with one of these a program that is taken over can load kernel code, read every file of the host or
    take over its other processes. It is little better than `privileged`.
Instead of:
    services:
      backup:
        image: example/backup:1.0
        cap_add: [SYS_ADMIN]
Write:
    services:
      backup:
        image: example/backup:1.0
        cap_add: [FOWNER]
Fix: none; only you know what the program needs.
"""

from collections.abc import Iterator

from composekit.lint.capabilities import capability
from composekit.lint.reading import entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK505", "capability-of-the-host", Severity.WARNING, "security", since="0.1")

_POWERS = {
    "ALL": "do everything on the host",
    "BPF": "run code in the host's kernel",
    "DAC_READ_SEARCH": "read every file of the host",
    "MAC_ADMIN": "switch off the host's access rules",
    "MAC_OVERRIDE": "bypass the host's access rules",
    "SYSLOG": "read the addresses of the host's kernel",
    "SYS_ADMIN": "mount the host's file systems",
    "SYS_BOOT": "restart the host",
    "SYS_MODULE": "load code into the host's kernel",
    "SYS_PTRACE": "read and change other processes",
    "SYS_RAWIO": "access the host's memory and disks",
}


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, listed in ctx.having("cap_add"):
        for index, node in enumerate(entries(listed)):
            power = _POWERS.get(capability(text(node)))
            if power:
                yield Hit(
                    node.span,
                    "{capability} lets '{service}' {power}",
                    path=("services", name, "cap_add", index),
                    hint="name the narrowest capability that does",
                    capability=text(node),
                    service=name,
                    power=power,
                )
