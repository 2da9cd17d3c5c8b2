r"""The log files of one replica: segments of blocks, written once, readable while they grow.

Owns: the format, the writer with rotation and repair, the reader of one replica's segments.

A block is what one read of a service's stdout or stderr gave, whatever it is:

    \x1e1 <seq> <time> <stream> <pieces> <size>\n   header: number of its first piece, nanoseconds since the epoch
                                                    (UTC), "o" or "e", how many pieces, how many bytes
    <size bytes>                                    as they came; a piece is a line, or what was there of one
    \n<00000000 total>\n                            trailer: length of header and bytes, to walk from the end

Numbers count pieces over the whole project, so blocks sorted by number are in the order in which they were read.
One stamp per block costs nothing per line: a million lines a second are as cheap as their bytes. A torn last block
(full disk, power cut) is cut off by the next writer and not seen by readers. Segments are `00000001.log` and up;
a full one is left alone and the next begun, so a reader's open file never changes under it.
"""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from composekit.supervise.spec import LogPolicy

OUT, ERR = "out", "err"
_LETTER = {OUT: b"o", ERR: b"e"}
_STREAM = {b"o": OUT, b"e": ERR}
_HEADER = re.compile(rb"\x1e1 (\d{1,20}) (\d{1,20}) ([oe]) (\d{1,9}) (\d{1,8})\n")
_LONGEST_HEADER = 80
TRAILER = 10
LARGEST_BLOCK = 1 << 20
_READ_BYTES = 1 << 20


class Block(NamedTuple):
    """`end` is where the next block begins in its segment."""

    seq: int
    time_ns: int
    stream: str
    pieces: int
    data: bytes
    end: int


def count_pieces(data: bytes) -> int:
    """Return how many lines, the last of which may lack its end."""
    return data.count(b"\n") + (not data.endswith(b"\n"))


def encode_block(seq: int, time_ns: int, stream: str, data: bytes) -> list[bytes]:
    """Return a block's parts, for one write."""
    header = b"\x1e1 %d %d %s %d %d\n" % (seq, time_ns, _LETTER[stream], count_pieces(data), len(data))
    return [header, data, b"\n%08d\n" % (len(header) + len(data))]


def parse_block(buffer: bytes, at: int, base: int = 0) -> Block | None:
    """Return the block at an offset of `buffer`, which begins at `base` of its file; `None` unless it is whole."""
    head = _HEADER.match(buffer, at)
    if head is None:
        return None
    start = head.end()
    end = start + int(head[5])
    if buffer[end : end + TRAILER] != b"\n%08d\n" % (end - at):
        return None
    data = buffer[start:end]
    return Block(int(head[1]), int(head[2]), _STREAM[head[3]], int(head[4]), data, base + end + TRAILER)


def segments(directory: str) -> list[int]:
    """Return the numbers of a replica's segments, oldest first."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return sorted(int(name[:-4]) for name in names if name.endswith(".log") and name[:-4].isdigit())


def segment_path(directory: str, number: int) -> str:
    """Return the file of a segment."""
    return os.path.join(directory, f"{number:08d}.log")


class LogWriter:
    """Appends blocks for one replica. Never raises for a disk that refuses: it counts what was lost."""

    __slots__ = ("_descriptor", "_directory", "_number", "_policy", "_size", "lost")

    def __init__(self, directory: str, policy: LogPolicy) -> None:
        self._directory = directory
        self._policy = policy
        self._descriptor = -1
        self._number = 0
        self._size = 0
        self.lost = 0

    def append(self, seq: int, time_ns: int, stream: str, data: bytes) -> bool:
        """Write one block; false when the disk refused it, and then nothing of it stays."""
        parts = encode_block(seq, time_ns, stream, data)
        length = sum(map(len, parts))
        try:
            self._make_room()
            written = os.writev(self._descriptor, parts)
        except OSError:
            written = 0
        if written == length:
            self._size += length
            return True
        if self._descriptor >= 0 and written:
            os.ftruncate(self._descriptor, self._size)
        self.lost += length
        return False

    def _make_room(self) -> None:
        if self._descriptor < 0:
            self._open_last()
        limit = self._policy.max_bytes
        if limit and self._size >= limit:
            self.close()
            self._open(self._number + 1)
            for number in segments(self._directory)[: -max(1, self._policy.max_files)]:
                os.unlink(segment_path(self._directory, number))

    def _open_last(self) -> None:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        known = segments(self._directory)
        self._open(known[-1] if known else 1)

    def _open(self, number: int) -> None:
        path = segment_path(self._directory, number)
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._number = number
        self._size = os.fstat(self._descriptor).st_size
        whole = whole_size(self._descriptor)
        if whole != self._size:  # a torn block at the end
            os.ftruncate(self._descriptor, whole)
            self._size = whole

    def close(self) -> None:
        """Close the segment; the next append opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def last_block(descriptor: int, end: int) -> tuple[int, Block] | None:
    """Return the block that ends at offset `end`, and where it begins; `None` when none ends there."""
    if end <= TRAILER:
        return None
    trailer = os.pread(descriptor, TRAILER, end - TRAILER)
    if len(trailer) != TRAILER or not trailer[1:9].isdigit():
        return None
    start = end - TRAILER - int(trailer[1:9])
    if start < 0:
        return None
    block = parse_block(os.pread(descriptor, end - start, start), 0, start)
    return (start, block) if block and block.end == end else None


