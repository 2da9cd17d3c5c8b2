"""Host ports: which addresses a published port means, whether it is free, and who has it."""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

_ANY = ("", "0.0.0.0", "::")  # noqa: S104  # what Compose calls "every address", compared with, not bound


class Owner(NamedTuple):
    """The program that has a port; `pid` is 0 when it belongs to another user."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"'{self.command}' (pid {self.pid})" if self.pid else "another program"

    def arguments(self) -> list[str]:
        """Return its command line; empty when it is gone or not ours to look at."""
        try:
            with open(f"/proc/{self.pid}/cmdline", encoding="utf-8", errors="replace") as file:
                return file.read().split("\0")
        except OSError:
            return []


def listen_addresses(host_ip: str) -> list[str]:
    """Return the addresses a published port is bound on, the one that must be had first.

    "Every address" is taken one interface at a time, never as the wildcard: a replica that listens on the same port of
    its own loopback address is in nobody's way then.
    """
    if host_ip not in _ANY:
        return [host_ip]
    return ["127.0.0.1", *_interface_addresses(), *_ipv6_addresses()]


def is_free(host_ip: str, port: int, protocol: str) -> bool:
    """Tell whether a host port could be bound now (on its first address; a missing address counts as taken)."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    address = listen_addresses(host_ip)[0]
    try:
        with open_socket(address, kind) as probe:
            probe.bind((address, port))
    except OSError:
        return False
    return True


def bind_error(host_ip: str, port: int, protocol: str) -> str | None:
    """Return why a host port cannot be bound, in words, or `None` when it can."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    address = listen_addresses(host_ip)[0]
    try:
        with open_socket(address, kind) as probe:
            probe.bind((address, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            owner = port_owner(port, protocol)
            return f"is already in use by {owner or 'another program'}"
        if error.errno == errno.EACCES:
            return "needs more rights than this user has (ports below 1024)"
        if error.errno == errno.EADDRNOTAVAIL:
            return f"cannot be bound: this machine has no address {address}"
        return f"cannot be bound: {error.strerror}"
    return None


def free_port(host_ip: str, protocol: str) -> int:
    """Return a host port that nobody has at this moment."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    address = listen_addresses(host_ip)[0]
    with open_socket(address, kind) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def open_socket(address: str, kind: int) -> socket.socket:
    """Return an unbound socket of the address's family; a listener may be bound again right after it was closed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made


def port_owner(port: int, protocol: str) -> Owner | None:
    """Return the program that listens on a port, as far as /proc tells this user."""
    inodes = {entry.inode for entry in _sockets(protocol) if entry.port == port and entry.listening}
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if any(link in wanted for link in _descriptors(pid)):
            return Owner(int(pid), _command(pid))
    return Owner(0, "")


def is_listening(address: str, port: int, protocol: str) -> bool | None:
    """Tell whether something listens on an IPv4 address and port, or on all; `None` where /proc cannot tell."""
    if not os.path.exists("/proc/net/tcp"):
        return None
    for entry in _sockets(protocol):
        if entry.port == port and entry.listening and entry.address in (address, *_ANY):
            return True
    return False


class _Socket(NamedTuple):
    address: str
    port: int
    listening: bool
    inode: str


def _sockets(protocol: str) -> Iterator[_Socket]:
    """Yield the machine's sockets from /proc/net (proc(5)): addresses are in the machine's byte order, hex."""
    for name in (protocol, f"{protocol}6"):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as table:
                rows = table.read().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            words = row.split()
            host, _, port = words[1].partition(":")
            listening = words[3] == ("0A" if protocol == "tcp" else "07")
            yield _Socket(_address(host), int(port, 16), listening, words[9])


def _address(text: str) -> str:
    raw = b"".join(struct.pack("=I", int(text[at : at + 8], 16)) for at in range(0, len(text), 8))
    # Java and others listen at an IPv4 address through an IPv6 socket.
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw).removeprefix("::ffff:")


def _descriptors(pid: str) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        try:
            yield os.readlink(f"{folder}/{name}")
        except OSError:
            continue


def _command(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "?"


def _interface_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine's interfaces other than the loopback's (netdevice(7), SIOCGIFADDR)."""
    found = []
    try:
        import fcntl

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                try:
                    answer = fcntl.ioctl(probe, 0x8915, struct.pack("256s", name.encode()[:15]))
                except OSError:
                    continue
                address = socket.inet_ntoa(answer[20:24])
                if not address.startswith("127.") and address not in found:
                    found.append(address)
    except (ImportError, OSError):
        pass
    return found


def _ipv6_addresses() -> list[str]:
    """Return ::1 and the global IPv6 addresses, from /proc/net/if_inet6; ::1 alone is tried elsewhere."""
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as table:
            rows = [row.split() for row in table]
    except OSError:
        return []
    raw = [row[0] for row in rows if row[3] in ("00", "10")]  # scope: global, host
    return [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(text)) for text in raw]
