"""Moving tag that is pulled every time.

What it finds: an image with no tag, or with `latest`, together with `pull_policy: always`.
Why it matters: any restart may bring another version, at the moment when something else has gone wrong already.
Instead of:
    services:
      cache:
        image: example/cache:latest
        pull_policy: always
Write:
    services:
      cache:
        image: example/cache:1.4
        pull_policy: always
Fix: none; only you know which version you meant.
"""

from collections.abc import Iterator

from composekit.lint.images import read_image
from composekit.lint.reading import text
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK613", "pull-of-moving-tag", Severity.INFO, "reliability", since="0.1", profiles=STRICT)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, service, node in ctx.having("pull_policy"):
        image = read_image(text(service.get("image")))
        if text(node) != "always" or image is None or image.digest or image.tag not in {"", "latest"}:
            continue
        yield Hit(
            node.span,
            "each start of '{service}' may bring another version",
            path=("services", name, "pull_policy"),
            hint="name the version that was tested",
            service=name,
        )
