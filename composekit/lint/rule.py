"""What a rule is, what it yields, and what it sees.

A rule is a module with three things: a docstring, which is its documentation page (see `page.py`); `INFO`, which alone
states id, name, severity and category; and `check(ctx)`, which yields hits. The engine stamps id and severity on them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from composekit.source.diagnostic import Fix, Related, Report, Severity
from composekit.source.node import Mapping, Node, Sequence
from composekit.source.path import Path
from composekit.source.text import Span

Found = TypeVar("Found")

CATEGORIES = {
    "correctness": "CK4",
    "security": "CK5",
    "reliability": "CK6",
    "swarm": "CK7",
    "style": "CK8",
}
"""Kinds of rules, and how the ids of each begin."""


class RuleInfo(NamedTuple):
    """What is true of every finding of a rule. `since` is the version that brought the rule."""

    id: str
    name: str
    severity: Severity
    category: str
    since: str


class Hit:
    """One finding before it is stamped: a place, a message pattern, and the facts that fill it (and the hint)."""

    __slots__ = ("facts", "fix", "hint", "message", "path", "related", "span")

    def __init__(
        self,
        span: Span,
        message: str,
        *,
        path: Path = (),
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        **facts: Any,
    ) -> None:
        self.span = span
        self.message = message
        self.path = path
        self.hint = hint
        self.related = related
        self.fix = fix
        self.facts = facts


class Project(Protocol):
    """What rules need of a loaded project; `composekit.load` returns one, which should be asked for all resources.

    `tree` has the services that count, `disabled` those whose profiles are off.
    """

    @property
    def tree(self) -> Mapping | None: ...
    @property
    def disabled(self) -> dict[str, Node]: ...
    @property
    def documents(self) -> Iterable[Mapping]: ...
    @property
    def report(self) -> Report: ...
    @property
    def name(self) -> str: ...
    @property
    def directory(self) -> str: ...


class LintContext:
    """One project as rules see it: the canonical tree for meaning, spans for places.

    `services` are all of the project, whatever their profiles. `shared` keeps what several rules work out.
    """

    __slots__ = ("_shared", "directory", "documents", "name", "services", "tree")

    def __init__(self, loaded: Project) -> None:
        assert loaded.tree is not None
        self.tree: Mapping = loaded.tree
        self.documents: list[Mapping] = list(loaded.documents)
        self.name = loaded.name
        self.directory = loaded.directory
        self.services = {**self.section("services"), **_mappings(loaded.disabled)}
        self._shared: dict[Any, Any] = {}

    def section(self, name: str) -> dict[str, Mapping]:
        """Return the named entries of a top-level section; those without a body are left out."""
        node = self.tree.get(name)
        return _mappings(node.items) if isinstance(node, Mapping) else {}

    def shared(self, find: "Callable[[LintContext], Found]") -> Found:
        """Return `find(self)`, worked out once for all rules."""
        if find not in self._shared:
            self._shared[find] = find(self)
        found: Found = self._shared[find]
        return found


class Rule(Protocol):
    """A rule module."""

    __doc__: str | None
    INFO: RuleInfo

    def check(self, ctx: LintContext) -> Iterator[Hit]: ...


def _mappings(items: dict[str, Node]) -> dict[str, Mapping]:
    return {key: value for key, value in items.items() if isinstance(value, Mapping)}


def profiles(service: Mapping) -> frozenset[str]:
    """Return the profiles that a service belongs to; none means that it always runs."""
    node = service.get("profiles")
    if not isinstance(node, Sequence):
        return frozenset()
    return frozenset(str(item.value) for item in node.items if not isinstance(item, (Mapping, Sequence)))


def may_run_together(one: Mapping, other: Mapping) -> bool:
    """Tell whether two services are meant to run at the same time.

    Services of different profiles are taken for alternatives, such as one image for each kind of graphics card,
    although nothing but habit keeps a user from enabling both.
    """
    first, second = profiles(one), profiles(other)
    return not first or not second or bool(first & second)
