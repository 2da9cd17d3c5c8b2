"""Tables as the docker CLI prints them, and its words for durations."""

from collections.abc import Sequence

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
