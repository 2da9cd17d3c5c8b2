"""XML text for the formats that want it: escaped, and without the characters that XML 1.0 forbids."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def attribute(value: object) -> str:
    """Return a value in double quotes."""
    text = _FORBIDDEN.sub("\ufffd", str(value))
    return '"' + "".join(_ESCAPES.get(one, one) for one in text) + '"'


def content(value: str) -> str:
    """Return a text that stands between tags."""
    text = _FORBIDDEN.sub("\ufffd", value)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attributes(**values: object) -> str:
    """Return ` name="value"` for each value that is not `None`; a trailing `_` of a name is dropped."""
    return "".join(f" {name.rstrip('_')}={attribute(value)}" for name, value in values.items() if value is not None)
