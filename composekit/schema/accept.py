"""Say yes, quickly, to a tree that fits the schema of the Compose file.

Owns: the yes/no evaluation of the keywords in `KEYWORDS`, as closures made when the tree first asks for them: a file of
twenty lines pays for the ten definitions it reaches. May only say yes or "not sure"; `explain` alone rejects.
"""

import re
from collections.abc import Callable
from typing import Any

from composekit.schema.document import ANNOTATIONS, COMPOSE_COMPACT, python_pattern, read_schema
from composekit.source.node import Mapping, Node, Scalar, Sequence

Check = Callable[[Node], bool]

KEYWORDS = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "enum",
        "items",
        "maximum",
        "minimum",
        "pattern",
        "patternProperties",
        "properties",
        "required",
        "type",
        "uniqueItems",
    }
)
"""Keywords evaluated here; `$ref` only alone or beside annotations, `type` always, `enum` of strings."""

_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

_compose: Check | None = None


def accepts(node: Node) -> bool:
    """Tell whether a whole Compose file surely fits its schema; `False` means not sure."""
    global _compose  # noqa: PLW0603 - the schema is read once, when first needed
    if _compose is None:
        _compose = acceptor(read_schema(COMPOSE_COMPACT))
    try:
        return _compose(node)
    except RecursionError:
        return False


def acceptor(schema: dict[str, Any]) -> Check:
    """Return the check of a schema that uses only `KEYWORDS`; with any other keyword it is never sure."""
    return _Compiler(schema).check(schema)


class _Compiler:
    """Turns parts of one schema into checks, each once."""

    __slots__ = ("_definitions", "_made")

    def __init__(self, schema: dict[str, Any]) -> None:
        self._definitions: dict[str, Any] = schema.get("$defs", {})
        self._made: dict[int, Check] = {}

    def check(self, schema: Any) -> Check:
        if schema is True or schema == {}:
            return _anything
        if schema is False:
            return _nothing
        check = self._made.get(id(schema))
        if check is None:
            check = self._made[id(schema)] = self._build(schema)
        return check

    def _build(self, schema: dict[str, Any]) -> Check:
        if not KEYWORDS.issuperset(schema) and schema.keys() - KEYWORDS - ANNOTATIONS:
            return _nothing
        if "$ref" in schema:
            return self.check(self._definitions[schema["$ref"].rpartition("/")[2]])
        if "type" not in schema:
            return _nothing if schema.keys() & KEYWORDS else _anything
        types = schema["type"]
        if isinstance(types, str):
            types = (types,)
        classes = frozenset(cls for name in types for cls in _CLASSES.get(name, ()))
        fits = _scalar_fits(schema, whole_floats="integer" in types and "number" not in types)
        if "integer" in types:
            classes |= {float}
        mapping = self._mapping(schema) if "object" in types else None
        sequence = self._sequence(schema) if "array" in types else None
        if mapping is None and sequence is None:
            return _scalar_check(classes, fits)

        # Comparing classes is cheaper than isinstance, but mypy cannot follow it.
        def check(node: Any) -> bool:
            kind = node.__class__
            if kind is Scalar:
                value = node.value
                return value.__class__ in classes and (fits is None or fits(value))
            if kind is Mapping:
                return mapping is not None and mapping(node.items)
            return kind is Sequence and sequence is not None and sequence(node.items)

        return check

    def _mapping(self, schema: dict[str, Any]) -> Callable[[dict[str, Node]], bool]:
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        additional = schema.get("additionalProperties", True)
        patterns = [
            (re.compile(python_pattern(pattern)).search, part)
            for pattern, part in schema.get("patternProperties", {}).items()
        ]
        checks: dict[str, Check] = {}

        def learn(key: str) -> Check:
            parts = [properties[key]] if key in properties else []
            parts += [part for search, part in patterns if search(key)]
            check = _all_of([self.check(part) for part in parts or [additional]])
            checks[key] = check
            return check

        def mapping(items: dict[str, Node]) -> bool:
            for key in required:
                if key not in items:
                    return False
            for key, value in items.items():  # noqa: SIM110 - a generator costs a third more here
                if not (checks.get(key) or learn(key))(value):
                    return False
            return True

        return mapping

    def _sequence(self, schema: dict[str, Any]) -> Callable[[list[Node]], bool]:
        part = schema.get("items", True)
        unique = schema.get("uniqueItems", False)
        check: Check | None = None

        def sequence(items: list[Node]) -> bool:
            nonlocal check
            if check is None:
                check = self.check(part)
            for item in items:
                if not check(item):
                    return False
            return not unique or len(items) < 2 or len({identity(item) for item in items}) == len(items)

        return sequence


def identity(node: Node) -> Any:
    """Return a hashable that is equal for nodes that JSON Schema holds equal: 1 and 1.0, but not 1 and true."""
    if isinstance(node, Scalar):
        return (node.value.__class__ is bool, node.value)
    if isinstance(node, Mapping):
        return frozenset((key, identity(value)) for key, value in node.items.items())
    return tuple(identity(item) for item in node.items), "list"


def _scalar_check(classes: frozenset[type], fits: Callable[[Any], bool] | None) -> Check:
    if fits is None:
        return lambda node: node.__class__ is Scalar and node.value.__class__ in classes

    def check(node: Node) -> bool:
        return node.__class__ is Scalar and node.value.__class__ in classes and fits(node.value)

    return check


def _scalar_fits(schema: dict[str, Any], *, whole_floats: bool) -> Callable[[Any], bool] | None:
    """Return what a scalar has to meet beyond its type, or `None` when there is nothing."""
    tests: list[Callable[[Any], bool]] = []
    if whole_floats:
        tests.append(lambda value: value.__class__ is not float or value.is_integer())
    if "enum" in schema:
        tests.append(frozenset(schema["enum"]).__contains__)
    if "pattern" in schema:
        search = re.compile(python_pattern(schema["pattern"])).search
        tests.append(lambda value: value.__class__ is not str or search(value) is not None)
    if "minimum" in schema:
        minimum = schema["minimum"]
        tests.append(lambda value: not _is_number(value) or value >= minimum)
    if "maximum" in schema:
        maximum = schema["maximum"]
        tests.append(lambda value: not _is_number(value) or value <= maximum)
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def _all_of(checks: list[Check]) -> Check:
    return checks[0] if len(checks) == 1 else lambda node: all(check(node) for check in checks)


def _anything(node: Node) -> bool:  # noqa: ARG001 - one shape for all checks
    return True


def _nothing(node: Node) -> bool:  # noqa: ARG001 - one shape for all checks
    return False
