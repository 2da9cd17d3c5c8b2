"""Ports: what the reference (Docker Compose 2.40) makes of each short form."""

import pytest

from composekit.errors import BadValue
from composekit.values.port import PortMapping, parse_port

SINGLE = [
    ("80", PortMapping("", "", 80, "tcp")),
    ("8080:80", PortMapping("", "8080", 80, "tcp")),
    ("0:80", PortMapping("", "0", 80, "tcp")),
    ("080:080", PortMapping("", "80", 80, "tcp")),
    ("6060:6060/udp", PortMapping("", "6060", 6060, "udp")),
    ("80/SCTP", PortMapping("", "", 80, "sctp")),
    ("80/", PortMapping("", "", 80, "tcp")),
    (":80", PortMapping("", "", 80, "tcp")),
    ("::80", PortMapping("", "", 80, "tcp")),
    ("127.0.0.1::80", PortMapping("127.0.0.1", "", 80, "tcp")),
    ("127.0.0.1:8001:8001", PortMapping("127.0.0.1", "8001", 8001, "tcp")),
    ("[::1]:80:80", PortMapping("::1", "80", 80, "tcp")),
    ("[fe80::1]:80:80/udp", PortMapping("fe80::1", "80", 80, "udp")),
    ("::1:80:80", PortMapping("::1", "80", 80, "tcp")),
    ("::ffff:1.2.3.4:80:80", PortMapping("::ffff:1.2.3.4", "80", 80, "tcp")),
    ("[1.2.3.4]:80:80", PortMapping("1.2.3.4", "80", 80, "tcp")),
    ("[]:80:80", PortMapping("", "80", 80, "tcp")),
    ("8000-9000:80", PortMapping("", "8000-9000", 80, "tcp")),
    ("0.0.0.0:80-90:80/udp", PortMapping("0.0.0.0", "80-90", 80, "udp")),
    ("80-80:90-90", PortMapping("", "80", 90, "tcp")),
]


@pytest.mark.parametrize(("text", "mapping"), SINGLE)
def test_a_short_form_is_one_mapping(text, mapping):
    assert parse_port(text) == [mapping]


def test_a_container_range_is_one_mapping_per_port():
    assert parse_port("127.0.0.1:8000-8002:80-82/udp") == [
        PortMapping("127.0.0.1", str(8000 + step), 80 + step, "udp") for step in range(3)
    ]


def test_ports_of_a_range_come_in_the_order_of_their_text():
    assert [mapping.target for mapping in parse_port("9-11")] == [10, 11, 9]


def test_a_third_part_of_a_range_is_ignored():
    assert parse_port("8000-8001-x/y:80-81-9/udp") == parse_port("8000-8001:80-81/udp")


WRONG = [
    ("", 0, 0),
    ("80:", 3, 0),
    ("x", 0, 1),
    ("+80", 0, 3),
    ("80 ", 0, 3),
    ("65536", 0, 5),
    ("80:0", 3, 1),
    ("90-80", 0, 5),
    ("80:90-80", 3, 5),
    ("80:80-81", 0, 8),
    ("80/foo", 3, 3),
    ("80/tcp/udp", 6, 1),
    ("80/udp:80", 6, 1),
    ("1.2.3.4:80", 0, 7),
    ("01.2.3.4:80:80", 0, 8),
    ("localhost:80:80", 0, 9),
    ("[::1]:80", 3, 2),
    ("[::1]x:80:80", 0, 6),
    ("[fe80::1%eth0]:1:2", 0, 14),
    ("\u0661", 0, 1),
    ("8_0", 0, 3),
]


@pytest.mark.parametrize(("text", "offset", "length"), WRONG)
def test_what_is_wrong_is_pointed_at(text, offset, length):
    with pytest.raises(BadValue) as caught:
        parse_port(text)

    assert (caught.value.offset, caught.value.length) == (offset, length)
