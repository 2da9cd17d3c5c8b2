"""What services wrote, for those who read it: lines in one order over all replicas, now and as they come.

Reads the files itself, with or without a supervisor; the supervisor only tells when there is more. So a slow reader
costs the supervisor nothing. Lines that came together stay together (`LogLines`) for whoever only passes them on: a
million lines are as cheap as their bytes.
"""

import heapq
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from composekit.supervise.client import Changed, Client, LogGrew, Removed, Snapshot, WatchEvent
from composekit.supervise.home import Home
from composekit.supervise.logfile import Block, SegmentReader
from composekit.supervise.status import ReplicaStatus

LONGEST_LINE = 1 << 18  # bytes; what is longer comes in parts
_ENDED = frozenset({"backoff", "exited", "failed", "created"})


class LogLine(NamedTuple):
    """A line without its end; `unfinished` tells that none came (a part of a long line, or the last words).

    `seq` numbers lines over the whole project in the order they were read; `time_ns` counts from the epoch, UTC.
    """

    name: str
    time_ns: int
    stream: str
    data: bytes
    seq: int
    unfinished: bool = False

    @property
    def text(self) -> str:
        """The line as text; bytes that are not UTF-8 become replacement characters."""
        return self.data.decode("utf-8", "replace")

    @property
    def stamp(self) -> str:
        """The time as Docker shows it: RFC 3339 with nanoseconds, UTC."""
        return _stamp(self.time_ns)


class LogLines(NamedTuple):
    """One or more lines that were read at one time from one stream, joined by line ends, the last without one.

    Their numbers follow one another from `seq`; `unfinished` is of the last one.
    """

    name: str
    time_ns: int
    stream: str
    data: bytes
    seq: int
    unfinished: bool = False

    @property
    def text(self) -> str:
        """The lines as text; bytes that are not UTF-8 become replacement characters."""
        return self.data.decode("utf-8", "replace")

    @property
    def stamp(self) -> str:
        """The time of each of them, as Docker shows it."""
        return _stamp(self.time_ns)

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.seq + self.data.count(b"\n")

    def each(self) -> list[LogLine]:
        """Return the lines one by one."""
        *whole, last = self.data.split(b"\n")
        lines = [LogLine(self.name, self.time_ns, self.stream, data, self.seq + at) for at, data in enumerate(whole)]
        return [*lines, LogLine(self.name, self.time_ns, self.stream, last, self.seq + len(whole), self.unfinished)]

    def after(self, seq: int) -> "LogLines | None":
        """Return what is left without the lines up to a number."""
        if seq < self.seq:
            return self
        left = self.data.split(b"\n", seq - self.seq + 1)
        known = len(left) - 1
        return self._replace(data=left[-1], seq=self.seq + known) if known == seq - self.seq + 1 else None


def _stamp(time_ns: int) -> str:
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09d}Z"


class _Tape:
    """One replica's log, read block by block into lines; a line may span blocks, those of the other stream between."""

    __slots__ = ("_begun", "name", "reader")

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.reader = SegmentReader(home.replica(name, "logs"))
        self._begun: dict[str, LogLines] = {}

    def blocks(self) -> "Iterator[tuple[int, str, Block]]":
        for block in self.reader.blocks():
            yield block.seq, self.name, block

    def join(self, block: Block) -> list[LogLines]:
        """Return the lines that a block completes."""
        name, time_ns, stream, data = self.name, block.time_ns, block.stream, block.data
        begun = self._begun.pop(stream, None)
        if not data:  # the process ended
            return [begun] if begun else []
        lines = []
        ended, seq = data.rfind(b"\n"), block.seq
        if begun and ended >= 0:
            first, data, seq = data.index(b"\n"), data[data.index(b"\n") + 1 :], seq + 1
            lines.append(begun._replace(data=begun.data + block.data[:first], unfinished=False))
            ended -= first + 1
        if ended >= 0:
            lines.append(LogLines(name, time_ns, stream, data[:ended], seq))
            seq = lines[-1].last + 1
        rest = data[ended + 1 :]
        start = begun if begun and not lines else LogLines(name, time_ns, stream, b"", seq)
        if rest:
            lines += self._begin(stream, start, start.data + rest)
        return lines

    def _begin(self, stream: str, start: LogLines, rest: bytes) -> list[LogLines]:
        """Keep a line that has no end yet, and return the parts of it that are too long to be kept."""
        parts = []
        while len(rest) > LONGEST_LINE:
            parts.append(start._replace(data=rest[:LONGEST_LINE], unfinished=True))
            rest = rest[LONGEST_LINE:]
        self._begun[stream] = start._replace(data=rest, unfinished=True)
        return parts

    def last_words(self) -> list[LogLines]:
        """Return the lines that were begun and never ended."""
        lines = sorted(self._begun.values(), key=_by_number)
        self._begun.clear()
        return lines

    def tail(self, lines: int) -> list[LogLines]:
        """Return the last complete lines that are there, and go behind them."""
        self.reader.seek_tail(lines)
        last: deque[LogLine] = deque(maxlen=lines)
        for block in self.reader.blocks():
            for joined in self.join(block):
                last.extend(joined.each())
        return [LogLines(*line) for line in last]


def _by_number(line: LogLines) -> int:
    return line.seq


def read(
    home: Home,
    names: Collection[str] | None = None,
    *,
    tail: int | None = None,
    since: float | None = None,
    until: float | None = None,
) -> Iterator[LogLine]:
    """Yield what replicas (`None`: all) wrote, in order; `tail` counts per replica, times are epoch seconds."""
    for lines in read_together(home, names, tail=tail, since=since, until=until):
        yield from lines.each()


