"""Directory of the host's system, writable.

What it finds: a bind mount, not read-only, of a directory that the host itself runs from: `/`, /etc, /boot, /usr,
    /bin, /sbin, /lib, /root, /proc, /sys, /dev, /run, /var/run, /var/lib/docker and the like.
Why it matters: whoever writes there is root on the host: a line in /etc/crontab or a changed program is enough.
Instead of:
    services:
      agent:
        image: example/agent:1.0
        volumes:
          - /:/host
Write:
    services:
      agent:
        image: example/agent:1.0
        volumes:
          - /etc/os-release:/host/os-release:ro
Fix: `:ro` is added to a short form; unsafe, as the program may write there.
"""

from collections.abc import Iterator

from composekit.lint.mounts import mounts
from composekit.lint.paths import make_read_only, system_directory
from composekit.lint.rule import NOT_AT_HOME, Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK510", "host-directory-writable", Severity.WARNING, "security", since="0.1", profiles=NOT_AT_HOME)


def check(ctx: LintContext) -> Iterator[Hit]:
    for mount in ctx.shared(mounts):
        directory = system_directory(mount)
        if directory and not mount.read_only:
            yield Hit(
                mount.source_span,
                "'{service}' can write to {directory} of the host",
                path=mount.path,
                hint="mount only the file that is needed, read-only",
                fix=make_read_only(mount),
                service=mount.service,
                directory=directory,
            )
