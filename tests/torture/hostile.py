"""Programs that behave badly: python hostile.py MODE TOKEN FOLDER NAME. The token finds them in /proc.

Each holds a lock on FOLDER/NAME.lock while it or any child of it lives; one that finds it taken writes itself down in
FOLDER/doubled.
"""

import fcntl
import os
import signal
import sys
import time

BATCH = 10


def hold_lock(folder: str, name: str) -> None:
    """Hold the replica's lock; children inherit it, so that it is free only when all of them have ended."""
    lock = os.open(f"{folder}/{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with open(f"{folder}/doubled", "a", encoding="utf-8") as file:
            file.write(f"{name} {os.getpid()} {time.time()}\n")


def write(folder: str, name: str) -> None:
    """Write numbered lines, and note down after each batch how far this run has got."""
    run = f"{name}.{time.time_ns()}"
    note = os.open(f"{folder}/{run}.count", os.O_RDWR | os.O_CREAT, 0o600)
    count = 0
    while True:
        lines = "".join(f"{run} {number}\n" for number in range(count, count + BATCH)).encode()
        while lines:
            lines = lines[os.write(1, lines) :]
        count += BATCH
        os.pwrite(note, f"{count:12d}".encode(), 0)
        time.sleep(0.004)


def fork_away(*, session: bool, close: bool) -> None:
    """Leave a grandchild behind, and a child that goes on, in sessions of their own."""
    if os.fork() == 0:
        if session:
            os.setsid()
        if os.fork() == 0:
            if session:
                os.setsid()
            if close:
                for number in (0, 1, 2):
                    os.close(number)
            sleep()
        sleep()


def sleep() -> None:
    while True:
        time.sleep(60)


def main() -> None:
    mode, _token, folder, name = sys.argv[1:5]
    hold_lock(folder, name)
    if mode == "writer":
        write(folder, name)
    elif mode == "stubborn":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        fork_away(session=False, close=False)
    elif mode == "daemon":
        fork_away(session=True, close=True)
    elif mode == "group":
        if os.fork() == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            sleep()
    elif mode == "closed":
        for number in (0, 1, 2):
            os.close(number)
    elif mode == "crash":
        fork_away(session=True, close=True)
        time.sleep(0.05)
        sys.exit(3)
    sleep()


main()
