"""Tables as the docker CLI prints them, and its words for durations."""

from collections.abc import Mapping, Sequence

_MIN_WIDTH, _PADDING = 10, 3  # of the docker CLI's table writer


def render_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with columns padded by spaces; the last column is not padded."""
    lines = [header, *rows]
    widths = [max(_MIN_WIDTH, *(len(line[at]) + _PADDING for line in lines)) for at in range(len(header))]
    shown = []
    for line in lines:
        cells = [cell.ljust(widths[at]) for at, cell in enumerate(line[:-1])]
        shown.append("".join(cells) + line[-1])
    return "\n".join(shown) + "\n"


def fitted(
    lines: Sequence[Sequence[str]], columns: int, least: Mapping[str, int], spare: Sequence[str]
) -> list[list[str]]:
    """Return lines of cells (the first are titles) that `render_table` makes a table of at most so many characters.

    Columns give way in the order of `least`, by their titles, each down to so many characters. If that is not enough,
    empty and `spare` columns are left out one after the other; after that the table is as wide as it is.
    """
    found = [list(line) for line in lines]
    rows = found[1:]
    empty = [title for at, title in enumerate(found[0]) if rows and not any(line[at] for line in rows)]
    for title in ("", *empty, *spare):
        if title in found[0]:
            at = found[0].index(title)
            lines = [[*line[:at], *line[at + 1 :]] for line in lines]
        found = _shrunk(lines, columns, least)
        if _width(found) <= columns:
            break
    return found


def _shrunk(lines: Sequence[Sequence[str]], columns: int, least: Mapping[str, int]) -> list[list[str]]:
    found = [list(line) for line in lines]
    for title, room in least.items():
        over = _width(found) - columns
        if over > 0 and title in found[0]:
            at = found[0].index(title)
            most = max(room, len(title), max(len(line[at]) for line in found) - over)
            found = [[*line[:at], ellipsis(line[at], most), *line[at + 1 :]] for line in found]
    return found


def _width(lines: Sequence[Sequence[str]]) -> int:
    return max(len(line.rstrip()) for line in render_table(lines[0], lines[1:]).splitlines())


def human_duration(seconds: float) -> str:
    """Return how long something took, in Docker's words: Less than a second, 5 seconds, About a minute, 3 hours."""
    whole, hours = int(seconds), int(seconds / 3600 + 0.5)
    steps = (
        (whole < 1, "Less than a second"),
        (whole == 1, "1 second"),
        (whole < 60, f"{whole} seconds"),
        (whole < 120, "About a minute"),
        (whole < 3600, f"{whole // 60} minutes"),
        (hours == 1, "About an hour"),
        (hours < 48, f"{hours} hours"),
        (hours < 24 * 14, f"{hours // 24} days"),
        (hours < 24 * 60, f"{hours // 24 // 7} weeks"),
        (hours < 24 * 730, f"{hours // 24 // 30} months"),
    )
    return next((words for holds, words in steps if holds), f"{int(seconds / 3600) // 24 // 365} years")


def ellipsis(text: str, most: int) -> str:
    """Return a text of at most `most` characters, the last of which says that there was more."""
    return text if len(text) <= most else text[: most - 1] + "…"
