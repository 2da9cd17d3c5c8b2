"""When a row of the field table counts: questions about one place of the canonical tree."""

from collections.abc import Callable
from typing import NamedTuple

from composekit.source.node import Mapping, Node, Scalar, is_null
from composekit.source.text import Span

_ANY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]", "*"})  # noqa: S104  # compared with, not bound to
_LOCAL_DRIVERS = frozenset({"bridge", "host", "ipvlan", "macvlan", "none", "null"})
_GLOBAL_MODES = frozenset({"global", "global-job"})


class Place(NamedTuple):
    """A value in the tree.

    `owner` is the name of the service, network, volume, config or secret it belongs to, and `section` that one's
    mapping.
    """

    path: tuple[str | int, ...]
    node: Node
    span: Span
    owner: str
    section: Node

    @property
    def text(self) -> str:
        return str(self.node.value) if isinstance(self.node, Scalar) and self.node.value is not None else ""


class Condition(NamedTuple):
    """A question, and what it asks for in the words of the documentation."""

    words: str
    test: Callable[[Place], bool]


def _holds_for(words: str) -> Callable[[Callable[[Place], bool]], Condition]:
    return lambda test: Condition(words, test)


@_holds_for("with image")
def has_image(place: Place) -> bool:
    return bool(_inside(place.section, "image"))


@_holds_for("without image")
def has_no_image(place: Place) -> bool:
    return not has_image.test(place)


@_holds_for("the service's own name")
def is_the_service(place: Place) -> bool:
    return place.text == place.owner


@_holds_for("another name than the service")
def is_not_the_service(place: Place) -> bool:
    return place.text != place.owner


@_holds_for("service_started")
def waits_for_start(place: Place) -> bool:
    return _inside(place.node, "condition") in ("", "service_started")


@_holds_for("any other condition")
def waits_for_more(place: Place) -> bool:
    return not waits_for_start.test(place)


@_holds_for("in a global mode")
def is_global(place: Place) -> bool:
    return _inside(place.section, "deploy", "mode") in _GLOBAL_MODES


@_holds_for("in a global mode")
def is_global_without_scale(place: Place) -> bool:
    """Tell whether `replicas` are the user's: loading copies `scale` into them, and that has a row of its own."""
    return is_global.test(place) and not _inside(place.section, "scale")


@_holds_for("not in a global mode")
def is_not_global(place: Place) -> bool:
    return not is_global.test(place)


@_holds_for("with an alias")
def renames(place: Place) -> bool:
    """Tell whether a link `service:alias` gives the service another name."""
    service, _, alias = place.text.partition(":")
    return alias not in ("", service)


@_holds_for("without an alias")
def does_not_rename(place: Place) -> bool:
    return not renames.test(place)


@_holds_for("of one address")
def is_an_address(place: Place) -> bool:
    return place.text not in _ANY_ADDRESS


@_holds_for("of a range")
def is_a_range(place: Place) -> bool:
    return "-" in place.text


@_holds_for("with deploy.restart_policy")
def has_restart_policy(place: Place) -> bool:
    deploy = place.section.get("deploy") if isinstance(place.section, Mapping) else None
    return isinstance(deploy, Mapping) and not is_null(deploy.get("restart_policy"))


@_holds_for('"no"')
def restarts_never(place: Place) -> bool:
    return place.text == "no" and not has_restart_policy.test(place)


@_holds_for('other than "no"')
def restarts(place: Place) -> bool:
    return place.text != "no" and not has_restart_policy.test(place)


@_holds_for("of type bind")
def is_bind(place: Place) -> bool:
    """Tell whether the source of a mount is a path of the machine."""
    mounts = place.section.get("volumes") if isinstance(place.section, Mapping) else None
    index = place.path[3]
    if mounts is None or isinstance(mounts, (Scalar, Mapping)) or not isinstance(index, int):
        return False
    return _inside(mounts.items[index], "type") == "bind"


@_holds_for("of one machine, such as bridge")
def is_a_local_driver(place: Place) -> bool:
    return place.text in _LOCAL_DRIVERS and not _inside(place.section, "external")


def _inside(node: Node | None, *keys: str) -> str:
    """Return the text of a value deeper down, empty when it is not there."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return str(node.value) if isinstance(node, Scalar) and node.value is not None else ""
