"""Service that keeps the default capabilities.

What it finds: a service without `cap_drop: [ALL]`.
Why it matters: containers get fourteen capabilities by default, among them changing owners and opening raw sockets.
    Most programs need none of them.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        cap_drop: [ALL]
        cap_add: [CHOWN, SETGID, SETUID, NET_BIND_SERVICE]
Fix: `cap_drop: [ALL]` is added; unsafe, as the program may need some of them.
"""

from collections.abc import Iterator

from composekit.lint.capabilities import capability
from composekit.lint.edits import add_key
from composekit.lint.reading import entries, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Fix, Severity

INFO = RuleInfo("CK516", "capabilities-kept", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        dropped = entries(service.get("cap_drop"))
        if "provider" in service or any(capability(text(node)) == "ALL" for node in dropped):
            continue
        edit = None if dropped else add_key(service, ("cap_drop: [ALL]",))
        yield Hit(
            service.key_span("cap_drop") if dropped and "cap_drop" in service.key_spans else name_span(ctx, name),
            "'{service}' keeps capabilities that it may not need",
            path=("services", name, "cap_drop"),
            hint="drop ALL and add what it needs",
            fix=Fix("drop all capabilities", (edit,), safe=False) if edit else None,
            service=name,
        )
