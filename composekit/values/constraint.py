"""Placement constraints of swarm: "node.labels.zone != east" to key, operator and value.

Facts: https://docs.docker.com/reference/cli/docker/service/create/#constraint and swarmkit's constraint package, which
the manager applies when a service is created.
"""

import re
from typing import NamedTuple

from composekit.values.grammar import Language, Reason

KEYS = ("node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch")
LABEL_PREFIXES = ("node.labels.", "engine.labels.")

_PLAIN = re.compile(r" *([a-z_][a-z0-9\-_.]+) *(==|!=) *([a-z0-9][a-z0-9\-_.:/]*) *", re.ASCII | re.IGNORECASE)
_FORM = "write KEY==VALUE or KEY!=VALUE, such as node.role == manager or node.labels.zone != east"
_NO_KEY = "the key before the operator is missing"
_BAD_KEY = "a key starts with a letter and has only letters, digits, '.', '_' and '-', at least two in all"
_LANGUAGE = Language(
    "constraint",
    " \t\r\n=!",
    (
        Reason(
            "a constraint compares with '==' or '!='",
            _FORM,
            ("ab", "ab=c", "ab ", "ab =c", "ab>c", "ab >c", "ab c", "ab c==d", "ab !c", "ab~c", "ab ~"),
        ),
        Reason(_NO_KEY, _FORM, ("", " ", "==a", " ==a", "!=a", " !=a")),
        Reason(_BAD_KEY, _FORM, ("1a==b", "a==b", " a==b", ".a==b", "-a==b", "'ab'==c", "$a==b")),
        Reason("the value after the operator is missing", _FORM, ("ab==", "ab== ", "ab!=", "ab ==", "ab == ")),
        Reason(
            "there is more than one operator", _FORM, ("ab===c", "ab!==c", "ab==c==d", "ab==c!=d", "ab== =c", "ab!=!c")
        ),
        Reason(
            "a value cannot contain quotes",
            "leave the quotes out",
            ("ab=='c'", 'ab=="c"', "ab== 'c'", 'ab== "c"', "ab==c'", 'ab==c"'),
        ),
        Reason(
            "a value has only letters, digits, white space and : - _ . * ( ) ? + [ ] \\ ^ $ | /",
            _FORM,
            ("ab==,", "ab==c,", "ab==~c", "ab==c>d", "ab== ,", "ab==c~", "ab==c\u2003d"),
        ),
    ),
    Reason("'{text}' is not a placement constraint", _FORM, ()),
    starts=("", " "),
)


class Constraint(NamedTuple):
    """One comparison; `operator` is "==" or "!=". Swarm compares values without regard to case."""

    key: str
    operator: str
    value: str

    @property
    def known(self) -> bool:
        """Whether swarm knows the key; it accepts a service with another one and never finds a node for it."""
        key = self.key.lower()
        return key in KEYS or any(key.startswith(prefix) and key != prefix for prefix in LABEL_PREFIXES)


def parse_constraint(text: str) -> Constraint:
    """Read a constraint; raises `BadValue` with the offset of what a swarm manager would refuse."""
    found = _PLAIN.fullmatch(text)
    if found is not None:
        return Constraint(found[1], found[2], found[3])
    key, operator, value = (str(token) for token in _LANGUAGE.parse(text).children)
    return Constraint(key, operator, value.strip())
