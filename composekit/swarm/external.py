"""What a stack uses and does not create: it must be in the swarm before anything is changed."""

from collections.abc import Iterable

from composekit.errors import ComposekitError
from composekit.swarm.engine import Engine
from composekit.swarm.observed import find_ids
from composekit.swarm.plan import Origin, SwarmPlan

_OF_EVERY_MACHINE = ("host", "bridge", "none")


def check_external(engine: Engine, plan: SwarmPlan) -> None:
    """Raise `ComposekitError` for something external that is not there."""
    _check_networks(engine, [one.name for one in plan.networks if one.external])
    for kind, objects in (("secret", plan.secrets), ("config", plan.configs)):
        names = [one.name for one in objects if one.origin is Origin.EXTERNAL and _is_used(plan, kind, one.name)]
        found = find_ids(engine, f"{kind}s", names)
        for name in names:
            if name not in found:
                hint = f"docker {kind} create {name} FILE makes it"
                raise ComposekitError(f"{kind} '{name}' is external, but it is not in the swarm", hint=hint)


def _check_networks(engine: Engine, names: Iterable[str]) -> None:
    scopes = {one["Name"]: one.get("Scope") for one in engine.get("/networks") or []}
    for name in names:
        if name in _OF_EVERY_MACHINE:
            continue
        hint = f"docker network create --driver overlay {name} makes it"
        if name not in scopes:
            raise ComposekitError(f"network '{name}' is external, but it is not in the swarm", hint=hint)
        if scopes[name] != "swarm":
            raise ComposekitError(f"network '{name}' is of one machine only, and services need one of the swarm")


def _is_used(plan: SwarmPlan, kind: str, name: str) -> bool:
    return any(
        use.name == name
        for service in plan.services
        for use in (service.container.secrets if kind == "secret" else service.container.configs)
    )
