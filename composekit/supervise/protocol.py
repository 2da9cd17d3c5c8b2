"""The wire: one JSON object per line, versioned; every request gets exactly one reply.

    {"v":1,"id":7,"do":"stop","names":["web"],"grace":10}
    {"v":1,"id":7,"ok":true,...}
    {"v":1,"id":7,"ok":false,"code":"unknown-name","message":"no process named 'web'","hint":null}
    {"v":1,"event":"replica","replica":{...}}                 after a `watch` request, in between

Requests (`do`): ping, status, apply, start, stop, kill, restart, remove, watch, shutdown.
Events: `replica` (its status changed), `removed` (name), `log` (all lines numbered below `upto` are on disk),
`notice` (text), `snapshot` (statuses and `upto`; sent to a reader that was too slow for the events in between).
"""

import json
from typing import Any

VERSION = 1
LONGEST_LINE = 64 << 20  # a project of thousands of specs, with room to spare


class BadMessage(ValueError):
    """Bytes that are not a message; `code` and `hint` go into the error reply."""

    def __init__(self, message: str, *, code: str = "bad-request", hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def encode(message: dict[str, Any]) -> bytes:
    """Return the message as its line, version included."""
    return json.dumps({"v": VERSION, **message}, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Return the message of a line; raises `BadMessage`, also for another version."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadMessage("the line is not JSON") from error
    if not isinstance(message, dict):
        raise BadMessage("the line is not a JSON object")
    if message.get("v") != VERSION:
        raise BadMessage(
            f"the supervisor and this command speak different versions ({VERSION} and {message.get('v')})",
            code="version-mismatch",
            hint="run 'down' with the composekit that started the project, or 'kill' its supervisor: services are kept",
        )
    return message


def ok(request_id: Any, **facts: Any) -> bytes:
    """Return a reply."""
    return encode({"id": request_id, "ok": True, **facts})


def failed(request_id: Any, code: str, message: str, hint: str | None = None) -> bytes:
    """Return an error reply."""
    return encode({"id": request_id, "ok": False, "code": code, "message": message, "hint": hint})


class LineBuffer:
    """Bytes in, whole lines out."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that `chunk` completed, without their ends; raises `BadMessage` for an endless line."""
        searched = len(self._pending)
        self._pending += chunk
        if self._pending.find(b"\n", searched) < 0:
            if len(self._pending) > LONGEST_LINE:
                raise BadMessage("the line is too long", code="too-long")
            return []
        *lines, rest = bytes(self._pending).split(b"\n")
        self._pending = bytearray(rest)
        return lines
