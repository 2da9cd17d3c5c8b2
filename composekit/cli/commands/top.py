"""`top`: the processes of each replica, as `ps -ef` shows them."""

import time
from typing import Any

from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Row

ARGUMENTS: tuple[Row, ...] = (Argument("services", metavar="[SERVICES...]"),)

_TITLES = ("SERVICE", "#", "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD")


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.formats import aligned
    from composekit.cli.running import open_running
    from composekit.runtime.listing import service_of
    from composekit.runtime.trees import boot_time, facts_of, members

    running = open_running(ctx)
    statuses = [
        one
        for one in running.statuses(running.client())
        if one.pid is not None and (not values["services"] or service_of(one) in values["services"])
    ]
    boot, now = boot_time(), time.time()
    lines = [
        (service_of(status), str(status.index), *process_cells(facts, boot=boot, now=now))
        for status in sorted(statuses, key=lambda one: one.name)
        for facts in facts_of(members(running.home, status.name))
    ]
    if lines:
        ctx.out.write(aligned([_TITLES, *lines], least=4, gap=2))
    return 0


def process_cells(facts: Any, *, boot: float, now: float) -> tuple[str, ...]:
    """Return user, pid, parent, processor use in percent, start, terminal, processor time and command line."""
    started = boot + facts.started
    use = min(int(facts.cpu * 100 / max(now - started, 1.0)), 99)
    seconds = int(facts.cpu)
    spent = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    form = "%H:%M" if now - started < 86400 else "%b%d"
    return (
        _user(facts.pid),
        str(facts.pid),
        str(facts.ppid),
        str(use),
        time.strftime(form, time.localtime(started)),
        _terminal(facts.tty),
        spent,
        facts.words,
    )


def _user(pid: int) -> str:
    import os
    import pwd

    try:
        uid = os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return "?"
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _terminal(device: int) -> str:
    """Return the name of a terminal's device number; proc(5): minor in the lowest byte and above bit 20."""
    major, minor = (device >> 8) & 0xFFF, (device & 0xFF) | ((device >> 12) & 0xFFF00)
    if not device:
        return "?"
    return f"pts/{minor + (major - 136) * 256}" if 136 <= major <= 143 else f"tty{minor}"
