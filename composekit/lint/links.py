"""Which networks services are on, and who can reach whom by which name."""

from composekit.lint.reading import child, entries, is_true, pairs, text
from composekit.lint.rule import LintContext
from composekit.source.node import Mapping


def networks_of(ctx: LintContext, service: Mapping) -> frozenset[str] | None:
    """Return the networks of a service; `None` where that is not known.

    A service may use another network than the project's, and a file may be a part of a project whose other files
    define the networks, or the rest of the service.
    """
    known = ctx.shared(_answers)
    if id(service) not in known:
        known[id(service)] = _networks_of(ctx, service)
    return known[id(service)]


def _answers(ctx: LintContext) -> dict[int, frozenset[str] | None]:  # noqa: ARG001  # what contexts share is asked of them
    """Return where the answers for the services of a project are kept."""
    return {}


def _networks_of(ctx: LintContext, service: Mapping) -> frozenset[str] | None:
    if text(service.get("network_mode")) or not ("image" in service or "build" in service):
        return None
    names = frozenset(name for name, _ in pairs(service.get("networks")))
    defined = ctx.tree.get("networks")
    return names if isinstance(defined, Mapping) and all(name in defined for name in names) else None


def names_of(ctx: LintContext) -> dict[str, dict[str, set[str]]]:
    """Return, for each network, the names that resolve on it and the services behind each."""
    found: dict[str, dict[str, set[str]]] = {}
    for name, service in ctx.services.items():
        for network, body in pairs(service.get("networks")):
            known = found.setdefault(network, {})
            aliases = [text(alias) for alias in entries(child(body, "aliases"))]
            for one in (name, text(service.get("container_name")), *aliases):
                if one:
                    known.setdefault(one, set()).add(name)
    return found


def is_internal(ctx: LintContext, network: str) -> bool:
    """Tell whether a network is cut off from the outside."""
    return is_true(child(ctx.tree, "networks", network, "internal"))


def share_a_network(ctx: LintContext, one: Mapping, other: Mapping) -> bool:
    """Tell whether two services can reach each other by name; unknown counts as yes."""
    first, second = networks_of(ctx, one), networks_of(ctx, other)
    return first is None or second is None or bool(first & second)


def is_external(ctx: LintContext, network: str) -> bool:
    """Tell whether a network is made outside of the project, which others may join, too."""
    return is_true(child(ctx.tree, "networks", network, "external"))
