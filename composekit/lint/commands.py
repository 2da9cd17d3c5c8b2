"""The commands of services: `command`, `entrypoint` and the tests of health checks, word by word."""

from typing import NamedTuple

from composekit.lint.reading import child, entries, text
from composekit.lint.rule import LintContext
from composekit.source.node import Node
from composekit.source.path import Path
from composekit.source.text import Span

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


class Command(NamedTuple):
    """A command. `is_text` tells one written as a single text, whose words all stand at the text's place."""

    service: str
    key: str
    words: list[str]
    spans: list[Span]
    span: Span
    is_text: bool
    path: Path


def commands(ctx: LintContext) -> list[Command]:
    """Return the commands and entrypoints of all services."""
    found = []
    for name, service in ctx.services.items():
        for key in ("entrypoint", "command"):
            node = service.items.get(key)
            if node is not None and entries(node):
                found.append(_command(name, key, node, ("services", name, key)))
    return found


def health_tests(ctx: LintContext) -> list[Command]:
    """Return the tests of all health checks; the first word is CMD, CMD-SHELL or NONE."""
    found = []
    for name, _, health in ctx.having("healthcheck"):
        node = child(health, "test")
        if node is not None and entries(node):
            found.append(_command(name, "healthcheck", node, ("services", name, "healthcheck", "test")))
    return found


def is_shell(word: str) -> bool:
    """Tell whether a word starts a shell, as sh or /bin/bash."""
    return word.rpartition("/")[2] in SHELLS


def _command(service: str, key: str, node: Node, path: Path) -> Command:
    items = entries(node)
    spans = [item.span for item in items]
    is_text = all(span.start == node.span.start and span.end == node.span.end for span in spans)
    return Command(service, key, [text(item) for item in items], spans, node.span, is_text, path)
