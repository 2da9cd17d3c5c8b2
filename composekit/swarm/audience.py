"""Who is told what happens during a deploy or a removal, and the kinds of events: those of `cli/progress.py`."""

from typing import Protocol

WORKING, DONE, WARNING, ERROR = "Working", "Done", "Warning", "Error"


class Audience(Protocol):
    """Who is told what happens; `wants_tasks` asks for an event for every task too."""

    wants_tasks: bool

    def event(self, name: str, text: str, kind: str = WORKING) -> None: ...
    def tick(self) -> None: ...
