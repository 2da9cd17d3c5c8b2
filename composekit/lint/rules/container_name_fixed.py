"""Fixed container name.

What it finds: a `container_name`.
Why it matters: the name belongs to the whole machine: a second copy of the project, such as another branch, cannot
    start, and the service cannot have replicas.
Instead of:
    services:
      web:
        image: nginx:1.27
        container_name: web
Write:
    services:
      web:
        image: nginx:1.27
Fix: the line is removed; unsafe, as others may know the container by its name.
"""

from collections.abc import Iterator

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.reading import has_variable, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.text import Span

INFO = RuleInfo("CK614", "container-name-fixed", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, node in ctx.having("container_name"):
        if "container_name" not in service.key_spans or has_variable(node.span):
            continue
        key = service.key_span("container_name")
        whole = Span(key.source, key.start, max(node.span.end, key.end))
        alone = key.source is node.span.source and key.start < node.span.start and is_alone(whole) and len(service) > 1
        yield Hit(
            node.span,
            "the name '{container}' can exist only once on a machine",
            path=("services", name, "container_name"),
            hint="leave it out: services reach '{service}' by its own name",
            fix=Fix("remove the name", (remove_lines(whole),), safe=False) if alone else None,
            container=text(node),
            service=name,
        )
