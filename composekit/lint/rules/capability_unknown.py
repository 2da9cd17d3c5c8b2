"""Capability that does not exist.

What it finds: a name in `cap_add` or `cap_drop` that is no Linux capability.
Why it matters: the engine refuses to create the container: "unknown capability".
Instead of:
    services:
      vpn:
        image: example/vpn:1.0
        cap_add: [NET_ADMN]
Write:
    services:
      vpn:
        image: example/vpn:1.0
        cap_add: [NET_ADMIN]
Fix: none; the hint names the capability that comes closest.
"""

from collections.abc import Iterator

from composekit.lint.capabilities import CAPABILITIES, capability
from composekit.lint.reading import entries, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK429", "capability-unknown", Severity.ERROR, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    for key in ("cap_add", "cap_drop"):
        for name, _, listed in ctx.having(key):
            for index, node in enumerate(entries(listed)):
                written = text(node)
                if written and capability(written) not in CAPABILITIES and is_written(node.span):
                    yield Hit(
                        node.span,
                        "'{capability}' is not a capability",
                        path=("services", name, key, index),
                        hint=_hint(capability(written)),
                        capability=written,
                        service=name,
                    )


def _hint(wrong: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(wrong, CAPABILITIES, n=1)
    return f"did you mean {close[0]}?" if close else "man 7 capabilities lists them"
