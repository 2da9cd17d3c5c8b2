"""Rows of the table of attributes, and the lookup that walks down it key by key.

A pattern names keys from the top: `*` stands for any key of a mapping, `[]` for any item of a list. Looking rows up
while walking down means that a service called `web.v2` is just a key. Two rows for one path are an error at import.
"""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composekit.load.context import Context
    from composekit.source.node import Node
    from composekit.source.path import Path

    Expand = Callable[[Node, Path, Context], Node]
    Merge = Callable[[Node, Node, "Branch", Path, Context], Node]
    Identity = Callable[[Node, Path, Context], "str | None"]
    Fill = Callable[[Node], Node]
    Anchor = Callable[[Node, str, Context], Node]


class Kind(Enum):
    """What a value is once the project is loaded; `load/settle.py` has the rule for each."""

    # Enum's own hash is Python code, and settling looks up the rule of every value.
    __hash__ = object.__hash__

    ANY = "any"
    TEXT = "text"
    INT = "int"
    NATURAL = "natural"
    FLOAT = "float"
    FLOAT32 = "float32"
    BOOL = "bool"
    BYTES = "bytes"
    DURATION = "duration"
    OBJECT = "object"
    NAMED = "named"
    ITEMS = "items"
    TEXTS = "texts"
    VARIABLES = "variables"
    TEXT_MAP = "text map"
    STRINGS = "strings"
    HOSTS = "hosts"
    COMMAND = "command"
    TEST = "test"
    MODE = "mode"
    ULIMIT = "ulimit"
    COUNT = "count"
    SSH = "ssh"
    MULTI = "multi"


ANY, TEXT, INT, FLOAT, FLOAT32, BOOL = Kind.ANY, Kind.TEXT, Kind.INT, Kind.FLOAT, Kind.FLOAT32, Kind.BOOL
NATURAL, STRINGS = Kind.NATURAL, Kind.STRINGS
BYTES, DURATION, OBJECT, NAMED, ITEMS, TEXTS = (
    Kind.BYTES,
    Kind.DURATION,
    Kind.OBJECT,
    Kind.NAMED,
    Kind.ITEMS,
    Kind.TEXTS,
)
VARIABLES, TEXT_MAP, HOSTS, COMMAND, TEST = Kind.VARIABLES, Kind.TEXT_MAP, Kind.HOSTS, Kind.COMMAND, Kind.TEST
MODE, ULIMIT, COUNT, SSH, MULTI = Kind.MODE, Kind.ULIMIT, Kind.COUNT, Kind.SSH, Kind.MULTI


class Field:
    """One attribute of the Compose file: everything the loader knows about it.

    kind      what it is once loaded
    keep      kept when it holds the zero value of its kind, because unset means something else
    cast      the kind an interpolated string becomes before the shape is checked
    expand    short form to long form
    merge     how an override joins what it overrides; the default merges mappings, appends lists, replaces the rest
    unique    what makes two items of the list one
    fill      the values it has when the file does not say
    anchor    how it becomes an absolute path
    always    in JSON output, what stands there when it is empty
    in_json   its key in JSON output, where the reference shows the name of Go's own field
    brief     of an object: the member that is written in its place when the other one is true
    hashed    part of the config hash: changing it changes what runs
    private   what it holds is nobody's business, whatever its name
    zero      what a loaded project has when the object around it says nothing
    """

    __slots__ = (
        "always",
        "anchor",
        "brief",
        "cast",
        "expand",
        "fill",
        "hashed",
        "in_json",
        "keep",
        "kind",
        "merge",
        "path",
        "private",
        "unique",
        "zero",
    )

    def __init__(  # noqa: PLR0913  # one argument per column
        self,
        path: str,
        kind: Kind,
        *,
        keep: bool = False,
        cast: Kind | None = None,
        expand: "Expand | None" = None,
        merge: "Merge | None" = None,
        unique: "Identity | None" = None,
        fill: "Fill | None" = None,
        anchor: "Anchor | None" = None,
        always: str | None = None,
        zero: object = None,
        in_json: str | None = None,
        brief: tuple[str, str] | None = None,
        hashed: bool = True,
        private: bool = False,
    ) -> None:
        self.path = path
        self.kind = kind
        self.keep = keep
        self.cast = cast
        self.expand = expand
        self.merge = merge
        self.unique = unique
        self.fill = fill
        self.anchor = anchor
        self.always = always
        self.zero = zero
        self.in_json = in_json
        self.brief = brief
        self.hashed = hashed
        self.private = private

    def at(self, prefix: str) -> "Field":
        """Return this row under another path, for objects that stand in several places."""
        return Field(
            f"{prefix}.{self.path}" if self.path else prefix,
            self.kind,
            keep=self.keep,
            cast=self.cast,
            expand=self.expand,
            merge=self.merge,
            unique=self.unique,
            fill=self.fill,
            anchor=self.anchor,
            always=self.always,
            zero=self.zero,
            in_json=self.in_json,
            brief=self.brief,
            hashed=self.hashed,
            private=self.private,
        )


