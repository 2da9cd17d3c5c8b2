"""Restart policy that does not exist.

What it finds: a `restart` other than no, always, unless-stopped, on-failure or on-failure:N (Compose takes none and
    any, too).
Why it matters: the engine refuses to create the container: "invalid restart policy".
Instead of:
    services:
      web:
        image: nginx:1.27
        restart: on_failure
Write:
    services:
      web:
        image: nginx:1.27
        restart: on-failure
Fix: none; the hint names the policy that comes closest.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK431", "restart-policy-unknown", Severity.ERROR, "correctness", since="0.1")

_POLICY = re.compile(r"no|none|any|always|unless-stopped|on-failure(?::.*)?")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, node in ctx.having("restart"):
        policy = text(node)
        if not policy or _POLICY.fullmatch(policy) or not is_written(node.span):
            continue
        yield Hit(
            node.span,
            "'{policy}' is not a restart policy",
            path=("services", name, "restart"),
            hint=_hint(policy),
            policy=policy,
            service=name,
        )


def _hint(policy: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(policy, ["always", "unless-stopped", "on-failure"], n=1)
    return f"did you mean {close[0]}?" if close else 'use "no", always, unless-stopped or on-failure'
