"""The environment variables of services, and the host names in their values and in commands."""

import re
from typing import NamedTuple

from composekit.lint.commands import commands
from composekit.lint.reading import narrow, pairs, text
from composekit.lint.rule import LintContext
from composekit.source.path import Path
from composekit.source.text import Span


class Variable:
    """A variable with a value, written in a Compose file. `entry` is the place of the whole entry."""

    __slots__ = ("_span", "entry", "name", "path", "service", "value")

    def __init__(
        self, service: str, name: str, value: str, entry: Span, path: Path, *, span: Span | None = None
    ) -> None:
        self.service = service
        self.name = name
        self.value = value
        self.entry = entry
        self.path = path
        self._span = span

    @property
    def span(self) -> Span:
        """Where the value stands."""
        if self._span is None:
            self._span = _value_span(self.entry, self.name, self.value)
        return self._span


class HostUse(NamedTuple):
    """A host name in a variable's value, or in a word of a command, for which a variable named `command` stands.

    `scheme` is empty outside URLs, `port` 0 where none is written.
    """

    variable: Variable
    scheme: str
    host: str
    port: int
    span: Span


def variables(ctx: LintContext) -> list[Variable]:
    """Return the variables that the project's Compose files set; those of env files and of the shell are not theirs."""
    found = []
    for service, _, environment in ctx.having("environment"):
        for name, node in pairs(environment):
            value = text(node)
            if value and _is_written(node.span, name):
                found.append(Variable(service, name, value, node.span, ("services", service, "environment", name)))
    return found


def host_uses(ctx: LintContext) -> list[HostUse]:
    """Return the host names in URLs, in variables whose name says they hold one, and in commands as SERVICE:PORT."""
    found = [use for variable in ctx.shared(variables) for use in _hosts(variable)]
    for command in ctx.shared(commands):
        for word, span in zip(command.words, command.spans, strict=True):
            if "://" not in word and ":" not in word:
                continue
            argument = Variable(command.service, command.key, word, span, command.path, span=span)
            host = _HOST.fullmatch(word)
            if host and host[2] and host[1] in ctx.services:
                found.append(HostUse(argument, "", host[1], int(host[2]), narrow(span, host[1])))
            elif "://" in word:
                found += _hosts(argument)
    return found


_URL = re.compile(
    r"([a-z][a-z0-9+.-]*)://"  # scheme
    r"(?:[^\s/@,]*@)?"  # user and password
    r"([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"  # host
    r"(?::(\d{1,5}))?(?![A-Za-z0-9_.:@-])"  # port
)
_HOST_NAME = re.compile(r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|SERVER|HOSTS|SERVERS)$", re.IGNORECASE)
_HOST = re.compile(r"([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?::(\d{1,5}))?")


def _hosts(variable: Variable) -> list[HostUse]:
    if "://" in variable.value:
        found = [(url[1], url[2], url[3]) for url in _URL.finditer(variable.value)]
    elif _HOST_NAME.search(variable.name):
        words = [_HOST.fullmatch(word.strip()) for word in variable.value.split(",")]
        found = [("", word[1], word[2]) for word in words if word]
    else:
        return []
    return [
        HostUse(variable, scheme, host, int(port or 0), _host_span(variable, scheme, host))
        for scheme, host, port in found
    ]


def _host_span(variable: Variable, scheme: str, host: str) -> Span:
    if not scheme:
        return narrow(variable.span, host)
    # The password of a URL may contain the host's name; the host itself follows the last of "@" and "//".
    for before in (f"@{host}", f"//{host}"):
        if before in variable.span.text:
            return narrow(variable.span, before).part(len(before) - len(host), len(host))
    return variable.span


def _is_written(span: Span, name: str) -> bool:
    """Tell whether an entry has its value beside it; a bare name takes its value from the shell or from an env file."""
    return span.text.strip("\"'") not in {"", name, "~", "null"}


def _value_span(span: Span, name: str, value: str) -> Span:
    """Return where the value stands in an entry that may have been written as "NAME=value"."""
    written = span.text
    start = written.find(f"{name}=")
    if 0 <= start <= 1:
        start += len(name) + 1
        quote = written[0] if written[0] in "\"'" and written.endswith(written[0]) else ""
        return span.part(start, max(len(written) - start - len(quote), 1))
    return narrow(span, value) if len(written) - len(value) <= len("''") else span
