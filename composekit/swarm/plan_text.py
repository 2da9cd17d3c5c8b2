"""Changes for people and for programs: what a deploy would create, change and remove, field by field."""

import json
from collections.abc import Iterator
from typing import Any

from composekit.swarm.changes import CREATE, KEEP, REMOVE, UPDATE, StackChanges
from composekit.swarm.compare import HIDDEN, Change

VERSION = 1

_SIGNS = {CREATE: "+", UPDATE: "~", REMOVE: "-"}
_COLORS = {CREATE: "32", UPDATE: "33", REMOVE: "31"}
_LONGEST = 80


def to_text(changes: StackChanges, *, color: bool = False) -> str:
    """Return the changes in the order in which they would be carried out, and how many there are."""
    lines = []
    for kind, name, action, fields, drift in _all(changes):
        if action == KEEP:
            continue
        note = "  (it was removed since the last deploy)" if drift and action == CREATE else ""
        lines.append(_painted(f"{_SIGNS[action]} {kind} {name}", _COLORS[action] if color else "") + note)
        lines += [f"    {_field(one)}" for one in fields]
    lines += [f"! {notice}" for notice in changes.notices]
    counts = [f"{number} to {action}" for action, number in _counts(changes).items()]
    return "\n".join([*lines, f"stack {changes.stack}: {', '.join(counts) or 'nothing to change'}"]) + "\n"


def to_json(changes: StackChanges) -> str:
    """Return one JSON object; members are only ever added within a version."""
    found = [
        {
            "kind": kind,
            "name": name,
            "action": action,
            "drift": drift,
            "fields": [
                {"path": one.path, "before": one.before, "after": one.after, "drift": one.drift} for one in fields
            ],
        }
        for kind, name, action, fields, drift in _all(changes)
    ]
    value = {
        "version": VERSION,
        "stack": changes.stack,
        "changes": found,
        "notices": list(changes.notices),
        "summary": _counts(changes),
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _all(changes: StackChanges) -> Iterator[tuple[str, str, str, tuple[Change, ...], bool]]:
    for one in changes.objects:
        yield one.kind, one.name, one.action, (), False
    for service in changes.services:
        yield "service", service.name, service.action, service.fields, service.drift
    for one in changes.removed:
        yield one.kind, one.name, one.action, (), False


def _counts(changes: StackChanges) -> dict[str, int]:
    counts: dict[str, int] = {}
    for _, _, action, _, _ in _all(changes):
        if action != KEEP:
            counts[action] = counts.get(action, 0) + 1
    return counts


def _field(change: Change) -> str:
    if change.before == HIDDEN and change.after == HIDDEN:
        text = f"{change.path}: another value"
    else:
        text = f"{change.path}: {_value(change.before)} -> {_value(change.after)}"
    return text + ("  (drift: not by a deploy)" if change.drift else "")


def _value(value: Any) -> str:
    if value is None:
        return "(not set)"
    if value == HIDDEN:
        return HIDDEN
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    plain = text if text.isprintable() and text.strip() == text and text else json.dumps(text, ensure_ascii=False)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