def read_together(
    home: Home,
    names: Collection[str] | None = None,
    *,
    tail: int | None = None,
    since: float | None = None,
    until: float | None = None,
) -> Iterator[LogLines]:
    """Yield the same as `read`, with what came together in one piece."""
    tapes = [_Tape(home, name) for name in (home.replica_names() if names is None else sorted(names))]
    try:
        yield from _between(_all_lines(tapes) if tail is None else _last_lines(tapes, tail), since, until)
    finally:
        for tape in tapes:
            tape.reader.close()


def _all_lines(tapes: list[_Tape]) -> Iterator[LogLines]:
    by_name = {tape.name: tape for tape in tapes}
    for _seq, name, block in heapq.merge(*(tape.blocks() for tape in tapes)):
        yield from by_name[name].join(block)
    yield from sorted((line for tape in tapes for line in tape.last_words()), key=_by_number)


def _last_lines(tapes: list[_Tape], count: int) -> list[LogLines]:
    lines: list[LogLines] = []
    for tape in tapes:
        both = [*tape.tail(count), *tape.last_words()]
        lines += both[max(0, len(both) - count) :]
    return sorted(lines, key=_by_number)


def _between(lines: Iterable[LogLines], since: float | None, until: float | None) -> Iterator[LogLines]:
    if since is None and until is None:
        yield from lines
        return
    first = 0 if since is None else int(since * 1e9)
    last = None if until is None else int(until * 1e9)
    for line in lines:
        if line.time_ns >= first and (last is None or line.time_ns <= last):
            yield line


def follow(
    home: Home,
    names: Collection[str] | None = None,
    *,
    tail: int | None = None,
    since: float | None = None,
    events: bool = False,
    idle_seconds: float | None = None,
) -> Iterator[LogLine | WatchEvent]:
    """Yield what was written, then what is being written, until the supervisor ends (or at once if none is alive).

    `names` are replicas or groups, also ones that are still to come. With `events`, what `Client.watch` yields comes
    in between: all a process wrote comes before the news of its end, and LogGrew after the lines that it tells of.
    """
    for seen in follow_together(home, names, tail=tail, since=since, events=events, idle_seconds=idle_seconds):
        if isinstance(seen, LogLines):
            yield from seen.each()
        else:
            yield seen


def follow_together(
    home: Home,
    names: Collection[str] | None = None,
    *,
    tail: int | None = None,
    since: float | None = None,
    events: bool = False,
    idle_seconds: float | None = None,
) -> Iterator[LogLines | WatchEvent]:
    """Yield the same as `follow`, with lines that came together in one piece."""
    client = Client.connect(home)
    if client is None or not client.is_served():
        yield from read_together(home, names, tail=tail, since=since)
        return
    follower = _Follower(home, names, tail)
    try:
        with client:
            for event in client.watch(logs=True, idle_seconds=idle_seconds):
                yield from _between(follower.take(event), since, None)
                if events:
                    yield event
        yield from _between(follower.finish(), since, None)
    finally:
        follower.close()


class _Follower:
    def __init__(self, home: Home, names: Collection[str] | None, tail: int | None) -> None:
        self._home = home
        self._names = names
        self._tail = tail
        self._tapes: dict[str, _Tape] = {}
        self._held: list[tuple[int, str, Block]] = []
        self._upto = 0

    def take(self, event: WatchEvent) -> list[LogLines]:
        """Return the lines that are due with an event."""
        match event:
            case Snapshot(replicas, _, upto):
                return self._take_snapshot(replicas, upto)
            case LogGrew(upto):
                self._upto = upto
                return self._pull()
            case Changed(replica):
                self._see(replica)
                if replica.phase in _ENDED and replica.name in self._tapes:
                    return [*self._pull(), *self._tapes[replica.name].last_words()]
            case Removed(name) if name in self._tapes:
                return [*self._pull(), *self._drop(name)]
        return []

    def _take_snapshot(self, replicas: list[ReplicaStatus], upto: int) -> list[LogLines]:
        self._upto = upto
        lines: list[LogLines] = []
        there = {replica.name for replica in replicas}
        for name in [name for name in self._tapes if name not in there]:
            lines += self._drop(name)
        fresh = [tape for replica in replicas if (tape := self._see(replica))]
        if self._tail is not None:
            for tape in fresh:
                lines += tape.tail(self._tail)
            self._tail = None  # replicas that come later are read from their start
        lines += self._pull()
        return sorted(lines, key=_by_number)

    def _see(self, replica: ReplicaStatus) -> _Tape | None:
        names = self._names
        if replica.name in self._tapes or not (names is None or replica.name in names or replica.group in names):
            return None
        tape = self._tapes[replica.name] = _Tape(self._home, replica.name)
        return tape

    def _drop(self, name: str) -> list[LogLines]:
        tape = self._tapes.pop(name)
        tape.reader.close()
        self._held = [held for held in self._held if held[1] != name]
        return tape.last_words()

    def _pull(self, *, everything: bool = False) -> list[LogLines]:
        for tape in self._tapes.values():
            for numbered in tape.blocks():
                heapq.heappush(self._held, numbered)
        lines: list[LogLines] = []
        # What the supervisor did not announce yet may be newer than what another log is about to get.
        while self._held and (everything or self._held[0][0] < self._upto):
            _seq, name, block = heapq.heappop(self._held)
            lines += self._tapes[name].join(block)
        return lines

    def finish(self) -> list[LogLines]:
        """Return all that is left."""
        lines = self._pull(everything=True)
        return lines + [line for tape in self._tapes.values() for line in tape.last_words()]

    def close(self) -> None:
        """Let go of the files."""
        for tape in self._tapes.values():
            tape.reader.close()
