"""What `composekit fmt` changes: the order of keys, quotes, spacing, and what it is asked to sort or to rewrite.

Each change is a finding with a safe fix, so that the engine that makes fixes makes these too, and takes back what would
change the project. Comments stay with what they stand above.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from composekit.lint.blocks import blocks_of, by_rank, by_value, reordered
from composekit.lint.engine import lint
from composekit.lint.fixer import Same, is_same
from composekit.lint.layout import ORDER, scalars
from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import Project
from composekit.lint.settings import Settings
from composekit.source.diagnostic import Diagnostic, Edit, Fix, Severity, sort_key
from composekit.source.emit import write_yaml
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.source.text import Source, Span

TOP_LEVEL = ("version", "name", "include", "services", "models", "networks", "volumes", "configs", "secrets")

CODE = "CK800"
"""The code of the changes; nobody sees it, for `fmt` shows the changes themselves."""

_QUOTES = {"double": '"', "single": "'"}
_TRAILING = re.compile(r"[ \t]+(?=\r?$)", re.MULTILINE)
_BLANK_LINES = re.compile(r"(?<=\n)(?:[ \t]*\r?\n){2,}")
_PORT = re.compile(r"(?:[\d.]+:)?[\d-]*:[\d-]+(?:/\w+)?|[\d-]+(?:/\w+)?")


class Style(NamedTuple):
    """What to change; see schemas/settings.json."""

    order: bool = True
    quotes: str = "double"
    ports: bool = True
    spacing: bool = True
    sort: tuple[str, ...] = ()
    environment: str = "keep"


def make_style(given: dict[str, Any]) -> Style:
    """Return a style from the `fmt` part of settings."""
    return Style(**{**given, "sort": tuple(given.get("sort", ()))})


def changes(loaded: Project, style: Style) -> list[Diagnostic]:
    """Return what is to be changed in a project's own files, by file and place."""
    found: list[Diagnostic] = []
    sources: dict[int, tuple[Source, list[Mapping]]] = {}
    for document in loaded.documents:
        sources.setdefault(id(document.span.source), (document.span.source, []))[1].append(document)
        found += [_change(edits) for edits in _of_document(document, style) if edits]
    if style.spacing:
        for source, documents in sources.values():
            found += [_change((edit,)) for edit in _spacing(source, documents)]
    if style.ports:
        listed = [
            one for one in lint(loaded, Settings(select=("CK806",))) if one.code == "CK806" and one.fix is not None
        ]
        # Rules see files that are included or extended; those are formatted when they are named.
        found += [one for one in listed if one.span is not None and id(one.span.source) in sources]
    return sorted(found, key=sort_key)


def _change(edits: tuple[Edit, ...]) -> Diagnostic:
    span = edits[0].span
    return Diagnostic(CODE, Severity.INFO, f"at {span.start}", span, fix=Fix("format", edits))


def _of_document(document: Mapping, style: Style) -> Iterator[tuple[Edit, ...]]:
    services = document.get("services")
    if style.order:
        yield _one(reordered(document, by_rank(TOP_LEVEL)))
    if isinstance(services, Mapping) and "services" in style.sort:
        yield _one(reordered(services, by_value(lambda _, block: str(block.name))))
    for _, service in pairs(services):
        if not isinstance(service, Mapping):
            continue
        if style.order:
            yield _one(reordered(service, by_rank(ORDER)))
        yield from _of_service(service, style)
    if style.quotes in _QUOTES:
        quote = _QUOTES[style.quotes]
        for node in scalars(document):
            if node.style in {"'", '"'} and node.style != quote and _may_change_quotes(node):
                yield (Edit(node.span, f"{quote}{node.raw}{quote}"),)


def _one(edit: Edit | None) -> tuple[Edit, ...]:
    return () if edit is None else (edit,)


def _of_service(service: Mapping, style: Style) -> Iterator[tuple[Edit, ...]]:
    environment = service.get("environment")
    if style.environment == "mapping" and isinstance(environment, Sequence):
        yield _as_mapping(service, environment)
    if style.environment == "list" and isinstance(environment, Mapping):
        yield _as_list(environment)
    if "environment" in style.sort and isinstance(environment, Mapping):
        yield _one(reordered(environment, by_value(lambda _, block: str(block.name))))
    elif "environment" in style.sort and isinstance(environment, Sequence):
        names = [text(item).partition("=")[0] for item in environment.items]
        yield _one(reordered(environment, by_value(lambda at, _: names[at])))
    ports = service.get("ports")
    if "ports" in style.sort and isinstance(ports, Sequence):
        hosts = [_host_port(item) for item in ports.items]
        if all(host is not None for host in hosts):
            yield _one(reordered(ports, by_value(lambda at, _: hosts[at])))


