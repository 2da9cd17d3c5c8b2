"""What makes a finding the same finding tomorrow: its code, file, place in the tree and facts, never its prose.

Moving a finding to another line, or rewording its message, changes nothing; so alerts and baselines keep what was
decided about it.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from composekit.source.diagnostic import Diagnostic
from composekit.source.text import NOWHERE


def fingerprint(one: Diagnostic, file: str | None = None) -> str:
    """Return 32 hexadecimal digits that identify a finding; `file` replaces the name of its file."""
    from hashlib import sha256

    if file is None:
        file = file_of(one) or ""
    identity = [one.code, file, list(one.path), {name: plain(value) for name, value in sorted(one.facts.items())}]
    if not one.path and not one.facts:
        identity.append(one.span.text if one.span is not None else one.message)
    return sha256(_encoder().encode(identity).encode("ascii")).hexdigest()[:32]


@cache
def _encoder() -> Any:
    from json import JSONEncoder

    return JSONEncoder()


def fingerprints(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Return one fingerprint for each diagnostic; the second and later of equal ones get their number added."""
    seen: dict[str, int] = {}
    found = []
    for one in diagnostics:
        mark = fingerprint(one)
        seen[mark] = seen.get(mark, 0) + 1
        found.append(mark if seen[mark] == 1 else f"{mark}-{seen[mark]}")
    return found


def file_of(one: Diagnostic) -> str | None:
    """Return the name of the file that a diagnostic is about, or `None` when no file is concerned."""
    return None if one.span is None or one.span.source is NOWHERE else one.span.source.name


def plain(value: Any) -> Any:
    """Return a fact as JSON has it."""
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
