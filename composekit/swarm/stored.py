"""Configs and secrets that the swarm has already under a name of the plan: they cannot be changed."""

from collections.abc import Mapping
from typing import Any

from composekit.errors import ComposekitError
from composekit.swarm.engine import Engine, EngineError, quoted

Json = dict[str, Any]

_HINT = "give it another 'name' in the file, or leave the name to --names content"


def check_configs(bodies: list[Json], there: Mapping[str, Json]) -> None:
    """Raise `ComposekitError` for a config whose content is another than in the swarm."""
    for body in bodies:
        stored = there.get(body["Name"])
        if stored is not None and (stored["Spec"].get("Data") or "") != body.get("Data", ""):
            raise ComposekitError(
                f"config '{body['Name']}' has another content in the swarm, and a config cannot be changed", hint=_HINT
            )


def check_secrets(engine: Engine, bodies: list[Json], there: Mapping[str, Json]) -> None:
    """The same for secrets, whose values only the manager can compare: it takes an update that changes nothing."""
    for body in bodies:
        stored = there.get(body["Name"])
        if stored is None or "Data" not in body:
            continue
        try:
            engine.post(f"/secrets/{quoted(stored['ID'])}/update", body, version=stored["Version"]["Index"])
        except EngineError as error:
            if "only updates to Labels" not in str(error):
                raise
            raise ComposekitError(
                f"secret '{body['Name']}' has another value in the swarm, and a secret cannot be changed", hint=_HINT
            ) from None
