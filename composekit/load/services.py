"""The services of a tree, changed one by one. Steps that look at each service alone share it."""

from collections.abc import Callable

from composekit.source.node import Mapping, Node


def change_services(tree: Mapping, change: Callable[[Mapping], Mapping]) -> Mapping:
    """Return a tree with every service changed; what is no mapping, such as a service that is null, stays."""
    services = tree.get("services")
    if not isinstance(services, Mapping):
        return tree
    changed: dict[str, Node] = {
        name: done
        for name, service in services.items.items()
        if isinstance(service, Mapping) and (done := change(service)) is not service
    }
    return tree.with_items({"services": services.with_items(changed)}) if changed else tree
