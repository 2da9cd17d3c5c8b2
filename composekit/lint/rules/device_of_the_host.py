"""Disk or memory of the host given to a service.

What it finds: `devices` with a disk (/dev/sda, /dev/nvme0n1, /dev/vda), /dev/mem, /dev/kmem, /dev/port, or /dev
    itself.
Why it matters: the program reads and writes past the host's file permissions, and so has the host.
Instead of:
    services:
      health:
        image: example/smart:1.0
        devices:
          - /dev/sda:/dev/sda
Write:
    services:
      health:
        image: example/smart:1.0
        devices:
          - /dev/bus/usb:/dev/bus/usb
Fix: none; only you know what the program does with it.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import child, entries, narrow, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity

INFO = RuleInfo("CK513", "device-of-the-host", Severity.WARNING, "security", since="0.1")

_DANGEROUS = re.compile(
    r"/dev(?:/(?:mem|kmem|port|sd[a-z]+\d*|hd[a-z]+\d*|vd[a-z]+\d*|xvd[a-z]+\d*|nvme\d+(?:n\d+(?:p\d+)?)?|dm-\d+|mapper/.+))?/?"
)


def check(ctx: LintContext) -> Iterator[Hit]:
    for name, _, devices in ctx.having("devices"):
        for index, device in enumerate(entries(devices)):
            source = child(device, "source")
            if source is not None and _DANGEROUS.fullmatch(text(source)):
                yield Hit(
                    narrow(source.span, text(source)),
                    "'{service}' gets {device} of the host",
                    path=("services", name, "devices", index),
                    hint="share files with a volume instead",
                    service=name,
                    device=text(source),
                )
