"""Confinement switched off.

What it finds: `security_opt` with seccomp or apparmor `unconfined`, `label:disable`, or `systempaths=unconfined`.
Why it matters: these filters keep a program from most of the kernel's holes. Without them, one such hole is enough.
Instead of:
    services:
      browser:
        image: example/browser:1.0
        security_opt:
          - seccomp:unconfined
Write:
    services:
      browser:
        image: example/browser:1.0
        security_opt:
          - seccomp:./browser.json
Fix: none; a profile of its own can allow what the program needs.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries, text
from composekit.lint.rule import NOT_AT_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK514", "confinement-off", Severity.WARNING, "security", since="0.1", profiles=NOT_AT_HOME)

_OFF = {
    "seccomp:unconfined": "the filter of system calls",
    "apparmor:unconfined": "AppArmor",
    "label:disable": "SELinux",
    "systempaths:unconfined": "the protection of /proc and /sys",
}


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, listed in ctx.having("security_opt"):
        for index, node in enumerate(entries(listed)):
            what = _OFF.get(text(node).replace("=", ":").replace(" ", ""))
            if what:
                yield Hit(
                    node.span,
                    "'{service}' runs without {what}",
                    path=("services", name, "security_opt", index),
                    hint="remove it, or use a profile that allows what is needed",
                    service=name,
                    what=what,
                )
