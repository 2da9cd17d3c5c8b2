"""Who only waits: programs that keep a service alive, and of which it is certain that they outlast a time.

The first process of a space does not hear a signal that it has no handler for. What would go on with its work until it
is killed is left to do so. `sleep infinity` and its like have none, so nobody needs to wait for them.
"""

import os
import time

from composekit.supervise import process

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ENDLESS = ("inf", "infinity")
_TICKS = os.sysconf("SC_CLK_TCK")
# Programs that are several; which one is meant is in the first word.
_MANY = ("busybox", "coreutils", "toybox")


def only_waits(pid: int, number: int, seconds: float) -> bool:
    """Tell whether a first process is alone, deaf to a signal, and certain to do nothing for so many seconds."""
    words = process.words_of(pid)
    name = os.path.basename(words[0]) if words else ""
    if name == "sleep":
        lasts = _sleeps(words[1:])
    elif name == "tail":
        lasts = float("inf") if _follows_nothing(words[1:]) else None
    else:
        return False
    return (
        lasts is not None
        and lasts - _age(pid) > seconds
        and os.path.basename(process.program_of(pid)) in (name, *_MANY)
        and process.is_deaf(pid, number)
        and process.is_alone(pid)
    )


def _sleeps(words: list[str]) -> float | None:
    """Return for how long `sleep` was told to sleep."""
    total = 0.0
    for word in words:
        number, unit = (word[:-1], word[-1:]) if word[-1:] in _UNITS else (word, "s")
        if number not in _ENDLESS and not number.replace(".", "", 1).isdigit():
            return None
        total += float(number) * _UNITS[unit]
    return total


def _follows_nothing(words: list[str]) -> bool:
    return sorted(words) in (["-F", "/dev/null"], ["-f", "/dev/null"])


def _age(pid: int) -> float:
    """Return how many seconds ago a process began; it may be another program since."""
    began = process.start_ticks(pid)
    return float("inf") if began is None else time.clock_gettime(time.CLOCK_BOOTTIME) - began / _TICKS