def whole_size(descriptor: int) -> int:
    """Return how many bytes of a segment are whole blocks."""
    size = os.fstat(descriptor).st_size
    if size == 0 or last_block(descriptor, size):
        return size
    end = 0
    for block in blocks_from(descriptor, 0):
        end = block.end
    return end


def blocks_from(descriptor: int, offset: int) -> Iterator[Block]:
    """Yield the whole blocks from an offset on; stops before an unfinished one."""
    buffer, base = b"", offset
    while True:
        chunk = os.pread(descriptor, _READ_BYTES, base + len(buffer))
        if not chunk:
            return
        buffer += chunk
        at = 0
        while block := parse_block(buffer, at, base):
            yield block
            at = block.end - base
        buffer, base = buffer[at:], base + at


def last_number(directory: str) -> int:
    """Return the number after the last piece of a replica's log; 0 when it has none."""
    for number in reversed(segments(directory)):
        try:
            descriptor = os.open(segment_path(directory, number), os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            found = last_block(descriptor, whole_size(descriptor))
        finally:
            os.close(descriptor)
        if found:
            return found[1].seq + found[1].pieces
    return 0


class SegmentReader:
    """A place in one replica's log that moves forward, over segment borders, also while the log grows."""

    __slots__ = ("_descriptor", "_directory", "_number", "_offset")

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._descriptor = -1
        self._number = 0
        self._offset = 0

    def blocks(self) -> Iterator[Block]:
        """Yield what is there from this place on, and stay behind the last block that was taken."""
        while True:
            known = segments(self._directory)
            newer = [number for number in known if number > self._number]
            if self._descriptor >= 0:
                # Looked for a newer segment first: once that exists, this one is complete.
                for block in blocks_from(self._descriptor, self._offset):
                    self._offset = block.end
                    yield block
            if not newer:
                return
            self._enter(newer[0])

    def _enter(self, number: int, offset: int = 0) -> None:
        self.close()
        self._number = number
        self._offset = offset
        try:
            self._descriptor = os.open(segment_path(self._directory, number), os.O_RDONLY)
        except FileNotFoundError:
            return  # rotated away in between

    def seek_tail(self, lines: int) -> None:
        """Go back until at least the last `lines` lines, and the end of the one before, are still to come."""
        missing = lines + 1
        place: tuple[int, int] | None = None
        for number in reversed(segments(self._directory)):
            self._enter(number)
            if self._descriptor < 0:
                continue
            end = whole_size(self._descriptor)
            while missing > 0 and (found := last_block(self._descriptor, end)):
                end, block = found
                missing -= block.data.count(b"\n")
                place = (number, end)
            if missing <= 0:
                break
        if place:
            self._enter(*place)

    def seek_end(self) -> None:
        """Go behind everything that is there."""
        known = segments(self._directory)
        if known:
            self._enter(known[-1])
            if self._descriptor >= 0:
                self._offset = whole_size(self._descriptor)

    def close(self) -> None:
        """Let go of the open segment."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
