"""What a rule is, what it yields, and what it sees.

A rule is a module with three things: a docstring, which is its documentation page (see `page.py`); `INFO`, which alone
states id, name, severity, category and profiles; and `check(ctx)`, which yields hits. The engine stamps id and severity
on them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from composekit.source.diagnostic import Fix, Related, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence
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


PROFILES = ("default", "strict", "hardened", "homelab", "swarm")
"""Sets of rules to choose from. `default` has only what is wrong or dangerous: a good file is quiet."""

EVERYWHERE = PROFILES
NOT_AT_HOME = ("default", "strict", "hardened", "swarm")
NOT_IN_SWARM = ("default", "strict", "hardened", "homelab")
STRICT = ("strict",)
HARDENED = ("hardened",)
STRICT_AND_HARDENED = ("strict", "hardened")
STRICT_AND_HOME = ("strict", "homelab")
SWARM = ("swarm",)
ON_REQUEST: tuple[str, ...] = ()
"""In no profile: only a selector switches the rule on."""


class Setting(NamedTuple):
    """A value that users may give to a rule; its type is that of `default`."""

    name: str
    default: Any
    about: str


class RuleInfo(NamedTuple):
    """What is true of every finding of a rule.

    since     the version that brought the rule
    profiles  the sets of rules it is in
    status    "stable", or "preview" while its findings may still change
    settings  what users may tune
    """

    id: str
    name: str
    severity: Severity
    category: str
    since: str
    profiles: tuple[str, ...] = EVERYWHERE
    status: str = "stable"
    settings: tuple[Setting, ...] = ()


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


Having = tuple[str, Mapping, Node]
"""A service's name, the service, and the value of a key that it has."""


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
    def others(self) -> Iterable[Mapping]: ...
    @property
    def scopes(self) -> dict[str, dict[str, str]]: ...
    @property
    def report(self) -> Report: ...
    @property
    def name(self) -> str: ...
    @property
    def directory(self) -> str: ...
    @property
    def environment(self) -> dict[str, str]: ...


class LintContext:
    """One project as rules see it: the canonical tree for meaning, spans for places.

    `services` are all of the project, whatever their profiles. `shared` keeps what several rules work out. `documents`
    are as written, those of the project's own files (`own_documents`) before those that they include or extend.
    `variables` is what ${VAR} means in them. `options` are the values that users gave to rules, by rule id and setting.
    """

    __slots__ = (
        "_having",
        "_scopes",
        "_shared",
        "_written",
        "directory",
        "documents",
        "name",
        "name_spans",
        "options",
        "own_documents",
        "services",
        "tree",
        "variables",
    )

    def __init__(self, loaded: Project, options: dict[str, dict[str, Any]] | None = None) -> None:
        assert loaded.tree is not None
        self.options = options or {}
        self.variables: dict[str, str] = loaded.environment
        self._scopes: dict[str, dict[str, str]] = loaded.scopes
        self.tree: Mapping = loaded.tree
        self.own_documents: list[Mapping] = list(loaded.documents)
        self.documents: list[Mapping] = [*self.own_documents, *loaded.others]
        self.name = loaded.name
        self.directory = loaded.directory
        services = self.tree.get("services")
        self.name_spans = services.key_spans if isinstance(services, Mapping) else {}
        self.services = {**self.section("services"), **_mappings(loaded.disabled)}
        self._shared: dict[Any, Any] = {}
        self._having: dict[str, list[Having]] | None = None
        self._written: dict[str, list[Having]] | None = None

    def having(self, key: str) -> "list[Having]":
        """Return the services that have a key, with the key's value: most rules ask for what few services have."""
        if self._having is None:
            self._having = _by_key(self.services.items())
        return self._having.get(key, [])

    def written(self, key: str) -> "list[Having]":
        """Return the services that have a key in the files as they are written."""
        if self._written is None:
            sections = [document.get("services") for document in self.documents]
            listed = [one for section in sections if isinstance(section, Mapping) for one in section.items.items()]
            self._written = _by_key((name, body) for name, body in listed if isinstance(body, Mapping))
        return self._written.get(key, [])

    def section(self, name: str) -> dict[str, Mapping]:
        """Return the named entries of a top-level section; those without a body are left out."""
        node = self.tree.get(name)
        return _mappings(node.items) if isinstance(node, Mapping) else {}

    def variables_at(self, span: Span) -> dict[str, str]:
        """Return what ${VAR} means at a place: an included project may have variables of its own."""
        path = span.source.path
        return self._scopes.get(path, self.variables) if path is not None else self.variables

    def setting(self, info: RuleInfo, name: str) -> Any:
        """Return the value of a rule's setting: the user's, or else the rule's own."""
        given = self.options.get(info.id, {})
        return given[name] if name in given else next(one.default for one in info.settings if one.name == name)

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


def _by_key(services: Iterable[tuple[str, Mapping]]) -> dict[str, list[Having]]:
    found: dict[str, list[Having]] = {}
    for name, service in services:
        for key, node in service.items.items():
            if key in found:
                found[key].append((name, service, node))
            else:
                found[key] = [(name, service, node)]
    return found


def profiles(service: Mapping) -> frozenset[str]:
    """Return the profiles that a service belongs to; none means that it always runs."""
    node = service.get("profiles")
    if not isinstance(node, Sequence):
        return frozenset()
    return frozenset(str(item.value) for item in node.items if not isinstance(item, (Mapping, Sequence)))


def may_run_together(one: Mapping, other: Mapping) -> bool:
    """Tell whether two services are meant to run at the same time.

    Services of different profiles are taken for alternatives, such as one image for each kind of graphics card,
    although nothing but habit keeps a user from enabling both. What a service has by `extends` from the other counts
    only where it has nothing else: behind that profile stands what is there to be extended.
    """
    first, second = profiles(one), profiles(other)
    if not first or not second:
        return True
    return bool(first & second) and bool(_own_profiles(one, other) & _own_profiles(other, one))


def _own_profiles(service: Mapping, other: Mapping) -> frozenset[str]:
    """Return the profiles that were not written for the other service, or all where that leaves none."""
    mine, theirs = service["profiles"], other["profiles"]
    assert isinstance(mine, Sequence)
    assert isinstance(theirs, Sequence)
    shared = {node.span.identity for node in theirs.items}
    own = [node for node in mine.items if node.span.identity not in shared] or mine.items
    return frozenset(str(node.value) for node in own if isinstance(node, Scalar))
