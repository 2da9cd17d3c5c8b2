"""File to be mounted that does not exist.

What it finds: a bind mount of a file below the project's folder that does not exist; what a file is its name tells,
    by an ending such as .conf or .yml.
Why it matters: the engine creates an empty folder of that name and mounts it. The program finds a folder where its
    configuration should be.
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./nginx.conf:/etc/nginx/nginx.conf:ro
Write:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./compose.yaml:/etc/compose.yaml:ro
Fix: none; the file is missing or its name is wrong.
"""

import os
import re
from collections.abc import Iterator

from composekit.lint.mounts import mounts, written_source
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK440", "bind-source-missing", Severity.WARNING, "correctness", since="0.1")

_FILE = re.compile(
    r"\.(?:conf|cfg|cnf|ini|ya?ml|json|toml|xml|properties|env|sh|sql|py|js|ts|pem|crt|key|txt|html|php|lua|rb|tmpl|template|htpasswd)$"
)


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        if mount.kind != "bind" or not written_source(mount).startswith("."):
            continue
        if _FILE.search(mount.source) and not os.path.exists(mount.source):
            yield Hit(
                mount.source_span,
                "'{source}' does not exist, so a folder of that name is mounted",
                path=mount.path,
                hint="create the file, or correct its name",
                service=mount.service,
                source=written_source(mount),
            )
