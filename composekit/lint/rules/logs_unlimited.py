"""Logs that grow until the disk is full.

What it finds: a service whose logs are kept by the driver `json-file` (the default) without `max-size`. A service
    with another driver is left alone.
Why it matters: the default driver never rotates. One chatty service fills the disk of all others.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27
        logging:
          driver: json-file
          options: {max-size: 10m, max-file: "3"}
Fix: none; the engine's own configuration may set it for all containers.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.lint.services import name_span
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK606", "logs-unlimited", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service in ctx.services.items():
        logging = service.get("logging")
        if text(child(logging, "driver")) not in {"", "json-file"} or "provider" in service:
            continue
        if text(child(logging, "options", "max-size")):
            continue
        written = isinstance(logging, Mapping) and "logging" in service.key_spans
        yield Hit(
            service.key_span("logging") if written else name_span(ctx, name),
            "the logs of '{service}' grow without limit",
            path=("services", name, "logging"),
            hint="set logging.options.max-size",
            service=name,
        )
