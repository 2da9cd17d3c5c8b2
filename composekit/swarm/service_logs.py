"""Logs of services and tasks: the engine's frames taken apart into lines with their task."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_DETAIL = re.compile(r"com\.docker\.swarm\.([a-z.]+)=([^,\s]*)")


class LogLine(NamedTuple):
    """`error` tells the stream; `task`, `node` and `service` are ids, `time` is empty unless asked for."""

    text: str
    error: bool
    task: str = ""
    node: str = ""
    service: str = ""
    time: str = ""


def frames(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield stream number and bytes of the frames in an attached stream.

    A frame has eight bytes before it: the stream, three zeros, and the length
    (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
    """
    waiting = b""
    for piece in pieces:
        waiting += piece
        while len(waiting) >= 8:
            length = int.from_bytes(waiting[4:8], "big")
            if len(waiting) < 8 + length:
                break
            yield waiting[0], waiting[8 : 8 + length]
            waiting = waiting[8 + length :]


def lines(pieces: Iterable[bytes], *, raw: bool = False, times: bool = False) -> Iterator[LogLine]:
    """Yield the lines of a log that was asked for with `details`. A terminal's output has no frames: `raw`."""
    found = ((1, piece) for piece in pieces) if raw else frames(pieces)
    for stream, content in found:
        for text in content.decode(errors="replace").splitlines():
            yield _line(text, error=stream == 2, times=times)


def _line(text: str, *, error: bool, times: bool) -> LogLine:
    time = ""
    if times:
        time, _, text = text.partition(" ")
    details, _, rest = text.partition(" ")
    facts = dict(_DETAIL.findall(details))
    if not facts:
        return LogLine(text, error, time=time)
    return LogLine(rest, error, facts.get("task.id", ""), facts.get("node.id", ""), facts.get("service.id", ""), time)
