"""Records: frozen values with named fields, cheap to define and cheap to make.

`convert` and `up` need some sixty types at once and make tens of thousands of values of them. A frozen dataclass with
slots takes a millisecond to define, and setting each of a service's ninety fields longer than reading the few that a
file has. A record's defaults are attributes of its class; an instance holds only what it was given.
"""

from typing import Any, ClassVar, NoReturn, Self, dataclass_transform


class _Nothing(dict[Any, Any]):
    """The empty mapping that all records share as a default, which nobody can fill."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the default of a record cannot be changed")

    __setitem__ = setdefault = update = __ior__ = _refuse


NOTHING: dict[Any, Any] = _Nothing()


@dataclass_transform(frozen_default=True)
class Record:
    """Base of records: annotated attributes are fields, in their order. Types and missing ones are left to mypy.

    Fields of a class made with `kw_only=True` are not part of what a record is equal to and shows.
    """

    fields_in_order: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Fields that are nobody's to read in a message or a log."""

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        super().__init_subclass__()
        if not kw_only:
            own = (name for name, kind in cls.__annotations__.items() if not _is_class_variable(kind))
            cls.fields_in_order = (*cls.fields_in_order, *own)

    def __init__(self, *values: Any, **named: Any) -> None:
        if values:
            named.update(zip(self.fields_in_order, values, strict=False))
        self.__dict__.update(named)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Return a record that has these fields; the mapping is the record's from now on."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        return made

    def with_values(self, **changed: Any) -> Self:
        """Return a copy with some fields changed."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **changed)
        return made

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"cannot assign to field '{name}'")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"cannot delete field '{name}'")

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.fields_in_order])

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.fields_in_order if name not in self.hidden)
        return f"{type(self).__name__}({', '.join(shown)})"


def _is_class_variable(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is ClassVar
