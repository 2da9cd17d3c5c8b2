"""Keys of a service out of order.

What it finds: a key of a service that stands behind one it should come before: what it is first (image, build), then
    how it runs, what it needs, what it is given, where it is reached. Keys that the order does not name may stand
    anywhere.
Why it matters: in a file of many services, each thing is found at the same place.
Instead of:
    services:
      web:
        ports: ["80:80"]
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        ports: ["80:80"]
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator

from composekit.lint.layout import ORDER, in_order
from composekit.lint.reading import pairs
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo(
    "CK801",
    "service-key-order",
    Severity.INFO,
    "style",
    since="0.1",
    profiles=ON_REQUEST,
    status="preview",
    settings=(Setting("order", ORDER, "keys in the order they should have"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    rank = {key: place for place, key in enumerate(ctx.setting(INFO, "order"))}
    for document in ctx.documents:
        for name, service in pairs(document.get("services")):
            if not isinstance(service, Mapping):
                continue
            last = ""
            for key in in_order(service):
                if key not in rank:
                    continue
                if last and rank[key] < rank[last]:
                    yield Hit(
                        service.key_span(key),
                        "'{key}' should come before '{last}'",
                        path=("services", name, key),
                        service=name,
                        key=key,
                        last=last,
                    )
                    break
                last = key
