"""Volume that misses the directory where a database keeps its data.

What it finds: a volume at /var/lib/postgresql for PostgreSQL up to 17, or at /var/lib/postgresql/data for PostgreSQL
    18 and newer; a volume at /data for MongoDB's image up to 8 is fine. Services that set PGDATA are left alone.
Why it matters: up to 17 the image keeps its data in a volume of its own at /var/lib/postgresql/data, inside yours,
    which stays empty; the data is gone with the container. From 18 on the image refuses to start with a volume at the
    old place.
Instead of:
    services:
      db:
        image: postgres:17
        volumes:
          - data:/var/lib/postgresql
    volumes:
      data:
Write:
    services:
      db:
        image: postgres:17
        volumes:
          - data:/var/lib/postgresql/data
    volumes:
      data:
Fix: the directory is corrected; unsafe, as the data that is there now stays where it is.
"""

import re
from collections.abc import Iterator

from composekit.lint.images import read_image
from composekit.lint.mounts import mounts
from composekit.lint.reading import child, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Edit, Fix, Severity

INFO = RuleInfo("CK609", "data-directory-missed", Severity.WARNING, "reliability", since="0.1")

_OLD, _NEW = "/var/lib/postgresql/data", "/var/lib/postgresql"


def check(ctx: LintContext) -> Iterator[Hit]:
    targets: dict[str, set[str]] = {}
    for mount in ctx.shared(mounts):
        targets.setdefault(mount.service, set()).add(mount.target.rstrip("/"))
    for mount in ctx.shared(mounts):
        service = ctx.services[mount.service]
        major = _major(text(service.get("image")))
        if not major or child(service, "environment", "PGDATA") is not None or "build" in service:
            continue
        right, wrong = (_NEW, _OLD) if major >= 18 else (_OLD, _NEW)
        if mount.target.rstrip("/") != wrong or right in targets[mount.service]:
            continue
        why = "refuses to start with a volume there" if major >= 18 else "keeps its data in a volume of its own below"
        yield Hit(
            mount.target_span,
            "PostgreSQL {major} {why}",
            path=mount.path,
            hint="mount it at {right}",
            fix=Fix(f"mount it at {right}", (Edit(mount.target_span, right),), safe=False)
            if mount.target_span.text == wrong
            else None,
            service=mount.service,
            major=major,
            why=why,
            right=right,
        )


def _major(reference: str) -> int:
    """Return the version of the official PostgreSQL image; 0 for other images and other tags."""
    image = read_image(reference)
    found = re.match(r"\d+", image.tag) if image is not None and image.tag else None
    return int(found[0]) if image and found and image._replace(tag="", digest="").familiar == "postgres" else 0
