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
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    if whole < 60:
        return f"{whole} seconds"
    minutes = whole // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    if hours < 24 * 365 * 2:
        return f"{hours // 24 // 30} months"
    return f"{int(seconds / 3600) // 24 // 365} years"


def ellipsis(text: str, most: int) -> str:
    """Return a text of at most `most` characters, the last of which says that there was more."""
    return text if len(text) <= most else text[: most - 1] + "…"
