"""File patterns as .gitignore has them: `dev/**`, `*.test.yaml`, `vendor/`.

A pattern without a slash fits at any depth, any other from the folder it counts from. What fits a folder fits
everything below it.
"""

import os
import re
from functools import cache


def fits(path: str, patterns: tuple[str, ...], root: str) -> bool:
    """Tell whether an absolute path fits one of the patterns, which count from the folder `root`."""
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    return any(_compiled(pattern).match(relative) is not None for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    anchored = pattern.removeprefix("./").removeprefix("/")
    text = anchored.rstrip("/")
    lead = "" if "/" in text or pattern.startswith("/") else "(?:.*/)?"
    return re.compile(lead + _translated(text) + "(?:/.*)?\\Z", re.DOTALL)


def _translated(text: str) -> str:
    made = []
    at = 0
    while at < len(text):
        if text.startswith("**/", at):
            made.append("(?:.*/)?")
            at += 3
        elif text.startswith("**", at):
            made.append(".*")
            at += 2
        else:
            made.append({"*": "[^/]*", "?": "[^/]"}.get(text[at]) or re.escape(text[at]))
            at += 1
    return "".join(made)
