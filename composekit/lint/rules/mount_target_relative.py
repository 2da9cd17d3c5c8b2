"""Mount at a relative path.

What it finds: a mount whose place in the container does not begin with a slash (or a drive, on Windows).
Why it matters: the engine refuses to create the container: "mount path must be absolute".
Instead of:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./site:usr/share/nginx/html
Write:
    services:
      web:
        image: nginx:1.27
        volumes:
          - ./site:/usr/share/nginx/html
Fix: none; it may be relative to the working directory, which only the image knows.
"""

import re
from collections.abc import Iterator

from composekit.lint.mounts import mounts
from composekit.lint.reading import has_variable
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK428", "mount-target-relative", Severity.ERROR, "correctness", since="0.1")

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        if mount.target.startswith("/") or _WINDOWS.match(mount.target) or has_variable(mount.span):
            continue
        yield Hit(
            mount.target_span,
            "'{target}' is not an absolute path",
            path=mount.path,
            hint="begin it with '/'",
            service=mount.service,
            target=mount.target,
        )
