"""Configuration file that the service may change.

What it finds: a bind mount of a single file below the project's folder, by its ending a configuration or a
    certificate, without `:ro`.
Why it matters: a program that rewrites its configuration, or is taken over, changes the file in the repository.
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./nginx.conf:/etc/nginx/nginx.conf
Write:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./compose.yaml:/etc/compose.yaml:ro
Fix: `:ro` is added to a short form; unsafe, as the program may write there.
"""

import re
from collections.abc import Iterator

from composekit.lint.mounts import mounts, written_source
from composekit.lint.paths import make_read_only
from composekit.lint.rule import STRICT, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK616", "configuration-writable", Severity.INFO, "reliability", since="0.1", profiles=STRICT)

_FILE = re.compile(r"\.(?:conf|cfg|cnf|ini|ya?ml|toml|xml|properties|pem|crt|key|tmpl|template|htpasswd)$")


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        if mount.kind != "bind" or mount.read_only or not written_source(mount).startswith("."):
            continue
        if _FILE.search(mount.source):
            yield Hit(
                mount.source_span,
                "'{service}' may change {source}",
                path=mount.path,
                hint="mount it read-only with :ro",
                fix=make_read_only(mount),
                service=mount.service,
                source=written_source(mount),
            )
