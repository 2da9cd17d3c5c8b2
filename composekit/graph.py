"""Dependency order and cycles over plain names."""

from collections.abc import Iterable, Mapping


class Cycle(ValueError):
    """Names that depend on each other in a ring; `trail` starts and ends with the same name."""

    def __init__(self, trail: list[str]) -> None:
        super().__init__(" -> ".join(trail))
        self.trail = trail


def find_cycle(needs: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Return one ring of names, the first name repeated at the end, or `None`. Unknown names are ignored."""
    done: set[str] = set()
    for root in needs:
        if root in done:
            continue
        trail: list[str] = []
        on_trail: set[str] = set()
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                trail.pop()
                on_trail.discard(name)
                done.add(name)
            elif name in on_trail:
                return [*trail[trail.index(name) :], name]
            elif name in needs and name not in done:
                trail.append(name)
                on_trail.add(name)
                stack.append((name, True))
                stack.extend((needed, False) for needed in reversed(list(needs[name])))
    return None


def startup_order(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return names in waves: all of a wave may start once the waves before it are up.

    Names in one wave are sorted, so output is stable; names that are needed but not in `needs` are ignored.
    Raises `Cycle` with the trail.
    """
    trail = find_cycle(needs)
    if trail:
        raise Cycle(trail)
    waiting = {name: {other for other in others if other in needs} for name, others in needs.items()}
    waves: list[list[str]] = []
    while waiting:
        wave = sorted(name for name, others in waiting.items() if not others)
        waves.append(wave)
        for name in wave:
            del waiting[name]
        for others in waiting.values():
            others.difference_update(wave)
    return waves
