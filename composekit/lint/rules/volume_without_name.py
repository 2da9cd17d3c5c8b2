"""Anonymous volume.

What it finds: a volume with a place in the container and no name.
Why it matters: nobody can tell whose data it holds. `docker compose down -v` removes it, `down` leaves it behind, and
    the next container may get a new, empty one.
Instead of:
    services:
      web:
        image: example/web:1.0
        volumes:
          - /var/lib/web
Write:
    services:
      web:
        image: example/web:1.0
        volumes:
          - data:/var/lib/web
    volumes:
      data:
Fix: none; a name has to be found, and the data to be moved.
"""

from collections.abc import Iterator

from composekit.lint.mounts import covers, mounts
from composekit.lint.rule import STRICT_AND_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK610", "volume-without-name", Severity.INFO, "reliability", since="0.1", profiles=STRICT_AND_HOME)


def check(ctx: LintContext) -> Iterator[Hit]:
    around: dict[str, list[str]] = {}
    for mount in ctx.shared(mounts):
        if mount.kind == "bind":
            around.setdefault(mount.service, []).append(mount.target)
    for mount in ctx.shared(mounts):
        # Inside a bind mount it keeps a folder of the image, such as node_modules, from being hidden.
        hides = any(covers(one, mount.target) for one in around.get(mount.service, ()))
        if mount.kind == "volume" and not mount.source and not hides:
            yield Hit(
                mount.target_span,
                "the volume at {target} has no name",
                path=mount.path,
                hint="name it, and list the name below the top-level volumes",
                service=mount.service,
                target=mount.target,
            )
