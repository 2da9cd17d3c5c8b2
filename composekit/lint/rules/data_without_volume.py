"""Database whose data is on no named volume.

What it finds: a service of a well-known database image without a mount at, above or below the image's data directory,
    and without a tmpfs there. A service of such an image that runs another program is left alone.
Why it matters: the data goes to an anonymous volume, which `docker compose down` leaves behind and the next `up` does
    not find.
Instead of:
    services:
      db:
        image: postgres:17
Write:
    services:
      db:
        image: postgres:17
        volumes:
          - data:/var/lib/postgresql/data
    volumes:
      data:
Fix: none; only you know where the data should be.
"""

from collections.abc import Iterator

from composekit.lint.images import data_directory, runs_database
from composekit.lint.mounts import covers, mounts
from composekit.lint.reading import entries, narrow, text
from composekit.lint.rule import STRICT_AND_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK608", "data-without-volume", Severity.WARNING, "reliability", since="0.1", profiles=STRICT_AND_HOME)


def check(ctx: LintContext) -> Iterator[Hit]:
    mounted: dict[str, list[str]] = {}
    for mount in ctx.shared(mounts):
        mounted.setdefault(mount.service, []).append(mount.target)
    for name, service, node in ctx.having("image"):
        directory = data_directory(text(node))
        if not directory or "volumes_from" in service or "build" in service or not runs_database(service):
            continue
        targets = mounted.get(name, []) + [text(one).partition(":")[0] for one in entries(service.get("tmpfs"))]
        if not any(covers(one, directory) or covers(directory, one) for one in targets):
            yield Hit(
                narrow(node.span, text(node)),
                "the data of '{service}' is on no named volume",
                path=("services", name, "volumes"),
                hint="mount a volume at {directory}",
                service=name,
                directory=directory,
            )
