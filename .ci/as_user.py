"""Run pytest as an ordinary user, who is made for it when this is root and removed afterwards with all that is his.

usage: as_user.py CHECKOUT PYTHON PYTEST_ARGUMENT...
The user works in a copy of the checkout, with the interpreter if he may start it, else with another of its version.
Exits with pytest's code; also fails when a process of the user is left.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

USER = "composekit-ci"
HANDED_ON = ("LANG", "LC_ALL", "TERM", "COMPOSEKIT_ISOLATION", "NODE_PATH")


def main(checkout: str, python: str, arguments: list[str]) -> int:
    if os.geteuid() != 0:
        return subprocess.run([python, "-m", "pytest", *arguments], cwd=checkout, check=False).returncode
    if shutil.which("useradd") is None:
        print("skipped: there is no useradd")
        return 0
    subprocess.run(["userdel", USER], stderr=subprocess.DEVNULL, check=False)  # of a run that was killed
    subprocess.run(["useradd", "--no-create-home", "--home-dir", "/nonexistent", USER], check=True)
    home = tempfile.mkdtemp(prefix="composekit-user-", dir="/var/tmp")
    try:
        user = pwd.getpwnam(USER)
        return as_user(checkout, python, arguments, user, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(["userdel", USER], check=False)


def as_user(checkout: str, python: str, arguments: list[str], user: pwd.struct_passwd, home: str) -> int:
    tree = os.path.join(home, "composekit")
    leave_out = shutil.ignore_patterns(".git", "v", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(checkout, tree, ignore=leave_out, symlinks=True)
    os.mkdir(os.path.join(home, "tmp"))
    for folder, names, files in os.walk(home):
        for name in (".", *names, *files):
            os.chown(os.path.join(folder, name), user.pw_uid, user.pw_gid, follow_symlinks=False)
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    found = interpreter(python, identity)
    if found is None:
        print(f"skipped: {USER} may not start a Python of this version with our libraries")
        return 0
    environ = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    environ |= {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"}  # not root's own folders
    environ |= {"HOME": home, "TMPDIR": os.path.join(home, "tmp"), "PYTHONPATH": found[1]}
    done = subprocess.run([found[0], "-m", "pytest", *arguments], cwd=tree, env=environ, check=False, **identity)
    left = leftovers(user.pw_uid)
    for pid, words in left.items():
        print(f"still running: {pid} {words}")
    return done.returncode or (1 if left else 0)


def interpreter(python: str, identity: dict[str, object]) -> tuple[str, str] | None:
    """Return an interpreter that the user may start, and where our libraries are."""
    asked = "import sysconfig, sys; print(sys.version_info[:2], sysconfig.get_path('purelib'))"
    version, _, packages = (
        subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip().rpartition(" ")
    )
    for one in (python, "/usr/bin/python3", "/usr/local/bin/python3"):
        words = [one, "-c", f"import sys, pytest, click; sys.exit(str(sys.version_info[:2]) != {version!r})"]
        try:
            done = subprocess.run(
                words, capture_output=True, env={"PYTHONPATH": packages}, cwd="/", check=False, **identity
            )
        except OSError:
            continue
        if done.returncode == 0:
            return one, packages
    return None


def leftovers(uid: int) -> dict[int, str]:
    """Return the user's processes that are still there after a while, and end them."""
    deadline = time.monotonic() + 20
    while (found := processes(uid)) and time.monotonic() < deadline:
        time.sleep(0.2)
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found


def processes(uid: int) -> dict[int, str]:
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == uid:
                with open(f"/proc/{name}/cmdline", encoding="utf-8", errors="replace") as file:
                    if words := file.read().replace("\0", " "):
                        found[int(name)] = words
        except OSError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]))
