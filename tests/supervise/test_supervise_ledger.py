"""Files of lines that stay small."""

from composekit.supervise.ledger import append_line, lines_of, older


def test_lines_are_read_in_the_order_in_which_they_were_appended(tmp_path):
    path = str(tmp_path / "events")
    for line in (b"one", b"two"):
        append_line(path, line, largest=1000)
    assert lines_of(path) == [b"one", b"two"]


def test_of_a_large_file_the_older_half_is_kept_once(tmp_path):
    path = str(tmp_path / "events")
    for number in range(10):
        append_line(path, b"%d" % number, largest=5)
    assert lines_of(path) == [b"6", b"7", b"8", b"9"]
    assert (tmp_path / "events.old").read_bytes() == b"6\n7\n8\n"
    assert older(path) == f"{path}.old"


def test_what_cannot_be_written_or_read_is_left_out(tmp_path):
    path = str(tmp_path / "missing" / "events")
    append_line(path, b"one", largest=5)
    assert lines_of(path) == []
