"""Volume, network, secret or config that nothing uses.

What it finds: a top-level volume, network, secret or config that no service of the project uses, whatever its
    profiles. The `default` network is used by every service that names no other, and a name with a ${VARIABLE} in it
    uses all definitions that it could stand for. What only a service uses that an override takes away is left alone.
Why it matters: more often than not a mount or a reference was forgotten, so data goes to another place than the file
    says. Otherwise it is a leftover that misleads the next reader.
Instead of:
    services:
      db:
        image: postgres:17
    volumes:
      data:
Write:
    services:
      db:
        image: postgres:17
        volumes:
          - data:/var/lib/postgresql/data
    volumes:
      data:
Fix: none; either the reference or the definition is the mistake.
"""

import re
from collections.abc import Iterator

from composekit.lint.reading import child, entries, has_variable, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping, Node

INFO = RuleInfo("CK407", "unused-definition", Severity.WARNING, "correctness", since="0.1")

_KINDS = {"volumes": "volume", "networks": "network", "secrets": "secret", "configs": "config"}


def check(ctx: LintContext) -> Iterator[Hit]:
    if not ctx.services:
        return  # a part of a project, to be read together with others
    used = _used(ctx)
    for section, kind in _KINDS.items():
        definitions = ctx.tree.get(section)
        if not isinstance(definitions, Mapping):
            continue
        for name in definitions:
            if name not in used[section] and not _was_used(ctx, section, name):
                yield Hit(
                    definitions.key_span(name),
                    "{kind} '{name}' is not used by any service",
                    path=(section, name),
                    hint="use it in a service, or take it out",
                    kind=kind,
                    name=name,
                )


def _used(ctx: LintContext) -> dict[str, set[str]]:
    """Return the names that are used in each section."""
    used: dict[str, set[str]] = {section: set() for section in _KINDS}
    used["networks"].add("default")
    for _, _, networks in ctx.having("networks"):
        if isinstance(networks, Mapping):
            used["networks"] |= networks.items.keys()
    for section, source in _sources(ctx):
        name = text(source)
        used[section].add(name)
        if source is not None and "$" in source.span.text and has_variable(source.span):
            used[section] |= _could_be(source.span.text, ctx.tree.get(section))
    return used


def _was_used(ctx: LintContext, section: str, name: str) -> bool:
    """Tell whether some file uses a name, even where another file takes that use away again."""
    for document in ctx.documents:
        for _, service in pairs(document.get("services")):
            for uses in (child(service, section), child(service, "build", section)):
                named = [text(child(use, "source")) or text(use).partition(":")[0] for use in entries(uses)]
                if name in named or (section == "networks" and child(uses, name) is not None):
                    return True
    return False


def _sources(ctx: LintContext) -> Iterator[tuple[str, Node | None]]:
    """Yield the nodes that name a volume, secret or config, each with its section."""
    for section in ("volumes", "secrets", "configs"):
        for _, _, listed in ctx.having(section):
            for one in entries(listed):
                yield section, child(one, "source")
    for _, _, build in ctx.having("build"):
        for one in entries(child(build, "secrets")):
            yield "secrets", child(one, "source")
    for _, _, specification in ctx.having("credential_spec"):
        yield "configs", child(specification, "config")


def _could_be(written: str, definitions: Node | None) -> set[str]:
    """Return the names that a text such as "data-${VERSION}:/data" could mean, depending on its variables."""
    words = [re.escape(word) for word in re.split(r"\$\{[^}]*\}|\$\w+", written.strip("\"'"))]
    pattern = re.compile(".*".join(words).partition(":")[0])
    return {name for name, _ in pairs(definitions) if pattern.fullmatch(name)}
