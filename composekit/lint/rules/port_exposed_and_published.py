"""Port in both ports and expose.

What it finds: an entry of `expose` whose port `ports` publishes, too.
Why it matters: a published port is exposed anyway. The second entry only has to be kept in step.
Instead of:
    services:
      web:
        image: nginx:1.27
        expose: ["80"]
        ports: ["8080:80"]
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["8080:80"]
Fix: none; without it the list may be empty.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, entries, text
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK813", "port-exposed-and-published", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, exposed in ctx.having("expose"):
        targets = {(text(child(one, "target")), text(child(one, "protocol"))) for one in entries(service.get("ports"))}
        for index, node in enumerate(entries(exposed)):
            port, _, protocol = text(node).partition("/")
            if (port, protocol or "tcp") in targets:
                yield Hit(
                    node.span,
                    "port {port} is published already",
                    path=("services", name, "expose", index),
                    service=name,
                    port=text(node),
                )
