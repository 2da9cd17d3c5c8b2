"""What a stack is in the swarm now: its services, networks, secrets, configs and tasks, as the engine tells them."""

from dataclasses import dataclass, field
from typing import Any

from composekit.swarm.engine import Engine
from composekit.swarm.naming import NAMESPACE_LABEL

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """Each kind by name, as its list request answers; `network_names` has every network of the swarm by id."""

    services: dict[str, Json] = field(default_factory=dict)
    networks: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, Json] = field(default_factory=dict)
    configs: dict[str, Json] = field(default_factory=dict)
    network_names: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.services or self.networks or self.secrets or self.configs)


def stack_filter(stack: str) -> Json:
    return {"label": [f"{NAMESPACE_LABEL}={stack}"]}


def observe(engine: Engine, stack: str) -> Observed:
    """Return what there is of a stack; all empty when nothing is."""
    wanted = stack_filter(stack)
    networks = engine.get("/networks") or []
    return Observed(
        {one["Spec"]["Name"]: one for one in engine.get("/services", filters=wanted) or []},
        {one["Name"]: one for one in networks if (one.get("Labels") or {}).get(NAMESPACE_LABEL) == stack},
        {one["Spec"]["Name"]: one for one in engine.get("/secrets", filters=wanted) or []},
        {one["Spec"]["Name"]: one for one in engine.get("/configs", filters=wanted) or []},
        {one["Id"]: one["Name"] for one in networks},
    )


def find_ids(engine: Engine, kind: str, names: list[str]) -> dict[str, str]:
    """Return the ids of secrets or configs (`kind`: "secrets", "configs") by name; those that are not there lack."""
    if not names:
        return {}
    found = engine.get(f"/{kind}", filters={"name": names}) or []
    return {one["Spec"]["Name"]: one["ID"] for one in found if one["Spec"]["Name"] in names}


def tasks_of(engine: Engine, stack: str, *, current: bool = False) -> list[Json]:
    """Return a stack's tasks; `current` leaves out those of earlier versions of their services.

    `_up-to-date` is the filter that the docker client itself uses to follow an update.
    """
    wanted = stack_filter(stack)
    if current:
        wanted["_up-to-date"] = ["true"]
    tasks: list[Json] = engine.get("/tasks", filters=wanted) or []
    return tasks
