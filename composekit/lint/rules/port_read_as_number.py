"""Port mapping that older parsers read as a number.

What it finds: a port mapping without quotes whose second number is below 60, such as 22:22.
Why it matters: YAML 1.1 reads `22:22` as a number to the base of 60, which is 1342. Docker Compose no longer does,
    but other tools that read the same file still do.
Instead of:
    services:
      git:
        image: example/git:1.0
        ports:
          - 2222:22
Write:
    services:
      git:
        image: example/git:1.0
        ports:
          - "2222:22"
Fix: quotes are put around the mapping.
"""

import re
from collections.abc import Iterator

from composekit.lint.edits import quote
from composekit.lint.reading import entries
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Fix, Severity
from composekit.source.node import Scalar

INFO = RuleInfo("CK447", "port-read-as-number", Severity.WARNING, "correctness", since="0.1", profiles=STRICT)

_BASE_60 = re.compile(r"[0-9]+(?::[0-5]?[0-9])+")


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, ports in ctx.written("ports"):
        for index, node in enumerate(entries(ports)):
            if isinstance(node, Scalar) and not node.style and _BASE_60.fullmatch(node.raw):
                yield Hit(
                    node.span,
                    "YAML 1.1 reads {port} as a number to the base of 60",
                    path=("services", name, "ports", index),
                    hint="put it in quotes",
                    fix=Fix("put the port in quotes", (quote(node.span),)),
                    service=name,
                    port=node.raw,
                )
