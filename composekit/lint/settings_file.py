"""The settings that a project keeps: `.composekit.yaml`, or `[tool.composekit]` of pyproject.toml.

The file that is nearest to the linted project counts, and only that one. Mistakes in it are diagnostics, at their
places where the file is YAML (Python's reader of TOML tells no places).
"""

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from composekit.lint.rule import RuleInfo
from composekit.lint.settings import Options, Override, Settings, Severities, can_match, suggestion
from composekit.lint.settings_check import check
from composekit.load.locate import read_source
from composekit.schema.document import read_schema
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.source.node import Mapping, Node, Scalar, Sequence, from_python, is_null, to_python
from composekit.source.text import Source, Span
from composekit.source.yaml import read_documents

NOT_TOML = Problem("CK044", Severity.ERROR, "not valid TOML: {reason}")
NO_RULE = Problem("CK045", Severity.ERROR, "no rule matches '{selector}'")
NO_OPTION = Problem("CK046", Severity.ERROR, "the rule {rule} has no setting '{name}'")
BAD_OPTION = Problem("CK047", Severity.ERROR, "the setting '{name}' of {rule} must be {kind}, found {found}")

NAMES = (".composekit.yaml", ".composekit.yml")
TABLE = "pyproject.toml"


class Given(NamedTuple):
    """What a settings file says; `path` is the file, or empty when there is none."""

    settings: Settings = Settings()
    path: str = ""
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    baseline: str | None = None
    plugins: bool = False
    fmt: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it

    @property
    def root(self) -> str:
        return os.path.dirname(self.path)


def find_settings(directory: str) -> str | None:
    """Return the settings file of a folder: the nearest one in it or above."""
    while True:
        for name in NAMES:
            if os.path.isfile(path := os.path.join(directory, name)):
                return path
        path = os.path.join(directory, TABLE)
        if os.path.isfile(path) and _has_table(path):
            return path
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent


def read_tree(path: str, cwd: str, report: Report) -> Mapping | None:
    """Return a settings file as a tree that fits the schema; `None` where it does not, which is reported."""
    source = read_source(path, cwd, report)
    if source is None:
        return None
    tree = _toml(source, report) if path.endswith(".toml") else _yaml(source, report)
    if tree is not None:
        check(tree, read_schema("settings.json"), report)
    return tree if isinstance(tree, Mapping) and not report.has_errors else None


def wants_plugins(tree: Mapping) -> bool:
    """Tell whether settings ask for the rules of installed packages, which has to be known before they are read."""
    node = tree.get("plugins")
    return isinstance(node, Scalar) and node.value is True


def read_settings(tree: Mapping, path: str, known: Iterable[RuleInfo], report: Report) -> Given:
    """Return what a tree that fits the schema says; selectors and options that fit no rule are reported."""
    infos = list(known)
    reader = _Reader(infos, report)
    settings = Settings(
        select=reader.selectors(tree, "select"),
        ignore=reader.selectors(tree, "ignore"),
        profile=str(_plain(tree, "profile", "default")),
        extend_select=reader.selectors(tree, "extend-select"),
        severities=reader.severities(tree),
        options=reader.options(tree),
        overrides=tuple(reader.override(node) for node in _items(tree, "overrides")),
        root=os.path.dirname(path),
    )
    baseline = _plain(tree, "baseline", None)
    return Given(
        settings,
        path,
        exclude=tuple(map(str, _plain(tree, "exclude", ()))),
        fail_on=_plain(tree, "fail-on", None),
        baseline=os.path.join(os.path.dirname(path), baseline) if baseline else None,
        plugins=wants_plugins(tree),
        fmt=_plain(tree, "fmt", {}),
    )


class _Reader:
    """Takes the parts that speak of rules out of a tree."""

    def __init__(self, infos: list[RuleInfo], report: Report) -> None:
        self.infos = infos
        self.report = report

    def selectors(self, tree: Mapping, key: str) -> tuple[str, ...]:
        found = [node for node in _items(tree, key) if isinstance(node, Scalar)]
        return tuple(self._checked(str(node.value), node.span) for node in found)

    def severities(self, tree: Mapping) -> Severities:
        node = tree.get("severity")
        if not isinstance(node, Mapping):
            return ()
        found = []
        for selector, value in node.items.items():
            self._checked(selector, node.key_span(selector))
            if isinstance(value, Scalar):
                found.append((selector, Severity[str(value.value).upper()]))
        return tuple(found)

    def override(self, node: Node) -> Override:
        assert isinstance(node, Mapping)
        return Override(
            paths=tuple(map(str, _plain(node, "paths", ()))),
            extend_select=self.selectors(node, "extend-select"),
            ignore=self.selectors(node, "ignore"),
            severities=self.severities(node),
            options=self.options(node),
        )

    def options(self, tree: Mapping) -> Options:
        node = tree.get("rules")
        found: dict[str, dict[str, Any]] = {}
        for name, given in node.items.items() if isinstance(node, Mapping) else ():
            info = next((one for one in self.infos if name in (one.id, one.name)), None)
            if info is None:
                assert isinstance(node, Mapping)
                self.report.add(NO_RULE, node.key_span(name), selector=name, hint=suggestion(name, self.infos))
            elif isinstance(given, Mapping):
                found.setdefault(info.id, {}).update(self._values(info, given))
        return found

    def _values(self, info: RuleInfo, given: Mapping) -> dict[str, Any]:
        known = {one.name: one.default for one in info.settings}
        values: dict[str, Any] = {}
        for name, node in given.items.items():
            if name not in known:
                hint = f"it has {', '.join(known)}" if known else "it has none"
                self.report.add(NO_OPTION, given.key_span(name), rule=info.id, name=name, hint=hint)
                continue
            default, value = known[name], to_python(node)
            many = isinstance(default, (tuple, list, frozenset, set))
            if many and isinstance(value, list):
                values[name] = type(default)(value)
            elif not many and type(value) is type(default):
                values[name] = value
            else:
                kind = "a list" if many else f"a value such as {default!r}"
                self.report.add(BAD_OPTION, node.span, rule=info.id, name=name, kind=kind, found=node.span.text[:40])
        return values

    def _checked(self, selector: str, span: Span) -> str:
        if not can_match(selector, self.infos):
            self.report.add(NO_RULE, span, selector=selector, hint=suggestion(selector, self.infos))
        return selector


def _plain(tree: Mapping, key: str, default: Any) -> Any:
    node = tree.get(key)
    return default if node is None else to_python(node)


def _items(tree: Mapping, key: str) -> list[Node]:
    node = tree.get(key)
    return node.items if isinstance(node, Sequence) else []


def _yaml(source: Source, report: Report) -> Node | None:
    documents = [node for node in read_documents(source, report) if not is_null(node)]
    if report.has_errors:
        return None
    return documents[0] if documents else Mapping({}, Span(source, 0, 0))


def _toml(source: Source, report: Report) -> Node | None:
    import tomllib

    whole = Span(source, 0, 0)
    try:
        found = tomllib.loads(source.text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        report.add(NOT_TOML, whole, reason=str(error)[:1].lower() + str(error)[1:])
        return None
    at = max(source.text.find("[tool.composekit"), 0)
    return from_python(found.get("tool", {}).get("composekit", {}), Span(source, at, at))


def _has_table(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"tool.composekit" in file.read()
    except OSError:
        return False
