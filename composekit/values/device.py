"""Devices in their short form: "/dev/ttyUSB0:/dev/modem:rw" to source, target and permissions.

There is one way to be wrong, a fourth part, so plain code reads this language without a grammar.
"""

from typing import NamedTuple

from composekit.errors import BadValue


class DeviceMapping(NamedTuple):
    """A device of the host, where a container sees it, and what it may do with it (of r, w and m; not checked here)."""

    source: str
    target: str
    permissions: str


def parse_device(text: str) -> DeviceMapping:
    """Read a device's short form, as Docker Compose does; raises `BadValue` at a fourth part.

    A missing or empty target is the source. A CDI name such as vendor.com/gpu=all has no parts and is both. Parts may
    be empty otherwise too: whoever opens the device will say what it thinks of that.
    """
    parts = text.split(":")
    if len(parts) > 3:
        offset = sum(map(len, parts[:3])) + 2
        hint = "write SOURCE[:TARGET[:PERMISSIONS]], such as /dev/sda:/dev/xvda:rwm, or the long form"
        raise BadValue("a device has at most three parts", offset=offset, length=len(text) - offset, hint=hint)
    source = parts[0]
    target = parts[1] if len(parts) > 1 else ""
    return DeviceMapping(source, target or source, parts[2] if len(parts) > 2 else "rwm")
