"""Capability beyond the usual ones.

What it finds: `cap_add` with a capability that containers do not have by default and that does not lead to the host,
    such as NET_ADMIN, SYS_TIME or IPC_LOCK.
Why it matters: each one widens what a program that is taken over can do.
Instead of:
    services:
      vpn:
        image: example/vpn:1.0
        cap_add: [NET_ADMIN]
Write:
    services:
      vpn:
        image: example/vpn:1.0
        cap_drop: [ALL]
        cap_add: [NET_BIND_SERVICE]
Fix: none; only you know whether the program needs it.
"""

from collections.abc import Iterator

from composekit.lint.capabilities import CAPABILITIES, capability
from composekit.lint.reading import entries, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK506",
    "capability-added",
    Severity.INFO,
    "security",
    since="0.1",
    profiles=HARDENED,
    settings=(Setting("allow", (), "capabilities that may be added"),),
)

# Docker's default set, and those that capability-of-the-host is about.
_LEFT_ALONE = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
        "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "ALL", "BPF", "DAC_READ_SEARCH", "MAC_ADMIN",
        "MAC_OVERRIDE", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO",
    }
)  # fmt: skip


def check(ctx: LintContext) -> Iterator[Hit]:
    allowed = {capability(one) for one in ctx.setting(INFO, "allow")}
    for name, _, listed in ctx.having("cap_add"):
        for index, node in enumerate(entries(listed)):
            added = capability(text(node))
            if added in CAPABILITIES and added not in _LEFT_ALONE and added not in allowed:
                yield Hit(
                    node.span,
                    "'{service}' gets {capability}, which containers do not have by default",
                    path=("services", name, "cap_add", index),
                    hint="remove it if the program works without",
                    capability=added,
                    service=name,
                )
