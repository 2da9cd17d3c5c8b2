"""Writable root file system.

What it finds: a service without `read_only: true`.
Why it matters: whoever takes a program over can change it, or leave something behind, where it may write.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        read_only: true
        tmpfs: [/var/cache/nginx, /run]
Fix: `read_only: true` is added; unsafe, as the program may write somewhere.
"""

from collections.abc import Iterator

from composekit.lint.edits import add_key
from composekit.lint.reading import is_true
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Fix, Severity

INFO = RuleInfo("CK517", "root-file-system-writable", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        if is_true(service.get("read_only")) or "provider" in service:
            continue
        edit = None if "read_only" in service.key_spans else add_key(service, ("read_only: true",))
        yield Hit(
            name_span(ctx, name),
            "'{service}' can write to its own root file system",
            path=("services", name, "read_only"),
            hint="set read_only: true, and tmpfs or volumes where it writes",
            fix=Fix("make the root file system read-only", (edit,), safe=False) if edit else None,
            service=name,
        )
