"""Addresses in the words of a command: those that mean all of the machine become the replica's."""

import re

_ALL = r"(?:0\.0\.0\.0|\[::\]|\*)"
_WORD = re.compile(rf"((?:--?[\w.-]+=)?(?:https?://)?)(?:{_ALL})?(:\d{{1,5}}(?:/(?:tcp|udp))?)", re.ASCII)


def with_address(word: str, address: str) -> str:
    """Return a word such as `:80`, `0.0.0.0:80/udp` or `--listen=:80` with the address in it; others as they are."""
    match = _WORD.fullmatch(word)
    return f"{match[1]}{bracketed(address)}{match[2]}" if match and address else word


def bracketed(address: str) -> str:
    """Return an address as it stands before a colon and a port."""
    return f"[{address}]" if ":" in address else address
