"""One image name for two different builds.

What it finds: two services with the same `image` and a `build` of their own, where the builds differ in context,
    Dockerfile, target or arguments.
Why it matters: both builds write to the same name, so the last one wins and one service runs the other's program.
Instead of:
    services:
      web:
        image: example/app:dev
        build: ./web
      worker:
        image: example/app:dev
        build: ./worker
Write:
    services:
      web:
        image: example/web:dev
        build: https://github.com/example/web.git
      worker:
        image: example/worker:dev
        build: https://github.com/example/worker.git
Fix: none; either the names or the builds are the mistake.
"""

from collections.abc import Iterator

from composekit.lint.reading import child, narrow, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo, may_run_together
from composekit.source.diagnostic import Related, Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK438", "image-built-twice", Severity.WARNING, "correctness", since="0.1")


def check(ctx: LintContext) -> Iterator[Hit]:
    first: dict[str, tuple[str, Mapping]] = {}
    for name, service, build in ctx.having("build"):
        image = service.get("image")
        if image is None or not isinstance(build, Mapping) or not text(image):
            continue
        other, known = first.setdefault(text(image), (name, service))
        if other == name or _recipe(known) == _recipe(service) or not may_run_together(known, service):
            continue
        yield Hit(
            narrow(image.span, text(image)),
            "'{service}' and '{other}' build different images under one name, '{image}'",
            path=("services", name, "image"),
            hint="name the images apart",
            related=(Related("the other build", known["image"].span),),
            service=name,
            other=other,
            image=text(image),
        )


def _recipe(service: Mapping) -> tuple[str, ...]:
    build = service["build"]
    keys = ("context", "dockerfile", "dockerfile_inline", "target")
    args = sorted(f"{key}={text(value)}" for key, value in pairs(child(build, "args")))
    return (*(text(child(build, key)) for key in keys), *args)
