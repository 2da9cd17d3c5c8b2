"""Colours for services, in the order in which Docker Compose gives them out."""

RESET = "\x1b[0m"
_NAMES = ("36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1")
GREEN, YELLOW, RED, BLUE = "32", "33", "31", "34"


def paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}{RESET}" if code else text


def service_color(position: int) -> str:
    """Return the colour of the service that came as number `position`, counted from 0."""
    return _NAMES[position % len(_NAMES)]
