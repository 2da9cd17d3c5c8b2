"""docs/swarm.md, made from the field table: `python -m composekit.swarm.field_docs > docs/swarm.md`."""

import itertools
import sys

from composekit.load.stack_fields import FIELDS
from composekit.load.stack_row import Row

_TITLES = {
    "services": "Services",
    "networks": "Networks",
    "volumes": "Volumes",
    "configs": "Configs",
    "secrets": "Secrets",
}

_HEAD = """\
# What becomes of each attribute in a swarm

This page is generated from the table that `composekit convert` itself works with (`composekit/load/stack_fields.py`).

| level | meaning |
| --- | --- |
| supported | a stack says the same |
| emulated | a stack says the same in other words |
| changed | a stack says something else |
| ignored | `docker stack deploy` accepts the attribute and does nothing with it |
| refused | `docker stack deploy` refuses a file that has the attribute |

A level other than supported is reported with its code where the attribute stands: as information where nothing is lost
or what is lost is harmless, otherwise as a warning. Members such as `ContainerSpec.Env` are those of the Engine API.
"""

_TABLE = "| attribute | level | becomes | code | what to do |\n| --- | --- | --- | --- | --- |\n"


def render_fields() -> str:
    """Return the page."""
    page = _HEAD
    for title, rows in itertools.groupby(FIELDS, key=_title):
        page += f"\n## {title}\n\n{_TABLE}" + "".join(map(_line, rows))
    return page


def _title(row: Row) -> str:
    return _TITLES.get(row.path.partition(".")[0], "The file")


def _line(row: Row) -> str:
    attribute = f"`{_short(row.path)}`" + (f", {row.condition.words}" if row.condition else "")
    code = f"{row.code} {row.severity.word}" if row.code else ""
    cells = (attribute, row.level.value, row.becomes, code, row.hint)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _short(path: str) -> str:
    section, star, rest = path.partition(".*.")
    return rest if star and section in _TITLES else path


if __name__ == "__main__":
    sys.stdout.write(render_fields())
