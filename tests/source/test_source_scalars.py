# ruff: noqa: E501  # one case a line reads as a table
"""What plain scalars mean, against the facts of go-yaml v3."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.source.scalars import Timestamp, format_float, is_plain_string, resolve, show_value

VALUES = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL", "none": "none",
    "true": True, "True": True, "TRUE": True, "tRue": "tRue", "false": False, "yes": "yes", "on": "on", "y": "y",
    "0": 0, "1": 1, "-1": -1, "+1": 1, "1_000": 1000, "_1": "_1", "1__0": 10, "1_": 1,
    "017": 15, "0o17": 15, "0O17": 15, "018": 18.0, "08": 8.0, "0x1F": 31, "0X1f": 31, "-0x10": -16, "0b101": 5, "0b2": "0b2",
    "9223372036854775807": 2**63 - 1, "18446744073709551615": 2**64 - 1, "18446744073709551616": 2.0**64,
    "-9223372036854775808": -(2**63), "-9223372036854775809": -9223372036854775809.0,
    "1.0": 1.0, "1.": 1.0, ".5": 0.5, "-.5": -0.5, "1e3": 1000.0, "1E+3": 1000.0, "1e": "1e", ".": ".", "1.2.3": "1.2.3",
    ".inf": math.inf, "-.Inf": -math.inf, "+.INF": math.inf, "inf": "inf", "nan": "nan",
    "12:30": "12:30", "1:2:3": "1:2:3", "8080:80": "8080:80", "0.0.0.0": "0.0.0.0", "3.8": 3.8, "v1": "v1", "<<": "<<",
    "2024-13-01": "2024-13-01", "2024-1": "2024-1", "20240101": 20240101, "-": "-", "--1": "--1", "+": "+", "0x": "0x",
}  # fmt: skip


@pytest.mark.parametrize("text", VALUES)
def test_a_plain_scalar_is_what_go_yaml_reads(text):
    value = resolve(text)
    assert value == VALUES[text]
    assert type(value) is type(VALUES[text])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-01-02", "2024-01-02T00:00:00Z"),
        ("2024-1-2", "2024-01-02T00:00:00Z"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05.600", "2024-01-02T03:04:05.6Z"),
    ],
)
def test_dates_are_times(text, shown):
    value = resolve(text)
    assert isinstance(value, Timestamp)
    assert value == shown


def test_not_a_number_is_a_float():
    assert math.isnan(resolve(".nan"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0, "1"), (0.1, "0.1"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-5, "1e-05"), (0.0001, "0.0001"),
        (-0.0, "-0"), (1.5e300, "1.5e+300"), (123456789.5, "123456789.5"), (math.inf, "+Inf"), (-math.inf, "-Inf"),
        (True, "true"), (None, "<nil>"), (7, "7"), ("x", "x"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_go_shows_them(value, shown):
    assert show_value(value) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_shown_number_is_that_number(value):
    assert float(format_float(value)) == value


@given(st.text(max_size=12))
def test_resolving_never_fails(text):
    value = resolve(text)
    if is_plain_string(text):
        assert value == text


@given(st.text(alphabet="0123456789+-._exobnaif:TZ ", max_size=10))
def test_what_looks_like_a_number_never_fails(text):
    resolve(text)
