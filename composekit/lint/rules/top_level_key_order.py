"""Top-level keys out of order.

What it finds: a top-level key that stands behind one it should come before: version, name, include, services, models,
    networks, volumes, configs, secrets.
Why it matters: a reader finds each section at the same place in every file.
Instead of:
    volumes:
      data:
    services:
      db:
        image: postgres:17
        volumes: ["data:/var/lib/postgresql/data"]
Write:
    services:
      db:
        image: postgres:17
        volumes: ["data:/var/lib/postgresql/data"]
    volumes:
      data:
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator

from composekit.lint.layout import in_order
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK802", "top-level-key-order", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)

_ORDER = ("version", "name", "include", "services", "models", "networks", "volumes", "configs", "secrets")


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        last = ""
        for key in in_order(document):
            if key not in _ORDER:
                continue
            if last and _ORDER.index(key) < _ORDER.index(last):
                yield Hit(
                    document.key_span(key), "'{key}' should come before '{last}'", path=(key,), key=key, last=last
                )
                break
            last = key
