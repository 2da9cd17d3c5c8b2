"""The address book: which loopback address each replica has, and which host port was chosen for it.

One JSON file per project under `<root>/addresses/`, changed under one lock, so that two projects never get the same
block. A replica keeps its address for as long as its project exists. A project's first block is derived from its name
and the state folder: the same one every time, and most likely another one for another user's project of that name.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from composekit.network.lockfile import take_lock

SHARED = "127.0.0.1"
"""The one address everybody has; the only one where the system answers for no other, as macOS does."""

_HOSTS = 254  # 1 to 254: programs dislike addresses that end in 0 or 255
_LOCK = ".lock"
_FIRST, _LAST = 64, 250  # second octet: far from 127.0.0.x, where the machine's own services listen


@dataclass(slots=True)
class Book:
    """A project's page: its blocks (each `127.a.b`), its replicas' slots in them, and its chosen host ports."""

    blocks: list[str] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def address(self, replica: str) -> str:
        """Return a replica's address; `KeyError` when it has none yet."""
        block, host = divmod(self.slots[replica], _HOSTS)
        return f"{self.blocks[block]}.{host + 1}"

    def assign(self, replicas: Iterable[str], new_block: Callable[[], str]) -> None:
        """Give a slot to every replica that has none: the one derived from its name, else the next free one."""
        used = set(self.slots.values())
        for replica in replicas:
            if replica in self.slots:
                continue
            while len(used) >= len(self.blocks) * _HOSTS:
                self.blocks.append(new_block())
            room = len(self.blocks) * _HOSTS
            slot = _number(replica) % _HOSTS
            while slot in used:
                slot = (slot + 1) % room
            self.slots[replica] = slot
            used.add(slot)

    def forget(self, replicas: Iterable[str]) -> None:
        """Free what replicas had."""
        for replica in replicas:
            self.slots.pop(replica, None)
            for key in [key for key in self.ports if key.startswith(f"{replica}/")]:
                del self.ports[key]


def many_addresses() -> bool:
    """Tell whether this system answers on all of 127.0.0.0/8 (Linux), or on 127.0.0.1 alone (macOS)."""
    return sys.platform.startswith("linux")


@contextmanager
def open_book(root: str, project: str, *, live: Callable[[str], bool]) -> Iterator[tuple[Book, Callable[[], str]]]:
    """Lock the books, yield a project's page and a function that finds it a free block; write the page at the end.

    `live` tells whether a project still exists; the pages of those that do not are thrown away.
    """
    folder = os.path.join(root, "addresses")
    with _locked(folder):
        taken = _others(folder, project, live)
        page = os.path.join(folder, f"{project}.json")
        book = _read(page)
        taken.update(book.blocks)
        yield book, lambda: _free_block(os.path.join(os.path.realpath(root), project), taken)
        _write(page, book)


def close_book(root: str, project: str) -> None:
    """Throw a project's page away, after its last replica is gone."""
    folder = os.path.join(root, "addresses")
    if not os.path.isdir(folder):
        return
    with suppress(OSError), _locked(folder):  # another project may use the folder
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, f"{project}.json"))
        if not [name for name in os.listdir(folder) if name.endswith(".json")]:
            os.unlink(os.path.join(folder, _LOCK))
            os.rmdir(folder)


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Hold the lock of all pages, which goes with the last page."""
    descriptor = take_lock(folder, _LOCK)
    try:
        yield
    finally:
        os.close(descriptor)


def _others(folder: str, project: str, live: Callable[[str], bool]) -> set[str]:
    taken: set[str] = set()
    for name in sorted(os.listdir(folder)):
        other, dot, _ = name.rpartition(".json")
        if not dot or other == project:
            continue
        if live(other):
            taken.update(_read(os.path.join(folder, name)).blocks)
        else:
            os.unlink(os.path.join(folder, name))
    return taken


def _free_block(seed: str, taken: set[str]) -> str:
    span = (_LAST - _FIRST + 1) * 256
    start = _number(seed) % span
    for step in range(span):
        at = (start + step) % span
        block = f"127.{_FIRST + at // 256}.{at % 256}"
        if block not in taken:
            taken.add(block)
            return block
    raise OSError("no loopback addresses are left")  # 47,872 projects at once


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _read(page: str) -> Book:
    try:
        with open(page, encoding="utf-8") as file:
            value: dict[str, Any] = json.load(file)
        return Book(list(value["blocks"]), dict(value["slots"]), dict(value["ports"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Book()  # absent, or damaged by a full disk: addresses are chosen anew


def _write(page: str, book: Book) -> None:
    made = f"{page}.new"
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump({"blocks": book.blocks, "slots": book.slots, "ports": book.ports}, file)
    os.replace(made, page)
