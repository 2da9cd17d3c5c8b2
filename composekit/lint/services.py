"""Services as a whole: where their names stand, how they restart, and what others expect of them."""

from typing import NamedTuple

from composekit.lint.reading import child, entries, is_true, pairs, text
from composekit.lint.rule import LintContext
from composekit.source.node import Mapping, Node
from composekit.source.text import NOWHERE, Span


class Need(NamedTuple):
    """One entry of a `depends_on` that a person wrote. `span` is that of the needed service's name."""

    service: str
    needed: str
    condition: str
    required: bool
    entry: Node
    span: Span


def name_span(ctx: LintContext, service: str) -> Span:
    """Return where a service's name was written."""
    span = ctx.name_spans.get(service)
    if span is not None:
        return span
    section = ctx.tree.get("services")
    return section.span if isinstance(section, Mapping) else ctx.services[service].span


def is_written(span: Span) -> bool:
    """Tell whether a place is in a file; what composekit supplies has no place."""
    return span.source is not NOWHERE and span.end > span.start


def needs(ctx: LintContext) -> list[Need]:
    """Return every dependency on a service of the project, but not those that links and shared namespaces imply."""
    found = []
    for name, _, written in ctx.having("depends_on"):
        if not isinstance(written, Mapping):
            continue
        for needed, entry in written.items.items():
            if needed in ctx.services and needed in written.key_spans:
                span = written.key_span(needed)
            else:
                continue
            required = not (child(entry, "required") is not None and not is_true(child(entry, "required")))
            found.append(Need(name, needed, text(child(entry, "condition")), required, entry, span))
    return found


def restart_policy(service: Mapping) -> Node | None:
    """Return the restart policy that counts: as in Docker Compose, `deploy.restart_policy` replaces `restart`."""
    policy = child(service, "deploy", "restart_policy")
    return child(policy, "condition") if policy is not None else service.get("restart")


def one_shots(ctx: LintContext) -> set[str]:
    """Return the services that are meant to end: others wait for their end, or their restart policy says so."""
    found = {one.needed for one in ctx.shared(needs) if one.condition == "service_completed_successfully"}
    for name, service in ctx.services.items():
        if text(restart_policy(service)) in {"no", "none", "on-failure"} or text(service.get("network_mode")) == "none":
            found.add(name)
        if "profiles" in service or "provider" in service or _runs_nothing(service):
            found.add(name)
    return found


def has_health_check(service: Mapping) -> bool:
    """Tell whether a service declares a health check that is switched on."""
    health = service.get("healthcheck")
    words = [text(word) for word in entries(child(health, "test"))]
    return bool(words) and words[0] != "NONE" and not is_true(child(health, "disable"))


def _runs_nothing(service: Mapping) -> bool:
    """Tell whether a service only builds an image, as `command: "true"` or zero replicas show."""
    words = [text(word) for word in entries(service.get("command")) + entries(service.get("entrypoint"))]
    replicas = [text(service.get("scale")), text(child(service, "deploy", "replicas"))]
    return "0" in replicas or words[:1] in (["true"], ["/bin/true"], ["echo"])


def labels(service: Mapping) -> list[tuple[str, Node]]:
    """Return the labels of a service and of its `deploy`."""
    return pairs(service.get("labels")) + pairs(child(service, "deploy", "labels"))
