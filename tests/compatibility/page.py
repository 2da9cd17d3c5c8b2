"""docs/compatibility.md from the results of `run.py`."""

import os
import platform
import re
from typing import Any

_HEAD = """\
# Real projects

Projects of others, run with `composekit up -d --wait` on a machine without Docker. A script writes this page: it
brings each project up, watches that its services stay up, asks its published ports, brings it down, and looks for what
is left. What fails any of these is in the second table.

```sh
python tests/compatibility/run.py FOLDER --page docs/compatibility.md   # FOLDER: checkouts of repositories
```

An override is a second Compose file that holds nothing but [`x-composekit`](run.md#x-composekit). *root* and *user* are
who ran it: a tick, or why it did not run; empty where it was not tried. Seconds count from nothing, with all builds.

Measured {machine}.
"""
_COLUMNS = ("project", "services", "needed", "root", "user", "seconds", "answers")


def write_page(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return the page: what runs, then what does not, with the reason."""
    runs, fails = [], []
    for key in sorted(results):
        by_user = results[key]
        good = [one for one in by_user.values() if one["result"] == "runs"]
        if good:
            runs.append(_row(good[0], by_user))
        else:
            one = next(iter(by_user.values()))
            fails.append((_project(one), str(len(one["services"]) or ""), _plain(one["detail"])))
    count = f"\n## {len(runs)} that run\n\n"
    page = _HEAD.format(machine=_machine(results)) + count + _table(_COLUMNS, runs)
    if fails:
        page += "\n## Those that do not\n\n" + _table(("project", "services", "why"), fails)
    return page


def _row(one: dict[str, Any], by_user: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    def tick(who: str) -> str:
        if who not in by_user:
            return ""
        return "✓" if by_user[who]["result"] == "runs" else _plain(by_user[who]["detail"])

    services = ", ".join(name + (" (healthy)" if name in one["healthy"] else "") for name in one["services"])
    answers = ", ".join(f"{port}: {answer}" for port, answer in sorted(one["answers"].items()))
    needed = "; ".join(one["needed"]) or "nothing"
    return (_project(one), services, needed, tick("root"), tick("user"), f"{one['seconds']:.0f}", answers)


def _project(one: dict[str, Any]) -> str:
    if not one["source"]:
        return f"{one['project']}"
    repository = "/".join(one["source"].split("/")[-2:])
    name = repository if one["path"] == "." else f"{repository}/{one['path']}"
    place = f"/tree/{one['commit']}" + ("" if one["path"] == "." else f"/{one['path']}")
    return f"[{name}]({one['source']}{place})"


def _plain(text: str) -> str:
    """Return a message without the places of the machine it was measured on."""
    text = re.sub(r"\x1b?\[[\d;]*m|^#\d+ [\d.]+ ", "", text)  # colours, and where in a build's output it stood
    text = re.sub(r"/var/tmp/ck-compat-[^/\s']+/", "", text)
    return text.replace("|", "\\|").removeprefix("error: ")


def _machine(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    about = platform.freedesktop_os_release() if os.path.exists("/etc/os-release") else {}
    found = f"{about.get('PRETTY_NAME', platform.system())}, Python {platform.python_version()}"
    every = [one for by_user in results.values() for one in by_user.values()]
    dates = sorted({one["date"] for one in every if one.get("date")})
    commits = sorted({one["composekit"] for one in every if one.get("composekit")})
    found = f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))} on {found}" if dates else f"on {found}"
    if commits:
        found += f", composekit at {', '.join(commits)}"
    ports = {one["user"].get("ports_from", 1024) for one in results.values() if "user" in one}
    if ports and max(ports) < 1024:
        return f"{found}; ordinary users may use every port (`sysctl net.ipv4.ip_unprivileged_port_start={max(ports)}`)"
    return found


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"
