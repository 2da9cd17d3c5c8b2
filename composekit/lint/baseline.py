"""A baseline: findings that were there when a project began to be linted, kept in a file and not told.

An entry is a fingerprint, so that it outlives moved lines; files are named from the folder of the baseline, so that
the place from which composekit is called does not matter. What could not be read is never in a baseline.
"""

import json
import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from composekit.errors import ComposekitError
from composekit.lint.suppress import is_final
from composekit.report import Suppressed
from composekit.report.identity import file_of, fingerprint
from composekit.source.diagnostic import Diagnostic

VERSION = 1
_WRONG = 2


class Compared(NamedTuple):
    """What is new, what is known, and how many entries fit nothing any more."""

    findings: list[Diagnostic]
    suppressed: list[Suppressed]
    gone: int


def read_baseline(path: str) -> dict[str, int]:
    """Return how often each fingerprint is known. Raises `ComposekitError` for a file that is no baseline."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        marks = [str(entry["fingerprint"]) for entry in found["findings"]]
        version = found["version"]
    except FileNotFoundError:
        hint = "write it with --update-baseline"
        raise ComposekitError(f"there is no baseline {path}", hint=hint, exit_code=_WRONG) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComposekitError(f"{path} is not a baseline of composekit", exit_code=_WRONG) from error
    if version != VERSION:
        raise ComposekitError(f"{path} is a baseline of version {version}, not {VERSION}", exit_code=_WRONG)
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark] = counts.get(mark, 0) + 1
    return counts


def compare(findings: Iterable[Diagnostic], known: dict[str, int], path: str) -> Compared:
    """Take out the findings that a baseline has; of those that are alike, as many as it has."""
    left = dict(known)
    new, muted = [], []
    for one in findings:
        mark = _mark(one, path)
        if not is_final(one) and left.get(mark, 0):
            left[mark] -= 1
            muted.append(Suppressed(one, "baseline"))
        else:
            new.append(one)
    return Compared(new, muted, sum(left.values()))


def write_baseline(findings: Iterable[Diagnostic], path: str) -> str:
    """Return the text of a baseline with the findings, in an order that changes little from one to the next."""
    entries: list[dict[str, Any]] = [
        {"fingerprint": _mark(one, path), "code": one.code, "file": _file(one, path), "message": one.message}
        for one in findings
        if not is_final(one)
    ]
    entries.sort(key=lambda entry: (entry["file"] or "", entry["code"], entry["message"], entry["fingerprint"]))
    return json.dumps({"version": VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def _mark(one: Diagnostic, path: str) -> str:
    return fingerprint(one, _file(one, path) or "")


def _file(one: Diagnostic, path: str) -> str | None:
    """Return a finding's file as seen from the baseline."""
    name = file_of(one)
    if name is None or one.span is None or not one.span.source.path or one.span.source.path == "-":
        return name
    return os.path.relpath(one.span.source.path, os.path.dirname(path)).replace(os.sep, "/")
