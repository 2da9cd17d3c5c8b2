"""Programs may gain privileges.

What it finds: a service without `no-new-privileges` in `security_opt`, or with it set to false.
Why it matters: without it a program inside can become root through a setuid program such as su, even if the service
    runs as another user.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        security_opt:
          - no-new-privileges:true
Fix: the option is added; unsafe, as programs that use sudo or su no longer work.
"""

from collections.abc import Iterator

from composekit.lint.edits import add_key
from composekit.lint.reading import entries, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Fix, Severity

INFO = RuleInfo("CK515", "new-privileges", Severity.WARNING, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        options = entries(service.get("security_opt"))
        found = next((node for node in options if text(node).startswith("no-new-privileges")), None)
        if "provider" in service or (found is not None and not text(found).endswith("false")):
            continue
        edit = (
            None if options or found is not None else add_key(service, ("security_opt:", "  - no-new-privileges:true"))
        )
        yield Hit(
            found.span if found is not None else name_span(ctx, name),
            "programs of '{service}' may gain privileges",
            path=("services", name, "security_opt"),
            hint="add no-new-privileges:true to security_opt",
            fix=Fix("add no-new-privileges:true", (edit,), safe=False) if edit else None,
            service=name,
        )
