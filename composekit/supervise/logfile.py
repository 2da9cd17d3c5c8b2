r"""The log files of one replica: segments of blocks, written once, readable while they grow.

Owns: the format, the writer with rotation and repair, the reader of one replica's segments.

A block is what one read of a service's stdout or stderr gave, whatever it is:

    \x1e1 <seq> <time> <stream> <pieces> <size>\n   header: number of its first piece, nanoseconds since the epoch
                                                    (UTC), "o" or "e", how many pieces, how many bytes
    <size bytes>                                    as they came; a piece is a line, or what was there of one; no
                                                    bytes: the process ended, and its last line has no end
    \n<00000000 total>\n                            trailer: length of header and bytes, to walk from the end

Numbers count pieces over the whole project, so blocks sorted by number are in the order in which they were read.
One stamp per block costs nothing per line: a million lines a second are as cheap as their bytes. A torn last block
(killed writer, power cut) is not seen by readers; the next writer makes it whole with the bytes that are there.
Segments are `00000001.log` and up; a full one is left alone and the next begun, so a reader's open file never changes
under it.
"""

import contextlib
import errno
import fcntl
import os
import re
import sys
import termios
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
    """Return a block's header, bytes and trailer."""
    header = _header(seq, time_ns, stream, count_pieces(data), len(data))
    return [header, data, b"\n%08d\n" % (len(header) + len(data))]


def _header(seq: int, time_ns: int, stream: str, pieces: int, size: int) -> bytes:
    # The last two have a fixed width: they are written again once the bytes are in place.
    return b"\x1e1 %d %d %s %07d %07d\n" % (seq, time_ns, _LETTER[stream], pieces, size)


def _length(seq: int, time_ns: int, stream: str, size: int) -> int:
    return len(_header(seq, time_ns, stream, 0, 0)) + size + TRAILER


def _held(pipe: int) -> int:
    """Return how many bytes a pipe holds."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)


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
    """Appends blocks for one replica. Never raises for a disk that refuses: it counts what was lost.

    Only one writer at a time, which the project's lock sees to. Where the kernel can, output goes from the pipe to the
    file inside it (`take`), so that there is no moment at which a kill -9 finds it in neither.
    """

    __slots__ = ("_begun", "_descriptor", "_directory", "_number", "_policy", "_size", "_splices", "lost")

    def __init__(self, directory: str, policy: LogPolicy) -> None:
        self._directory = directory
        self._policy = policy
        self._descriptor = -1
        self._number = 0
        self._size = 0
        self._splices = hasattr(os, "splice")
        self._begun: set[str] = set()  # streams whose last line has no end yet
        self.lost = 0

    def append(self, seq: int, time_ns: int, stream: str, data: bytes) -> int:
        """Write one block and return its number of pieces; 0 when the disk refused it, and then nothing of it stays."""
        try:
            self._make_room()
            self._put(self._size, b"".join(encode_block(seq, time_ns, stream, data)))
        except OSError:
            return self._refused(len(data))
        self._size += _length(seq, time_ns, stream, len(data))
        return self._wrote(stream, data)

    def end_line(self, seq: int, time_ns: int, stream: str) -> int:
        """Note that the process ended; returns the pieces written, 0 when its last line had an end."""
        return self.append(seq, time_ns, stream, b"") if stream in self._begun else 0

    def _wrote(self, stream: str, data: bytes) -> int:
        if data and not data.endswith(b"\n"):
            self._begun.add(stream)
        else:
            self._begun.discard(stream)
        return count_pieces(data)

    def take(self, pipe: int, seq: int, time_ns: int, stream: str) -> int | None:
        """Write what a pipe holds, as one block, and return its number of pieces; `None` when the pipe is empty.

        The pipe is emptied even if the disk refuses, so that a service never waits for a disk.
        """
        held = min(_held(pipe), LARGEST_BLOCK)
        if held == 0:
            return None
        if self._splices:
            try:
                return self._splice(pipe, held, seq, time_ns, stream)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
                    return self._refused(len(_draw(pipe, held)))
                self._splices = False  # not on this file system
        data = _draw(pipe, held)
        return self.append(seq, time_ns, stream, data) if data else None

    def _splice(self, pipe: int, held: int, seq: int, time_ns: int, stream: str) -> int:
        self._make_room()
        start = self._size
        head = _header(seq, time_ns, stream, 0, held)
        self._put(start, head)
        begin = start + len(head)
        moved = 0
        try:
            while moved < held:
                moved += os.splice(pipe, self._descriptor, held - moved, offset_dst=begin + moved)
        except OSError:
            if not moved:
                os.ftruncate(self._descriptor, start)
                raise
        data = os.pread(self._descriptor, moved, begin)
        try:
            self._finish(start, seq, time_ns, stream, data)
        except OSError:
            # What is still in the pipe goes too: a page's last bytes at a time, it would take as long as a loop can.
            return self._refused(moved + (len(_draw(pipe, held - moved)) if moved < held else 0))
        return self._wrote(stream, data)

    def _finish(self, start: int, seq: int, time_ns: int, stream: str, data: bytes) -> None:
        """Give a block whose bytes are in place the header and trailer that make it whole."""
        head = _header(seq, time_ns, stream, count_pieces(data), len(data))
        end = start + len(head) + len(data)
        self._put(start, head)
        self._put(end, b"\n%08d\n" % (end - start))
        os.ftruncate(self._descriptor, end + TRAILER)
        self._size = end + TRAILER

    def _put(self, at: int, data: bytes) -> None:
        while data:
            written = os.pwrite(self._descriptor, data, at)
            at, data = at + written, data[written:]

    def _refused(self, size: int) -> int:
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, self._size)
        self.lost += size
        return 0

    def _make_room(self) -> None:
        if self._descriptor < 0:
            self._open_last()
        limit = self._policy.max_bytes
        if limit and self._size >= limit:
            self.close()
            self._open(self._number + 1)
            for number in segments(self._directory)[: -max(1, self._policy.max_files)]:
                os.unlink(segment_path(self._directory, number))

    def open_last(self) -> None:
        """Open the newest segment, if there is one, and repair it."""
        if self._descriptor < 0 and segments(self._directory):
            with contextlib.suppress(OSError):
                self._open_last()

    def _open_last(self) -> None:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        known = segments(self._directory)
        self._open(known[-1] if known else 1)
        if self._size:
            self._begun = {OUT, ERR}  # nobody remembers

    def _open(self, number: int) -> None:
        path = segment_path(self._directory, number)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._number = number
        self._size = whole_size(self._descriptor)
        if self._size != os.fstat(self._descriptor).st_size:
            self._repair()

    def _repair(self) -> None:
        """Finish the block that a killed writer left, with the bytes that are there; cut off what is no block."""
        torn = os.pread(self._descriptor, _LONGEST_HEADER + LARGEST_BLOCK, self._size)
        head = _HEADER.match(torn)
        data = torn[head.end() : head.end() + int(head[5])] if head else b""
        # Only a header of this writer's own width can be written again in its place.
        if head and data and head.end() == len(_header(int(head[1]), int(head[2]), _STREAM[head[3]], 0, 0)):
            self._finish(self._size, int(head[1]), int(head[2]), _STREAM[head[3]], data)
        else:
            os.ftruncate(self._descriptor, self._size)

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


def _draw(pipe: int, held: int) -> bytes:
    # A service may read its own output, which is open for both.
    try:
        return os.read(pipe, held)
    except BlockingIOError:
        return b""


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
