"""Services without a blank line between them.

What it finds: a service of more than one line that directly follows another one of more than one line.
Why it matters: where one service ends and the next begins is seen at a glance.
Instead of:
    services:
      api:
        image: example/api:1.0
      web:
        image: nginx:1.27
Write:
    services:
      api:
        image: example/api:1.0

      web:
        image: nginx:1.27
Fix: a blank line is added.
"""

from collections.abc import Iterator
from itertools import pairwise

from composekit.lint.layout import in_order
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.node import Mapping
from composekit.source.text import Span

INFO = RuleInfo("CK809", "blank-line-missing", Severity.INFO, "style", since="0.1", profiles=ON_REQUEST)


def check(ctx: LintContext) -> Iterator[Hit]:
    for document in ctx.documents:
        services = document.get("services")
        if not isinstance(services, Mapping):
            continue
        names = in_order(services)
        for last, name in pairwise(names):
            key, before = services.key_span(name), services[last].span
            between = key.source.text[before.end : key.start]
            if key.source is not before.source or ("\n" not in before.text and "\n" not in between):
                continue
            above = services.key_span(last)
            if "\n\n" in between.replace("\r", "").replace(" ", "") or key.position.line - above.position.line < 2:
                continue
            yield Hit(
                key,
                "no blank line above '{service}'",
                path=("services", name),
                fix=_fix(before.end, key),
                service=name,
            )


def _fix(after: int, key: Span) -> Fix | None:
    text = key.source.text
    end = text.find("\n", after)
    if not after <= end < key.start:
        return None
    return Fix("add a blank line", (Edit(Span(key.source, end + 1, end + 1), "\n"),))
