"""Log files: written in blocks, read as lines, whatever a service writes and however it ends."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.supervise import logs
from composekit.supervise.home import Home
from composekit.supervise.logfile import (
    ERR,
    OUT,
    LogWriter,
    SegmentReader,
    count_pieces,
    encode_block,
    last_number,
    segment_path,
    segments,
)
from composekit.supervise.spec import LogPolicy

FOREVER = LogPolicy()


class Project:
    """Writes logs as a daemon does: one numbering over all replicas, a second between reads."""

    def __init__(self, directory, policy=FOREVER):
        self.home = Home(str(directory), "p", str(directory / "run"))
        self.policy = policy
        self.writers = {}
        self.seq = 0
        self.now = 1_000_000_000

    def directory(self, name):
        return self.home.replica(name, "logs")

    def write(self, name, data, stream=OUT):
        writer = self.writers.setdefault(name, LogWriter(self.directory(name), self.policy))
        assert writer.append(self.seq, self.now, stream, data)
        self.seq += count_pieces(data)
        self.now += 1_000_000_000

    def lines(self, *names, **bounds):
        return [(line.name, line.data) for line in logs.read(self.home, names or None, **bounds)]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_lines_of_all_replicas_come_in_the_order_they_were_read(project):
    project.write("web", b"1\n2\n")
    project.write("db", b"3\n")
    project.write("web", b"4\n")
    assert project.lines() == [("web", b"1"), ("web", b"2"), ("db", b"3"), ("web", b"4")]


def test_the_streams_are_told_apart(project):
    project.write("web", b"fine\n")
    project.write("web", b"bad\n", ERR)
    assert [(line.stream, line.text) for line in logs.read(project.home)] == [("out", "fine"), ("err", "bad")]


def test_each_line_has_its_number_and_stamp(project):
    project.write("web", b"a\nb\n")
    project.write("web", b"c\n")
    found = list(logs.read(project.home))
    assert [line.seq for line in found] == [0, 1, 2]
    assert [line.stamp for line in found] == ["1970-01-01T00:00:01.000000000Z"] * 2 + ["1970-01-01T00:00:02.000000000Z"]


def test_a_line_written_in_parts_is_one_line_with_the_first_stamp(project):
    project.write("web", b"be")
    project.write("web", b"warn\n", ERR)
    project.write("web", b"gun\nnext\n")
    found = list(logs.read(project.home))
    assert [(line.stream, line.data, line.time_ns) for line in found] == [
        ("err", b"warn", 2_000_000_000),
        ("out", b"begun", 1_000_000_000),
        ("out", b"next", 3_000_000_000),
    ]


def test_last_words_without_an_end_are_shown_as_unfinished(project):
    project.write("web", b"done\npassword: ")
    assert [(line.data, line.unfinished) for line in logs.read(project.home)] == [
        (b"done", False),
        (b"password: ", True),
    ]


def test_a_very_long_line_comes_in_parts_and_loses_nothing(project):
    text = os.urandom(1) * 700_000
    text = text.replace(b"\n", b"x")
    for start in range(0, len(text), 65536):
        project.write("web", text[start : start + 65536])
    project.write("web", b"\nafter\n")
    *parts, after = list(logs.read(project.home))
    assert b"".join(part.data for part in parts) == text
    assert max(len(part.data) for part in parts) <= logs.LONGEST_LINE
    assert [part.unfinished for part in parts] == [True, True, False]
    assert after.data == b"after"


def test_binary_survives_even_if_it_looks_like_a_block(project):
    forged = b"".join(encode_block(99, 99, ERR, b"forged\n"))
    project.write("web", forged + b"\xff\x00\x1e1 \n")
    read = b"".join(line.data + (b"" if line.unfinished else b"\n") for line in logs.read(project.home))
    assert read == forged + b"\xff\x00\x1e1 \n"


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([OUT, ERR]), st.binary(min_size=1)), max_size=30)
)
def test_every_byte_comes_back_in_order(tmp_path_factory, writes):
    project = Project(tmp_path_factory.mktemp("logs"), LogPolicy(max_bytes=200, max_files=1000))
    for name, stream, data in writes:
        project.write(name, data, stream)
    for name in ("a", "b"):
        for stream in (OUT, ERR):
            read = b"".join(
                line.data + (b"" if line.unfinished else b"\n")
                for line in logs.read(project.home, [name])
                if line.stream == stream
            )
            assert read == b"".join(data for who, where, data in writes if (who, where) == (name, stream))


@given(st.lists(st.text("ab\n", min_size=1), min_size=1, max_size=20), st.integers(0, 12))
def test_a_tail_is_the_end_of_the_whole(tmp_path_factory, chunks, count):
    project = Project(tmp_path_factory.mktemp("logs"), LogPolicy(max_bytes=100, max_files=1000))
    for chunk in chunks:
        project.write("web", chunk.encode())
    whole = project.lines("web")
    assert project.lines("web", tail=count) == whole[max(0, len(whole) - count) :]


@given(
    st.lists(st.tuples(st.sampled_from([OUT, ERR]), st.text("ab\n", min_size=1)), min_size=1, max_size=20),
    st.none() | st.integers(0, 12),
)
def test_lines_that_came_together_are_the_same_lines(tmp_path_factory, writes, count):
    project = Project(tmp_path_factory.mktemp("logs"), LogPolicy(max_bytes=100, max_files=1000))
    for stream, data in writes:
        project.write("web", data.encode(), stream)
    together = list(logs.read_together(project.home, tail=count))
    assert [line for lines in together for line in lines.each()] == list(logs.read(project.home, tail=count))
    assert [lines.last for lines in together] == [lines.each()[-1].seq for lines in together]


def test_a_million_lines_that_came_together_are_not_taken_apart(project):
    project.write("web", b"begun")
    project.write("web", b" line\n" + b"line\n" * 1000)
    assert [len(lines.each()) for lines in logs.read_together(project.home)] == [1, 1000]


@pytest.mark.parametrize(
    ("seen", "left"), [(-1, b"a\nb\nc"), (4, b"a\nb\nc"), (5, b"b\nc"), (6, b"c"), (7, None), (9, None)]
)
def test_lines_that_were_seen_already_are_left_out(seen, left):
    lines = logs.LogLines("web", 1, OUT, b"a\nb\nc", 5)
    fresh = lines.after(seen)
    assert (fresh and fresh.data) == left
    assert fresh is None or fresh.last == 7


def test_a_tail_counts_for_each_replica(project):
    project.write("web", b"1\n2\n3\n")
    project.write("db", b"4\n5\n")
    assert project.lines(tail=1) == [("web", b"3"), ("db", b"5")]


def test_since_and_until_bound_the_time(project):
    for number in range(5):
        project.write("web", b"%d\n" % number)  # at second 1, 2, 3, ...
    assert project.lines(since=2, until=4) == [("web", b"1"), ("web", b"2"), ("web", b"3")]


def test_full_segments_are_left_and_only_the_newest_kept(tmp_path):
    project = Project(tmp_path, LogPolicy(max_bytes=100, max_files=3))
    for number in range(20):
        project.write("web", b"%040d\n" % number)
    kept = segments(project.directory("web"))
    assert len(kept) == 3
    assert [int(data) for _, data in project.lines()] == list(range(20))[-len(project.lines()) :]
    assert len(project.lines()) >= 3


def test_a_reader_goes_on_behind_a_rotation(tmp_path):
    project = Project(tmp_path, LogPolicy(max_bytes=60, max_files=10))
    project.write("web", b"first\n")
    reader = SegmentReader(project.directory("web"))
    assert [block.data for block in reader.blocks()] == [b"first\n"]
    for number in range(5):
        project.write("web", b"%d\n" % number)
    assert [block.data for block in reader.blocks()] == [b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"]
    assert list(reader.blocks()) == []
    reader.close()


@pytest.mark.parametrize(("lost", "found"), [(1, [b"torn"]), (10, [b"torn"]), (12, [b"tor"]), (15, []), (30, [])])
def test_a_torn_last_block_is_unseen_until_the_next_writer_repairs_it(project, lost, found):
    project.write("web", b"whole\n")
    project.write("web", b"torn\n")
    project.writers.pop("web").close()
    path = segment_path(project.directory("web"), 1)
    os.truncate(path, os.path.getsize(path) - lost)
    assert project.lines() == [("web", b"whole")]
    assert project.lines(tail=5) == [("web", b"whole")]
    writer = LogWriter(project.directory("web"), FOREVER)
    writer.open_last()
    writer.close()
    assert project.lines() == [("web", b"whole"), *(("web", data) for data in found)]
    assert last_number(project.directory("web")) == 1 + len(found)
    project.write("web", b"\nafter\n", ERR)
    assert ("web", b"after") in project.lines()


def test_a_process_that_ends_in_the_middle_of_a_line_ends_that_line(project):
    project.write("web", b"half")
    for stream in (OUT, ERR):
        project.seq += project.writers["web"].end_line(project.seq, project.now, stream)
    project.write("web", b"next run\n")
    assert [(line.data, line.unfinished) for line in logs.read(project.home)] == [(b"half", True), (b"next run", False)]
    assert project.writers["web"].end_line(project.seq, project.now, OUT) == 0


def test_garbage_at_the_end_is_cut_off_by_the_next_writer(project):
    project.write("web", b"whole\n")
    project.writers.pop("web").close()
    with open(segment_path(project.directory("web"), 1), "ab") as file:
        file.write(b"garbage\n00000004\n")
    project.write("web", b"after\n")
    assert project.lines() == [("web", b"whole"), ("web", b"after")]


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=8), st.booleans())
def test_what_a_pipe_holds_becomes_one_block(tmp_path_factory, writes, splices):
    project = Project(tmp_path_factory.mktemp("logs"))
    writer = LogWriter(project.directory("web"), LogPolicy(max_bytes=5000, max_files=1000))
    writer._splices = splices and writer._splices
    read, write = os.pipe()
    for data in writes:
        os.write(write, data)
        assert writer.take(read, project.seq, 1, OUT) == count_pieces(data)
        assert writer.take(read, project.seq, 1, OUT) is None
        project.seq += count_pieces(data)
    for descriptor in (read, write):
        os.close(descriptor)
    writer.close()
    reader = SegmentReader(project.directory("web"))
    assert [block.data for block in reader.blocks()] == writes
    reader.close()


@pytest.mark.skipif(not hasattr(os, "splice"), reason="needs splice")
def test_a_writer_killed_half_way_leaves_what_it_took_for_the_next(project, monkeypatch):
    read, write = os.pipe()
    os.write(write, b"first\nsecond\nthird\n")
    writer = LogWriter(project.directory("web"), FOREVER)
    monkeypatch.setattr(LogWriter, "_finish", lambda *_facts: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        writer.take(read, 0, 1, OUT)
    monkeypatch.undo()
    writer.close()
    assert project.lines() == []
    again = LogWriter(project.directory("web"), FOREVER)
    again.open_last()
    assert again.take(read, 3, 1, OUT) is None
    again.close()
    for descriptor in (read, write):
        os.close(descriptor)
    assert [data for _, data in project.lines()] == [b"first", b"second", b"third"]
    assert last_number(project.directory("web")) == 3


def test_the_numbering_goes_on_from_the_last_block(project):
    project.write("web", b"a\nb\nc")
    assert last_number(project.directory("web")) == 3
    assert last_number(project.directory("nobody")) == 0


def test_a_disk_that_refuses_loses_lines_but_leaves_the_log_whole(project, monkeypatch):
    project.write("web", b"before\n")
    writer = project.writers["web"]
    real = os.pwrite
    room = [10]

    def full_half_way(descriptor, data, at):
        data = data[: room.pop()] if room else b""
        if not data:
            raise OSError(errno.ENOSPC, "no space left on device")
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", full_half_way)
    assert writer.append(5, 5, OUT, b"lost\n") == 0
    monkeypatch.undo()
    project.write("web", b"after\n")
    assert project.lines() == [("web", b"before"), ("web", b"after")]
    assert writer.lost > 0


@pytest.mark.skipif(not hasattr(os, "splice"), reason="nothing goes from pipe to file inside the kernel here")
def test_a_disk_with_room_for_a_few_bytes_empties_the_pipe_at_once(tmp_path):
    import resource

    writer = LogWriter(str(tmp_path), FOREVER)
    read, write = os.pipe()
    os.write(write, b"x\n" * 5000)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60, usual[1]))  # the header, a few bytes, and no trailer
    try:
        taken = writer.take(read, 0, 1, OUT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (taken, writer.lost) == (0, 10_000)
    assert writer.take(read, 0, 1, OUT) is None
    os.write(write, b"room again\n")
    assert writer.take(read, 0, 1, OUT) == 1
    assert last_number(str(tmp_path)) == 1
    os.close(read)
    os.close(write)


def test_reading_nothing_is_no_error(project):
    assert project.lines() == []
    assert project.lines("ghost", tail=3) == []
