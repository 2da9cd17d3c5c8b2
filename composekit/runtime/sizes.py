"""Sizes in bytes, in the words of Docker's programs."""

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def binary_size(size: float) -> str:
    """Return four digits in powers of 1024: 324KiB, 23.54GiB."""
    return _shown(size, 1024, "%.4g", _BINARY)


def decimal_size(size: float) -> str:
    """Return three digits in powers of 1000: 1.98MB."""
    return _shown(size, 1000, "%.3g", _DECIMAL)


def _shown(size: float, step: int, form: str, units: tuple[str, ...]) -> str:
    at = 0
    while size >= step and at < len(units) - 1:
        size /= step
        at += 1
    return form % size + units[at]
