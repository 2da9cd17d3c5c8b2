"""Published ports in their short form: "127.0.0.1:8000-8010:80-90/udp" to one mapping per container port."""

import re
from typing import TYPE_CHECKING, NamedTuple

from composekit.errors import BadValue
from composekit.values.grammar import Language, Reason, shown

if TYPE_CHECKING:
    from lark import Token

_LARGEST = 65535
_PLAIN = re.compile(
    r"(?:(?:(\d+\.\d+\.\d+\.\d+|\[::1?\])?:)?(?:(\d{1,5})(?:-(\d{1,5}))?)?:)?"
    r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?",
    re.ASCII,
)
_FORM = "write HOST_PORT:CONTAINER_PORT, such as 8080:80, 127.0.0.1:8080:80 or 8000-8010:8000-8010/udp"
_NO_NAMES = "a host name cannot be used here; write an address such as 127.0.0.1 or [::1]"
_LANGUAGE = Language(
    "port",
    ":/",
    (
        Reason("the container port is missing", _FORM, ("", "80:", "80-90:", "/udp", ":::", "::1:80:", "::1::")),
        Reason("the end of the port range is missing", _FORM, ("80-", "80-:80", "80-x", "80--90")),
        Reason("a port cannot have spaces around it", "take the white space out", (" 80", "80 ", "80- 81", "80-81 ")),
        Reason(
            "an IP address needs the host port and the container port after it",
            "write IP:HOST_PORT:CONTAINER_PORT, or IP::CONTAINER_PORT for any free host port",
            ("1.2:80", "[::1]:80", "[::1]", "80-1.2:80"),
        ),
        Reason("the protocol comes last and only once", _FORM, ("80/tcp/udp", "80/udp:80")),
        Reason(
            "'{word}' is not a protocol", "use tcp, udp or sctp", ("80/x", "80/ ", "80/-", "80/7", "80/tcpx", "80/tcp7")
        ),
        Reason("'{word}' is not a port", _FORM, ("-5", "$", "x", "x:80", "80$", "80-90$", "80x", "80-90x")),
    ),
    Reason("'{text}' is not a port mapping", _FORM, ()),
    starts=("", ":", "::", "80:", "80-90:", "::1:80:", "::1:80-90:"),
)


class PortMapping(NamedTuple):
    """One container port; `published` is "" (any free port), a port, or a range to choose from ("8000-9000")."""

    host_ip: str
    published: str
    target: int
    protocol: str


def parse_port(text: str) -> list[PortMapping]:
    """Read a port's short form, as Docker Compose does; raises `BadValue` with the offset of what is wrong.

    A container range gives one mapping per port, in the order of their decimal text ("9-11" gives 10, 11, 9), which is
    the order `docker compose config` prints. A host range before a single container port stays one mapping.
    """
    return _plain_port(text) or _port_by_grammar(text)


def _plain_port(text: str) -> list[PortMapping] | None:
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    ip, host, host_end, port, port_end, protocol = found.groups()
    if ip and ip[0] == "[":
        ip = ip[1:-1]
    elif ip and not _is_ipv4(ip):
        return None
    first = int(port)
    last = int(port_end) if port_end else first
    if not 0 < first <= last <= _LARGEST:
        return None  # the grammar's side says what is wrong
    host_first = host_last = -1
    if host:
        host_first = int(host)
        host_last = int(host_end) if host_end else host_first
        if not host_first <= host_last <= _LARGEST or (first != last and last - first != host_last - host_first):
            return None
    return _mappings(ip or "", (host_first, host_last), (first, last), protocol or "tcp")


def _is_ipv4(text: str) -> bool:
    return all(len(part) < 4 and int(part) < 256 and (part == "0" or part[0] != "0") for part in text.split("."))


def _mappings(ip: str, host: tuple[int, int], target: tuple[int, int], protocol: str) -> list[PortMapping]:
    """Pair the ranges; a host range that starts at -1 means none was given."""
    first, last = target
    if first == last:
        published = "" if host[0] < 0 else str(host[0]) if host[0] == host[1] else f"{host[0]}-{host[1]}"
        return [PortMapping(ip, published, first, protocol)]
    ports = range(first, last + 1)
    # Decimal text order; "/" of "80/tcp" sorts before every digit, so a shorter number comes first either way.
    return [
        PortMapping(ip, "" if host[0] < 0 else str(host[0] + port - first), port, protocol)
        for port in sorted(ports, key=str)
    ]


def _port_by_grammar(text: str) -> list[PortMapping]:
    tree = _LANGUAGE.parse(text)
    ip, host, target, protocol = "", (-1, -1), (0, 0), "tcp"
    for part in tree.children:
        if isinstance(part, str):
            continue
        tokens = [token for token in part.children if isinstance(token, str)]
        if part.data == "address":
            ip = _address(tokens[0])
        elif part.data == "published":
            host = _range(tokens, smallest=0)
        else:
            target = _range(tokens, smallest=1)
            protocol = next((token.lower() for token in tokens if token.type == "PROTOCOL"), "tcp")
    if target[0] != target[1] and host[0] >= 0 and host[1] - host[0] != target[1] - target[0]:
        raise BadValue(
            f"{host[1] - host[0] + 1} of the host's ports cannot serve {target[1] - target[0] + 1} of the container's",
            offset=0,
            length=len(text),
            hint="give both ranges the same length, or publish a single container port",
        )
    return _mappings(ip, host, target, protocol)


def _range(tokens: "list[Token]", *, smallest: int) -> tuple[int, int]:
    numbers = [token for token in tokens if token.type == "NUMBER"]
    for token in numbers:
        # Length first: int() refuses numbers of thousands of digits.
        digits = token.lstrip("0") or "0"
        if len(digits) > 5 or not smallest <= int(digits) <= _LARGEST:
            raise _bad(f"{shown(token)} is not a port ({smallest}-{_LARGEST})", token, None)
    first, last = int(numbers[0]), int(numbers[-1])
    if last < first:
        raise _bad("the port range is reversed", numbers[0], f"write {last}-{first}", end=numbers[-1])
    return first, last


def _address(token: "Token") -> str:
    """Return the address without brackets; "" for an empty pair of them, which means every address."""
    text = str(token)
    if text[0] == "[":
        if text[-1] != "]" or "[" in text[1:] or "]" in text[:-1]:
            raise _bad(f"'{shown(text)}' is not an IPv6 address in brackets", token, "write [::1]:8080:80")
        text = text[1:-1]
        if not text:
            return ""
    import ipaddress

    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        numeric = not text.strip("0123456789.")
        hint = "an IPv4 address is four numbers from 0 to 255 without leading zeros" if numeric else _NO_NAMES
        raise _bad(f"'{shown(text)}' is not an IP address", token, hint) from None
    if getattr(address, "scope_id", None) is not None:
        raise _bad(
            f"'{shown(text)}' names an interface, which cannot be published on", token, "leave out the part after %"
        )
    return text


def _bad(message: str, token: "Token", hint: str | None, *, end: "Token | None" = None) -> BadValue:
    start = token.start_pos or 0
    stop = (end or token).end_pos or len(token)
    return BadValue(message, offset=start, length=stop - start, hint=hint)
