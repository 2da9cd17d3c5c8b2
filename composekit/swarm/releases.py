"""Releases: what each deploy of a stack put into the swarm, kept in configs beside the stack's own.

A release is a config STACK.release-N with the stack's label, so that `docker stack rm` removes it too. Its content is
the services' request bodies, which the swarm stores anyway, and the names of configs and secrets; never their values.
Its labels say how the deploy ended. Creating one is also the lock of a deploy: the names are numbered, and of two
deploys at once only one gets the number.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.errors import ComposekitError
from composekit.swarm.engine import Engine, EngineError
from composekit.swarm.naming import NAMESPACE_LABEL

Json = dict[str, Any]

NUMBER_LABEL = "io.composekit.release"
STATE_LABEL = "io.composekit.state"
UNTIL_LABEL = "io.composekit.until"

DEPLOYING, DEPLOYED, UNWATCHED = "deploying", "converged", "detached"
FAILED, ROLLED_BACK, TIMED_OUT, INTERRUPTED = "failed", "rolled back", "timed out", "interrupted"

_LARGEST = 500_000
"""Bytes of a config that every engine takes."""


class DeployUnderWay(ComposekitError):
    """Somebody else is deploying the same stack."""


@dataclass(frozen=True, slots=True)
class Release:
    """`until` is when its deploy gives up, in seconds since the epoch. `content` is read from the config when asked."""

    number: int
    state: str
    created: str
    until: float = 0.0
    config: Json = field(default_factory=dict, repr=False)

    def content(self) -> Json:
        """Return {"services", "networks", "secrets", "configs"}; raises `ComposekitError` when it was not kept."""
        try:
            content = json.loads(zlib.decompress(base64.b64decode(self.config["Spec"]["Data"])))
        except (KeyError, ValueError, zlib.error):
            content = None
        if not isinstance(content, dict) or "services" not in content:
            raise ComposekitError(f"release {self.number} does not say what was deployed")
        return content


def releases_of(configs: Mapping[str, Json]) -> list[Release]:
    """Return the releases among a stack's configs, the newest first."""
    found = []
    for config in configs.values():
        labels = config["Spec"].get("Labels") or {}
        number = labels.get(NUMBER_LABEL, "")
        if number.isdigit():
            until = labels.get(UNTIL_LABEL, "")
            found.append(
                Release(
                    int(number),
                    labels.get(STATE_LABEL, DEPLOYING),
                    config.get("CreatedAt", ""),
                    float(until) if until.replace(".", "", 1).isdigit() else 0.0,
                    config,
                )
            )
    return sorted(found, key=lambda one: -one.number)


def is_record(config: Json) -> bool:
    return NUMBER_LABEL in (config["Spec"].get("Labels") or {})


def check_free(releases: list[Release], stack: str, now: float) -> None:
    """Raise `DeployUnderWay` while another deploy of the stack has not ended nor run out of time."""
    newest = releases[0] if releases else None
    if newest is not None and newest.state == DEPLOYING and now < newest.until:
        raise DeployUnderWay(
            f"another deploy of '{stack}' is under way (release {newest.number})",
            hint=f"wait for it; if it was killed, it blocks others for {int(newest.until - now) + 1} s, or use --force",
        )


def describe(bodies: Json, keys: Mapping[str, str], needs: Mapping[str, Mapping[str, str]]) -> Json:
    """Return what is kept of a deploy: enough to do it again, without the values of configs and secrets."""
    return {
        "services": bodies["services"],
        "networks": bodies["networks"],
        "secrets": [one["Name"] for one in bodies["secrets"]],
        "configs": [one["Name"] for one in bodies["configs"]],
        "keys": dict(keys),
        "needs": {key: dict(one) for key, one in needs.items()},
    }


def begin(
    engine: Engine, stack: str, releases: list[Release], content: Json, *, now: float, until: float
) -> tuple[int, str]:
    """Store a new release; return its number and the config's id. `content` is what `describe` makes.

    Raises `DeployUnderWay` when somebody else did at the same time.
    """
    number = releases[0].number + 1 if releases else 1
    data = zlib.compress(json.dumps({**content, "time": int(now)}, separators=(",", ":")).encode(), 9)
    if len(data) > _LARGEST:
        data = zlib.compress(b"{}")
    spec = {
        "Name": f"{stack[:48]}.release-{number}",
        "Labels": {
            NAMESPACE_LABEL: stack,
            NUMBER_LABEL: str(number),
            STATE_LABEL: DEPLOYING,
            UNTIL_LABEL: f"{until:.0f}",
        },
        "Data": base64.b64encode(data).decode(),
    }
    try:
        made = engine.post("/configs/create", spec)
    except EngineError as error:
        if error.status != 409:
            raise
        raise DeployUnderWay(
            f"another deploy of '{stack}' has begun at the same time", hint="wait for it and try again"
        ) from None
    return number, made["ID"]


def end(engine: Engine, identity: str, state: str) -> None:
    """Write down how a deploy ended; only the labels of a config can be changed."""
    config = engine.get(f"/configs/{identity}")
    spec = config["Spec"]
    labels = {name: value for name, value in spec["Labels"].items() if name != UNTIL_LABEL}
    spec = {**spec, "Labels": {**labels, STATE_LABEL: state}}
    engine.post(f"/configs/{identity}/update", spec, version=config["Version"]["Index"])
