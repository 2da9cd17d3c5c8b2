"""Environment in the other form.

What it finds: an `environment` written as a list of NAME=value where the form is `mapping`, the default, or the other
    way round.
Why it matters: in a mapping each value can be quoted, merged and overridden by itself, and a name cannot stand twice.
Instead of:
    services:
      web:
        image: nginx:1.27
        environment:
          - PORT=80
Write:
    services:
      web:
        image: nginx:1.27
        environment:
          PORT: "80"
Fix: none here; composekit fmt does it.
"""

from collections.abc import Iterator

from composekit.lint.reading import entries, text
from composekit.lint.rule import ON_REQUEST, Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Sequence

INFO = RuleInfo(
    "CK808",
    "environment-form",
    Severity.INFO,
    "style",
    since="0.1",
    profiles=ON_REQUEST,
    settings=(Setting("form", "mapping", "mapping or list"),),
)


def check(ctx: LintContext) -> Iterator[Hit]:
    wanted = ctx.setting(INFO, "form")
    for name, service, environment in ctx.written("environment"):
        found = {Mapping: "mapping", Sequence: "list"}.get(type(environment))
        if not found or found == wanted:
            continue
        if found == "list" and all("=" not in text(entry) for entry in entries(environment)):
            continue  # names that are passed on look odd in a mapping
        yield Hit(
            service.key_span("environment"),
            "the environment of '{service}' is a {found}, not a {wanted}",
            path=("services", name, "environment"),
            service=name,
            found=found,
            wanted=wanted,
        )
