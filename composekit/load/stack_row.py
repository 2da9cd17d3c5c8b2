"""A row of the table of swarm, and what can become of an attribute."""

from enum import Enum
from typing import NamedTuple

from composekit.load.stack_conditions import Condition
from composekit.source.diagnostic import Severity


class Level(Enum):
    """What becomes of an attribute."""

    SUPPORTED = "supported"
    EMULATED = "emulated"
    CHANGED = "changed"
    IGNORED = "ignored"
    REFUSED = "refused"


class Row(NamedTuple):
    """`path` has `*` for any key and `[]` for any item; `becomes` is for the documentation, `message` for the user.

    Messages know {owner}, {key} and {value}: the name of the service or the object, the last key of the path, and the
    value where it is a single one.
    """

    path: str
    level: Level
    becomes: str
    code: str = ""
    severity: Severity = Severity.WARNING
    message: str = ""
    hint: str = ""
    condition: Condition | None = None