def _host_port(node: Node) -> int | None:
    """Return the first host port of a mapping, 0 when Docker chooses it; `None` where it is not a number."""
    if isinstance(node, Mapping):
        written = text(child(node, "published"))
    else:
        if not _PORT.fullmatch(text(node)):
            return None
        written = text(node).rpartition("/")[0] or text(node)
        written = written.rpartition(":")[0].rpartition(":")[2]
    first = written.partition("-")[0]
    return int(first) if first.isdigit() else (0 if not first else None)


def _may_change_quotes(node: Scalar) -> bool:
    return not set(node.raw) & set("'\"\\\n") and node.span.text == f"{node.style}{node.raw}{node.style}"


def _as_mapping(service: Mapping, environment: Sequence) -> tuple[Edit, ...]:
    """Return the edits that make NAME: value of - NAME=value; none where an item takes several lines."""
    blocks = blocks_of(environment)
    source = environment.span.source
    one_item = len(environment.items) == 1 and blocks is None
    if (blocks is None and not one_item) or service.key_span("environment").source is not source:
        return ()
    edits = []
    for item in environment.items:
        name, equals, value = text(item).partition("=")
        line = source.text.rfind("\n", 0, item.span.start) + 1
        before = source.text[line : item.span.start]
        made = write_yaml({name: value if equals else None}).rstrip("\n").removesuffix(" null")
        if not isinstance(item, Scalar) or not name or "\n" in made + item.span.text or before.strip() != "-":
            return ()
        dash = line + before.index("-")
        # The items of a list may stand in the column of their key, the keys of a mapping may not.
        indent = "  " if dash - line <= service.key_span("environment").position.column - 1 else ""
        edits.append(Edit(Span(source, dash, item.span.end), indent + made))
    return tuple(edits)


def _as_list(environment: Mapping) -> tuple[Edit, ...]:
    """Return the edits that make - NAME=value of NAME: value; none where an entry takes several lines."""
    source = environment.span.source
    edits = []
    for name, node in environment.items.items():
        key = environment.key_span(name)
        line = source.text.rfind("\n", 0, key.start) + 1
        if not isinstance(node, Scalar) or node.span.source is not source or source.text[line : key.start].strip():
            return ()
        is_null = node.value is None
        end = node.span.end if node.span.start >= key.end else key.end
        between = source.text[key.end : node.span.start] if not is_null else ":"
        item = name if is_null else f"{name}={node.raw}"
        made = write_yaml([item]).rstrip("\n")
        if is_null and node.span.end <= key.end:
            end = source.text.index(":", key.end) + 1
        if "\n" in made + source.text[key.start : end] or between.strip() != ":":
            return ()
        edits.append(Edit(Span(source, key.start, end), made))
    return tuple(edits)


def _spacing(source: Source, documents: list[Mapping]) -> Iterator[Edit]:
    """Yield edits that remove blanks at line ends and repeated blank lines, but not inside texts."""
    texts = [(node.span.start, node.span.end) for one in documents for node in scalars(one) if "\n" in node.span.text]
    for found in (*_TRAILING.finditer(source.text), *_BLANK_LINES.finditer(source.text)):
        if any(start < found.end() and found.start() < end for start, end in texts):
            continue
        keeps = "\n" if "\n" in found[0] and found.end() < len(source.text) and found.start() else ""
        if found[0].replace("\r\n", "\n") != keeps:
            yield Edit(Span(source, found.start(), found.end()), keeps)
    if source.text and not source.text.endswith("\n"):
        yield Edit(Span(source, len(source.text), len(source.text)), "\n")


def same_for(style: Style) -> Same:
    """Return the test whether two projects are the same but for what the style is asked to change."""
    if "ports" not in style.sort:
        return is_same

    def same(before: Project, after: Project) -> bool:
        return not after.report.has_errors and _sorted_ports(before.tree) == _sorted_ports(after.tree)

    return same


def _sorted_ports(tree: Node | None) -> Node | None:
    """Return a tree whose services have their ports in one order, to compare trees in which that does not count."""
    services = child(tree, "services")
    if not isinstance(tree, Mapping) or not isinstance(services, Mapping):
        return tree
    changed: dict[str, Node] = {}
    for name, service in services.items.items():
        ports = child(service, "ports")
        if isinstance(service, Mapping) and isinstance(ports, Sequence):
            arranged = sorted(entries(ports), key=_facts)
            changed[name] = service.with_items({"ports": Sequence(arranged, ports.span)})
    return tree.with_items({"services": services.with_items(changed)})


def _facts(port: Node) -> list[tuple[str, str]]:
    return sorted((key, text(value)) for key, value in pairs(port))
