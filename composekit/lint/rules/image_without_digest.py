"""Image without a digest.

What it finds: an image that is pulled by its tag alone. Images that the project itself builds are left alone.
Why it matters: a tag can be moved to other contents. Only a digest names the very image that was tested.
Instead of:
    services:
      web:
        image: nginx:1.27
Write:
    services:
      web:
        image: nginx:1.27@sha256:0a399eb16751829e1af26fea27b20c3ec28d7ab1fb72182879dcae1cca21206a
Fix: none; the registry has to be asked.
"""

from collections.abc import Iterator

from composekit.lint.images import read_image
from composekit.lint.reading import has_variable, narrow, text
from composekit.lint.rule import HARDENED, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK529", "image-without-digest", Severity.INFO, "security", since="0.1", profiles=HARDENED)


def check(ctx: LintContext) -> Iterator[Hit]:
    built = {text(service.get("image")) for service in ctx.services.values() if "build" in service}
    for name, _, node in ctx.having("image"):
        image = read_image(text(node))
        if image is None or image.digest or text(node) in built or has_variable(node.span):
            continue
        yield Hit(
            narrow(node.span, text(node)),
            "image '{image}' has no digest",
            path=("services", name, "image"),
            hint="add the @sha256:... that was tested",
            image=text(node),
        )
