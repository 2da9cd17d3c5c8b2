"""Memory limits that the engine refuses.

What it finds: a memory limit below 6 MB (`memory: 512` means 512 bytes), a reservation above the limit, a swap limit
    below it, and a swap limit without a memory limit.
Why it matters: the engine refuses to create the container.
Instead of:
    services:
      web:
        image: nginx:1.27
        mem_limit: 512
Write:
    services:
      web:
        image: nginx:1.27
        mem_limit: 512m
Fix: none; only you know which unit was meant.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, number
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.lint.services import is_written
from composekit.source.diagnostic import Severity
from composekit.source.node import Node

INFO = RuleInfo("CK432", "memory-limits-contradict", Severity.ERROR, "correctness", since="0.1")

_SMALLEST = 6 * 1024 * 1024
_KEYS = frozenset({"mem_limit", "mem_reservation", "memswap_limit", "deploy"})


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        if _KEYS.isdisjoint(service.items):
            continue
        limit = _first(service.get("mem_limit"), child(service, "deploy", "resources", "limits", "memory"))
        reserved = _first(
            service.get("mem_reservation"), child(service, "deploy", "resources", "reservations", "memory")
        )
        swap = service.get("memswap_limit")
        for node, wrong in _wrong(limit, reserved, swap):
            if is_written(node.span):
                yield Hit(
                    node.span,
                    "{wrong}",
                    path=("services", name),
                    hint="write a unit, such as 512m" if "6 MB" in wrong else None,
                    service=name,
                    wrong=wrong,
                )


def _wrong(limit: Node | None, reserved: Node | None, swap: Node | None) -> Iterator[tuple[Node, str]]:
    most = number(limit) or 0
    if limit is not None and 0 < most < _SMALLEST:
        yield limit, f"a limit of {most} bytes is below the smallest one, 6 MB"
    elif reserved is not None and 0 < most < (number(reserved) or 0):
        yield reserved, "more memory is reserved than the limit allows"
    if swap is not None and (number(swap) or 0) > 0:
        if not most:
            yield swap, "a swap limit needs a memory limit, too"
        elif (number(swap) or 0) < most:
            yield swap, "the swap limit includes the memory, so it cannot be smaller"


def _first(*nodes: Node | None) -> Node | None:
    return next((node for node in nodes if node is not None), None)
