"""Canonical tree to records, driven by the records' own fields.

The tree has been checked against the schema and brought to canonical form before, so binding asks no questions: a value
of another type than its field is our own bug and raises `TypeError`.
"""

import functools
import types
import typing
from collections.abc import Callable
from typing import Any

from composekit.model.origin import Bound, Bytes, Nanoseconds
from composekit.model.project import Project
from composekit.model.service import DeviceRequest, FileReference, Ulimit
from composekit.source.node import Mapping, Node, Scalar, Sequence
from composekit.values.quantity import parse_bytes, parse_duration

Reader = Callable[[Node], Any]


def bind_project(
    tree: Mapping,
    *,
    directory: str,
    environment: dict[str, str],
    files: tuple[str, ...],
) -> Project:
    """Return the typed project of a canonical tree, with what is known beside the tree."""
    bound: Project = _reader(Project)(tree)
    services = {name: service.with_values(name=name) for name, service in bound.services.items()}
    return bound.with_values(services=services, directory=directory, environment=environment, files=files)


@functools.cache
def _reader(kind: Any) -> Reader:
    """Return the function that reads a node as a type; made once for each type."""
    special = _SPECIAL.get(kind)
    if special is not None:
        return special
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _optional(next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        return _tuple_of(arguments[0])
    if origin is dict:
        return _dict_of(arguments[1])
    if isinstance(kind, type) and issubclass(kind, Bound):
        return _record(typing.cast("Any", kind))
    raise TypeError(f"no reader for {kind!r}")


def _optional(kind: Any) -> Reader:
    reader = _reader(kind)

    def read(node: Node) -> Any:
        if type(node) is Scalar and node.value is None:
            return None
        return reader(node)

    return read


def _tuple_of(kind: Any) -> Reader:
    reader = _reader(kind)

    def read(node: Node) -> Any:
        if type(node) is Sequence:
            return tuple(map(reader, node.items))
        if isinstance(node, Scalar) and node.value is None:
            return ()
        raise TypeError(f"expected a list at {node.span}, found {node!r}")

    return read


def _dict_of(kind: Any) -> Reader:
    reader = _reader(kind)

    def read(node: Node) -> Any:
        if type(node) is Mapping:
            return {key: reader(value) for key, value in node.items.items()}
        if isinstance(node, Scalar) and node.value is None:
            return {}
        raise TypeError(f"expected a mapping at {node.span}, found {node!r}")

    return read


@functools.cache
def _record(kind: Any) -> Reader:
    hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if name != "origin"}
    readers: dict[str, Reader] = {}

    def learn(name: str) -> Reader | None:
        """Return the reader of a field, made when a file first has the field; `None` for what is no field."""
        if name not in hints:
            return None
        readers[name] = _reader(hints[name])
        return readers[name]

    def read(node: Node) -> Any:
        if type(node) is not Mapping:
            return _no_members(node, kind)
        values: dict[str, Any] = {"origin": node}
        for name, value in node.items.items():
            reader = readers.get(name) or learn(name)
            if reader is not None:
                values[name] = reader(value)
        return kind.of(values)

    return read


def _no_members(node: Node, kind: Any) -> Any:
    if isinstance(node, Scalar) and node.value is None:
        return kind(origin=node)
    raise TypeError(f"expected a mapping at {node.span}, found {node!r}")


def _scalar(convert: Callable[[Any], Any]) -> Reader:
    def read(node: Node) -> Any:
        if type(node) is not Scalar:
            raise TypeError(f"expected a single value at {node.span}, found {node!r}")
        return convert(node.value)

    return read


def _text(node: Node) -> Any:
    """Read text, which is what most fields are."""
    if type(node) is Scalar and type(value := node.value) is str:
        return value
    return _other_text(node)


def _to_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _to_bytes(value: Any) -> int:
    return parse_bytes(value) if isinstance(value, str) else int(value)


def _to_nanoseconds(value: Any) -> int:
    return parse_duration(value) if isinstance(value, str) else int(value)


def _ulimit(node: Node) -> Ulimit:
    if isinstance(node, Scalar):
        return Ulimit(single=int(node.value), origin=node)
    return typing.cast("Ulimit", _record(Ulimit)(node))


def _file_reference(node: Node) -> FileReference:
    """Canonical modes are octal text such as "0440"."""
    if isinstance(node, Mapping) and isinstance(mode := node.get("mode"), Scalar) and isinstance(mode.value, str):
        node = node.with_items({"mode": mode.with_value(int(mode.value, 8))})
    return typing.cast("FileReference", _record(FileReference)(node))


def _device_request(node: Node) -> DeviceRequest:
    """A count of `all` is -1, as in the Engine API."""
    if isinstance(node, Mapping) and isinstance(count := node.get("count"), Scalar) and count.value == "all":
        node = node.with_items({"count": count.with_value(-1)})
    return typing.cast("DeviceRequest", _record(DeviceRequest)(node))


_other_text = _scalar(_to_text)

_SPECIAL: dict[Any, Reader] = {
    str: _text,
    int: _scalar(int),
    float: _scalar(float),
    bool: _scalar(bool),
    Bytes: _scalar(_to_bytes),
    Nanoseconds: _scalar(_to_nanoseconds),
    Ulimit: _ulimit,
    FileReference: _file_reference,
    DeviceRequest: _device_request,
}
