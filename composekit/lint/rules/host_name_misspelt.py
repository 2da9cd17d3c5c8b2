"""Host name that is one letter away from a service.

What it finds: a host name in a URL, or in a variable such as DB_HOST, that no service, alias, container or extra host
    of the project has, while a service's name differs from it by one letter, or by `-` for `_`. Names with a dot,
    names of fewer than four letters and names that differ in a digit only are left alone.
Why it matters: the name does not resolve, and the program fails when it first connects.
Instead of:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@postgers/app
      postgres:
        image: postgres:17
Write:
    services:
      web:
        image: example/web:1.0
        environment:
          DATABASE_URL: postgres://app@postgres/app
      postgres:
        image: postgres:17
Fix: none; the other service may be the one that is misnamed.
"""

from collections.abc import Iterable, Iterator

from composekit.lint.environment import host_uses
from composekit.lint.reading import child, entries, pairs, text
from composekit.lint.rule import Hit, LintContext, RuleInfo, Setting
from composekit.source.diagnostic import Severity
from composekit.source.node import Mapping

INFO = RuleInfo(
    "CK405",
    "host-name-misspelt",
    Severity.WARNING,
    "correctness",
    since="0.1",
    settings=(Setting("known", (), "host names that are right although no service has them"),),
)

_SHORTEST = 4


def check(ctx: LintContext) -> Iterator[Hit]:
    asked = [use for use in ctx.shared(host_uses) if use.host not in ctx.services and _may_be_a_service(use.host)]
    if not asked:
        return
    known = _known_names(ctx) | {name.lower() for name in ctx.setting(INFO, "known")}
    near = _by_shortened(ctx.services)
    nearest: dict[str, str | None] = {}
    for use in asked:
        host = use.host.lower()
        if host in known:
            continue
        if host not in nearest:
            alike = dict.fromkeys(_alike(host, near))
            nearest[host] = next((name for name in alike if is_one_letter_away(host, name.lower())), None)
        meant = nearest[host]
        if meant is not None:
            yield Hit(
                use.span,
                "no service is called '{host}'",
                path=use.variable.path,
                hint="did you mean '{meant}'?",
                host=use.host,
                meant=meant,
            )


def _may_be_a_service(host: str) -> bool:
    return "." not in host and len(host) >= _SHORTEST and host.lower() != "localhost"


def is_one_letter_away(word: str, name: str) -> bool:
    """Tell whether one letter is missing, added, changed or swapped; a digit is never taken for a typing error."""
    if len(name) < _SHORTEST or word == name or abs(len(word) - len(name)) > 1:
        return False
    start = 0
    while start < min(len(word), len(name)) and word[start] == name[start]:
        start += 1
    rest, other = word[start:], name[start:]
    if len(rest) > 1 and len(other) > 1 and rest[:2] == other[1::-1] and rest[2:] == other[2:]:
        changed = rest[:2]
    elif rest[1:] == other[1:]:
        changed = rest[:1] + other[:1]
    elif rest[1:] == other:
        changed = rest[:1]
    elif rest == other[1:]:
        changed = other[:1]
    else:
        return False
    return not any(letter.isdigit() for letter in changed)


def _by_shortened(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names by every form of them that lacks one letter; comparing all pairs takes minutes on big projects."""
    found: dict[str, list[str]] = {}
    for name in names:
        for form in _shortened(name.lower()):
            found.setdefault(form, []).append(name)
    return found


def _alike(word: str, near: dict[str, list[str]]) -> Iterator[str]:
    """Yield the names that share a form with a word: all that are one letter away, and some that are two."""
    for form in sorted(_shortened(word)):
        yield from near.get(form, ())


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _known_names(ctx: LintContext) -> set[str]:
    """Return every name that resolves inside some container of the project."""
    names: set[str] = set()
    for name, service in ctx.services.items():
        names |= {name, text(service.get("container_name")), text(service.get("hostname"))}
        for _, network in pairs(service.get("networks")):
            names |= {text(alias) for alias in entries(child(network, "aliases"))}
        for key in ("links", "external_links"):
            names |= {text(link).rpartition(":")[2] for link in entries(service.get(key))}
        names |= _extra_hosts(service)
    return {name.lower() for name in names}


def _extra_hosts(service: Mapping) -> set[str]:
    hosts = service.get("extra_hosts")
    listed = {text(entry).replace("=", ":").partition(":")[0] for entry in entries(hosts)}
    return listed | {name for name, _ in pairs(hosts)}
