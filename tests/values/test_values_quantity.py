import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.values.quantity import SECOND, format_duration, parse_bytes, parse_duration

DURATIONS = [
    ("0", 0),
    ("10s", 10 * SECOND),
    ("1m30s", 90 * SECOND),
    ("500ms", SECOND // 2),
    ("1.5h", 5400 * SECOND),
    (".5s", SECOND // 2),
    ("1.s", SECOND),
    ("-1s", -SECOND),
    ("+1s", SECOND),
    ("1d", 86400 * SECOND),
    ("1w", 7 * 86400 * SECOND),
    ("1µs", 1000),
    ("1\u03bcs", 1000),
    ("1us", 1000),
    ("0.1s", SECOND // 10),
    ("1.9999999999s", 1_999_999_999),
    ("2562047h47m16.854775807s", (1 << 63) - 1),
    ("0" * 5000 + "1s", SECOND),
    ("0." + "0" * 5000 + "1s", 0),
]


@pytest.mark.parametrize(("text", "nanoseconds"), DURATIONS)
def test_a_duration_is_nanoseconds(text, nanoseconds):
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("1", 0),
        ("10", 0),
        ("s", 0),
        ("1s1", 2),
        ("1m5x", 2),
        ("1 s", 0),
        (".s", 0),
        ("1e3s", 0),
        ("-", 0),
        ("1y", 0),
        ("300y", 0),
    ],
)
def test_what_is_no_duration_is_refused_where_it_goes_wrong(text, offset):
    with pytest.raises(BadValue) as caught:
        parse_duration(text)

    assert caught.value.offset == offset


@pytest.mark.parametrize("text", ["2562047h47m16.854775808s", "9223372037s", "9" * 5000 + "s"])
def test_a_duration_beyond_292_years_is_refused(text):
    with pytest.raises(BadValue, match="too long"):
        parse_duration(text)


@given(st.integers(min_value=-(1 << 62), max_value=1 << 62))
def test_a_printed_duration_reads_as_itself(nanoseconds):
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1500, "1.5µs"),
        (2_000_000, "2ms"),
        (SECOND, "1s"),
        (90 * SECOND, "1m30s"),
        (3600 * SECOND, "1h0m0s"),
        (-SECOND, "-1s"),
    ],
)
def test_durations_are_printed_as_go_prints_them(nanoseconds, text):
    assert format_duration(nanoseconds) == text


SIZES = [
    ("0", 0),
    ("1024", 1024),
    ("512m", 512 << 20),
    ("512MB", 512 << 20),
    ("64 KiB", 64 << 10),
    ("1.5gb", 3 << 29),
    ("1kib", 1024),
    ("1e3", 1000),
    ("+1", 1),
    ("1.k", 1024),
    (".5m", 1 << 19),
    ("2t", 2 << 40),
    ("1b", 1),
]


@pytest.mark.parametrize(("text", "size"), SIZES)
def test_a_size_is_bytes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "-1", "m", "1x", "1bb", "1bib", "1  k", "1 e3", "inf", "nan", "1,5g", "\u0661k"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(BadValue, match="is not a size"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["9" * 5000, "1e999", "9e30", "9000000000p"])
def test_a_size_beyond_64_bits_is_refused(text):
    with pytest.raises(BadValue, match="too large"):
        parse_bytes(text)
