"""Two restart policies that differ.

What it finds: a `restart` beside a `deploy.restart_policy` that says something else.
Why it matters: Compose takes the one in `deploy`, so whoever changes `restart` changes nothing.
Instead of:
    services:
      web:
        image: nginx:1.27
        restart: always
        deploy:
          restart_policy:
            condition: on-failure
Write:
    services:
      web:
        image: nginx:1.27
        deploy:
          restart_policy:
            condition: on-failure
Fix: the line with `restart` is removed; marked unsafe, as other tools may read it.
"""

from collections.abc import Iterator

from composekit.lint.edits import is_alone, remove_lines
from composekit.lint.reading import child, text
from composekit.lint.rule import NOT_IN_SWARM, Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Fix, Related, Severity
from composekit.source.text import Span

INFO = RuleInfo(
    "CK437", "restart-contradicts-deploy", Severity.WARNING, "correctness", since="0.1", profiles=NOT_IN_SWARM
)

# As Docker Compose maps them; without a condition, a policy restarts nothing.
_CONDITIONS = {"no": "none", "always": "any", "unless-stopped": "any", "on-failure": "on-failure"}


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, node in ctx.having("restart"):
        policy = child(service, "deploy", "restart_policy")
        if policy is None or "restart" not in service.key_spans:
            continue
        written = text(child(policy, "condition")) or "no"
        condition = _CONDITIONS.get(written, written)
        if _CONDITIONS.get(text(node).partition(":")[0], condition) == condition:
            continue
        key = service.key_span("restart")
        whole = Span(key.source, key.start, node.span.end) if key.source is node.span.source else node.span
        alone = key.source is node.span.source and key.start < node.span.start and is_alone(whole)
        where = child(policy, "condition")
        yield Hit(
            node.span,
            "'restart: {restart}' has no effect: deploy.restart_policy says {condition}",
            path=("services", name, "restart"),
            hint="keep one of the two",
            related=(Related("this one counts", where.span),) if where is not None and is_written(where.span) else (),
            fix=Fix("remove restart", (remove_lines(whole),), safe=False) if alone else None,
            service=name,
            restart=text(node),
            condition=condition,
        )
