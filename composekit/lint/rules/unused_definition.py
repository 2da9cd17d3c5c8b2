"""Volume, network, secret or config that nothing uses.

What it finds: a top-level volume, network, secret or config that no service of the project uses, whatever its
    profiles. The `default` network is used by every service that names no other.
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

from collections.abc import Iterator

from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo("CK407", "unused-definition", Severity.WARNING, "correctness", since="0.1")

_KINDS = {"volumes": "volume", "networks": "network", "secrets": "secret", "configs": "config"}


def check(ctx: LintContext) -> Iterator[Hit]:
    if not ctx.services:
        return  # a part of a project, to be read together with others
    used = _used(ctx)
    for section, kind in _KINDS.items():
        seen: set[str] = set()
        for document in ctx.documents:
            definitions = document.get(section)
            if not isinstance(definitions, Mapping):
                continue
            for name in definitions:
                if name in used[section] or name in seen or name.startswith("x-"):
                    continue
                seen.add(name)
                yield Hit(
                    definitions.key_span(name),
                    "{kind} '{name}' is not used by any service",
                    path=(section, name),
                    hint="use it in a service, or take it out",
                    kind=kind,
                    name=name,
                )


def _used(ctx: LintContext) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {section: set() for section in _KINDS}
    used["networks"].add("default")
    for service in ctx.services.values():
        used["volumes"] |= {text(child(mount, "source")) for mount in entries(service.get("volumes"))}
        used["networks"] |= {name for name, _ in pairs(service.get("networks"))}
        used["secrets"] |= {text(child(use, "source")) for use in entries(service.get("secrets"))}
        used["secrets"] |= {text(child(use, "source")) for use in entries(child(service, "build", "secrets"))}
        used["configs"] |= {text(child(use, "source")) for use in entries(service.get("configs"))}
        used["configs"].add(text(child(service, "credential_spec", "config")))
    return used
