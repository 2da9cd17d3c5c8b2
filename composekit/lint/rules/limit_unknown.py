"""Resource limit that does not exist, or whose soft value is above the hard one.

What it finds: a key of `ulimits` that the engine does not know, and a `soft` value greater than the `hard` one.
Why it matters: the engine refuses to create the container.
Instead of:
    services:
      search:
        image: elasticsearch:8.15.0
        ulimits:
          memlocks: -1
Write:
    services:
      search:
        image: elasticsearch:8.15.0
        ulimits:
          memlock: -1
Fix: none; only you know which limit was meant.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, number, pairs
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK430", "limit-unknown", Severity.ERROR, "correctness", since="0.1")

# Those of man 2 setrlimit, as the runtime knows them.
_NAMES = "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack"
_KNOWN = frozenset(_NAMES.split())


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, limits in ctx.having("ulimits"):
        for limit, body in pairs(limits):
            soft, hard = number(child(body, "soft")), number(child(body, "hard"))
            if limit.lower() not in _KNOWN and isinstance(limits, Mapping):
                yield Hit(
                    limits.key_span(limit),
                    "'{limit}' is not a limit",
                    path=("services", name, "ulimits", limit),
                    hint="known are {known}",
                    limit=limit,
                    service=name,
                    known=", ".join(sorted(_KNOWN)),
                )
            elif soft is not None and hard is not None and (soft > hard >= 0 or soft == -1 < hard):
                node = child(body, "soft")
                yield Hit(
                    node.span if node is not None else body.span,
                    "the soft limit of '{limit}' is above the hard one, {hard}",
                    path=("services", name, "ulimits", limit),
                    limit=limit,
                    service=name,
                    hard=hard,
                )