Reach = tuple[dict[str, "Branch | None"], "Branch | None"]


class Branch:
    """A place in the table: the row that stands there and what is below.

    `has` tells which columns are used here or below; `zeros` are the keys that no object at this place is without.
    """

    __slots__ = ("_reach", "any", "field", "has", "keys", "order", "zeros")

    def __init__(self) -> None:
        self.field: Field | None = None
        self.keys: dict[str, Branch] = {}
        self.any: Branch | None = None
        self.has: frozenset[str] = frozenset()
        self.order: dict[str, int] = {}
        self.zeros: dict[str, object] = {}
        self._reach: dict[str, Reach] = {}

    def down(self, key: str) -> "Branch":
        """Return the place of a key (or of a list's items, for "[]")."""
        found = self.keys.get(key)
        if found is not None:
            return found
        return self.any if self.any is not None and not key.startswith("x-") else NOWHERE_BRANCH

    def down_any(self, key: str) -> "Branch":
        """Return the place of a key that a user chose, x- and all."""
        return self.keys.get(key) or self.any or NOWHERE_BRANCH

    def reach(self, column: str) -> "Reach":
        """Return the keys below which a column is used, and the place of all keys that are not among them.

        A key with `None`, or no place for the others, leads nowhere.
        """
        found = self._reach.get(column)
        if found is None:
            others = self.any if self.any is not None and column in self.any.has else None
            known = {key: below if column in below.has else None for key, below in self.keys.items()}
            if others is None:
                known = {key: below for key, below in known.items() if below is not None}
            found = self._reach[column] = (known, others)
        return found


NOWHERE_BRANCH = Branch()
"""What the table says of everything under x- keys, and of unknown keys: nothing."""

_NONE: frozenset[str] = frozenset()


def build_table(rows: tuple[Field, ...]) -> Branch:
    """Return the root of the lookup; raises `ValueError` for two rows with one path."""
    root = Branch()
    for row in rows:
        at = root
        for key in row.path.split("."):
            if key == "*":
                below = at.any = at.any or Branch()
            elif (known := at.keys.get(key)) is not None:
                below = known
            else:
                at.order[key] = len(at.order)
                below = at.keys[key] = Branch()
            at = below
        if at.field is not None:
            raise ValueError(f"two rows for {row.path}")
        at.field = row
    _mark(root)
    return root


def _mark(branch: Branch) -> frozenset[str]:
    has = _used(branch.field) if branch.field is not None else _NONE
    for key, child in branch.keys.items():
        below = _mark(child)
        if below is not _NONE:
            has |= below
        if child.field is not None and child.field.zero is not None:
            branch.zeros[key] = child.field.zero
    if branch.any is not None:
        has |= _mark(branch.any)
    branch.has = has
    return has


def _used(row: Field) -> frozenset[str]:
    """Return the columns of a row that later steps look for on their way down; most rows have none."""
    if not (row.cast or row.expand or row.merge or row.unique or row.fill or row.anchor):
        return _NONE
    columns = ("cast", "expand", "merge", "unique", "fill", "anchor")
    return frozenset(column for column in columns if getattr(row, column) is not None)
