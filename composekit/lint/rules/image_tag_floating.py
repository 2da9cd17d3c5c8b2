"""Image without a fixed tag.

What it finds: an image with no tag, or with `latest`. Left alone are images with a digest, images that the project
    itself builds, images that are never pulled, and tags that come from a ${VARIABLE}.
Why it matters: the same file starts other software tomorrow, and a rollback finds nothing to go back to.
Instead of:
    services:
      cache:
        image: redis
Write:
    services:
      cache:
        image: redis:7.4
Fix: none; only you know which version you meant.
"""

from collections.abc import Iterator

from composekit.lint.images import read_image
from composekit.lint.reading import has_variable, matches_any, narrow, text
from composekit.lint.rule import Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity

INFO = RuleInfo(
    "CK504",
    "image-tag-floating",
    Severity.WARNING,
    "security",
    since="0.1",
    settings=(Setting("allow", (), "images that may move, as patterns: registry.example.com/*"),),
)

_NEVER_PULLED = frozenset({"never", "build"})


def check(ctx: LintContext) -> Iterator[Hit]:
    allowed = ctx.setting(INFO, "allow")
    built = {text(service.get("image")) for service in ctx.services.values() if "build" in service}
    for name, service, node in ctx.having("image"):
        if "build" in service or text(service.get("pull_policy")) in _NEVER_PULLED:
            continue
        image = text(node)
        parts = read_image(image)
        if parts is None or parts.digest or parts.tag not in {"", "latest"}:
            continue
        if image in built or has_variable(node.span) or matches_any(image, allowed):
            continue
        tag = "no tag" if not parts.tag else "the tag 'latest', which moves"
        yield Hit(
            narrow(node.span, image),
            "image '{image}' has {tag}",
            path=("services", name, "image"),
            hint="name the version that was tested",
            image=image,
            tag=tag,
        )
