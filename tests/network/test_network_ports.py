"""Host ports: free or not, and whose."""

import os
import socket
import sys

import pytest

from composekit.network import ports

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and 127.0.0.0/8")


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_port_can_be_bound():
    port = ports.free_port("", "tcp")

    assert ports.is_free("", port, "tcp")
    assert ports.bind_error("", port, "tcp") is None


@linux
def test_a_taken_port_names_its_owner(taken):
    assert not ports.is_free("", taken, "tcp")
    assert f"(pid {os.getpid()})" in ports.bind_error("", taken, "tcp")
    assert ports.port_owner(taken, "tcp").pid == os.getpid()


@linux
def test_a_port_of_another_loopback_address_is_not_in_the_way(taken):
    assert ports.is_free("127.77.1.1", taken, "tcp")
    assert ports.is_listening("127.0.0.1", taken, "tcp")
    assert not ports.is_listening("127.77.1.1", taken, "tcp")


@linux
def test_a_program_that_listens_everywhere_listens_on_each_address():
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()

        assert ports.is_listening("127.77.1.1", listener.getsockname()[1], "tcp")


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp6"), reason="needs IPv6 sockets")
def test_an_ipv6_socket_at_an_ipv4_address_listens_there():
    with socket.socket(socket.AF_INET6) as listener:  # as Java has them
        listener.bind(("::ffff:127.0.0.1", 0))
        listener.listen()

        assert ports.is_listening("127.0.0.1", listener.getsockname()[1], "tcp")
        assert not ports.is_listening("127.77.1.1", listener.getsockname()[1], "tcp")


def test_an_address_that_the_machine_does_not_have_is_said():
    assert "no address 203.0.113.7" in ports.bind_error("203.0.113.7", 8080, "tcp")


def test_every_address_means_each_interface_and_never_the_wildcard():
    found = ports.listen_addresses("0.0.0.0")

    assert found[0] == "127.0.0.1"
    assert not {"0.0.0.0", "::"} & set(found)


def test_a_given_address_is_the_only_one():
    assert ports.listen_addresses("127.0.0.9") == ["127.0.0.9"]


def test_udp_ports_are_their_own():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

        assert not ports.is_free("", port, "udp")
