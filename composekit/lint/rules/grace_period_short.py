"""Database that has ten seconds to stop.

What it finds: a service of a well-known database image without a `stop_grace_period`, or with one below ten seconds.
    A service of such an image that runs another program is left alone.
Why it matters: after ten seconds the engine kills the program. A database that was still writing has to repair itself
    at its next start, or has lost data.
Instead of:
    services:
      db:
        image: postgres:17
Write:
    services:
      db:
        image: postgres:17
        stop_grace_period: 1m
Fix: none; only you know how long it takes.
"""

from collections.abc import Iterator

from composekit.errors import BadValue
from composekit.lint.images import data_directory, runs_database
from composekit.lint.reading import narrow, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity
from composekit.values.quantity import parse_duration

INFO = RuleInfo(
    "CK612",
    "grace-period-short",
    Severity.INFO,
    "reliability",
    since="0.1",
    profiles=STRICT,
    settings=(Setting("seconds", 10, "the shortest time that is enough"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    shortest = ctx.setting(INFO, "seconds") * 1_000_000_000
    for name, service, image in ctx.having("image"):
        node = service.get("stop_grace_period")
        if not data_directory(text(image)) or not runs_database(service):
            continue
        try:
            enough = node is not None and parse_duration(text(node)) >= shortest
        except BadValue:
            continue
        if not enough:
            yield Hit(
                node.span if node is not None else narrow(image.span, text(image)),
                "'{service}' is killed {seconds} after it is asked to stop",
                path=("services", name, "stop_grace_period"),
                hint="set stop_grace_period to a minute or more",
                service=name,
                seconds=text(node) if node is not None else "ten seconds",
            )
