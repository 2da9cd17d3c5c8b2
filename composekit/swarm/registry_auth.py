"""Credentials for registries, from the docker client's configuration; and digests of images."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from composekit.errors import ComposekitError
from composekit.swarm.endpoint import read_config
from composekit.swarm.engine import Engine, EngineError
from composekit.swarm.naming import IMAGE_LABEL

Json = dict[str, Any]

_HUB = "https://index.docker.io/v1/"


def registry_of(image: str) -> str:
    """Return the name under which the docker client keeps the credentials for an image's registry."""
    first, slash, _ = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        return _HUB
    return _HUB if first in ("docker.io", "index.docker.io") else first


def auth_header(environ: Mapping[str, str], image: str) -> str:
    """Return the value of X-Registry-Auth for an image; the credentials of nobody when none are kept."""
    found = _credentials(environ, registry_of(image))
    return base64.urlsafe_b64encode(json.dumps(found).encode()).decode()


def _credentials(environ: Mapping[str, str], registry: str) -> Json:
    config = read_config(environ)
    program = (config.get("credHelpers") or {}).get(registry) or config.get("credsStore")
    if program:
        return _ask(str(program), registry, environ)
    for name, entry in (config.get("auths") or {}).items():
        if registry in (name, name.removeprefix("https://").partition("/")[0]) and isinstance(entry, dict):
            user, _, password = base64.b64decode(entry.get("auth") or "").decode().partition(":")
            token = entry.get("identitytoken")
            return {"serveraddress": registry} | (
                {"identitytoken": token} if token else {"username": user, "password": password}
            )
    return {}


def _ask(program: str, registry: str, environ: Mapping[str, str]) -> Json:
    """Ask a credential helper (https://github.com/docker/docker-credential-helpers#development)."""
    import subprocess

    try:
        done = subprocess.run(
            [f"docker-credential-{program}", "get"],
            input=registry,
            capture_output=True,
            text=True,
            env=dict(environ),
            timeout=60,
            check=False,
        )
        found = json.loads(done.stdout) if done.returncode == 0 else {}
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = type(error).__name__
        raise ComposekitError(f"docker-credential-{program} does not tell the credentials: {reason}") from None
    if not found:
        return {}
    if found.get("Username") == "<token>":
        return {"serveraddress": registry, "identitytoken": found.get("Secret", "")}
    return {"serveraddress": registry, "username": found.get("Username", ""), "password": found.get("Secret", "")}


def resolved(engine: Engine, body: Json, auth: str) -> Json | None:
    """Return a service's body with the image's digest and platforms; `None` when no registry tells them."""
    template = body["TaskTemplate"]
    container = template["ContainerSpec"]
    image = container["Image"]
    if "@" in image:
        return body
    try:
        found = engine.get(
            f"/distribution/{quote(image, safe='/:')}/json", auth_headers={"X-Registry-Auth": auth} if auth else {}
        )
    except EngineError:
        return None
    digest = (found.get("Descriptor") or {}).get("digest")
    if not digest:
        return None
    platforms = [
        # An arm manifest says "arm" and a node "armv7l", so the architecture cannot be asked for.
        {"Architecture": "" if one.get("architecture", "").lower() == "arm" else one.get("architecture", ""),
         "OS": one.get("os", "")}
        for one in found.get("Platforms") or ()
    ]  # fmt: skip
    placement = {**(template.get("Placement") or {}), **({"Platforms": platforms} if platforms else {})}
    pinned = {**container, "Image": f"{image}@{digest}"}
    return {**body, "TaskTemplate": {**template, "ContainerSpec": pinned, "Placement": placement}}


def resolve_images(
    engine: Engine, bodies: list[Json], present: Mapping[str, Json], *, mode: str, environ: Mapping[str, str] | None
) -> tuple[list[Json], list[str]]:
    """Return the services' bodies with digests, and the images that no registry tells about.

    `mode` is always, changed or never, as for `docker stack deploy`; `present` are the services that there are, by
    name. With an environment, the credentials of the docker client are sent along. An image that is not found keeps
    the digest that the service has (`changes.with_present_image`): a registry that is down restarts nothing.
    """
    made, unknown = [], []
    for body in bodies:
        label = body["Labels"].get(IMAGE_LABEL)
        there = present.get(body["Name"])
        same = there is not None and (there["Spec"].get("Labels") or {}).get(IMAGE_LABEL) == label
        image = body["TaskTemplate"]["ContainerSpec"]["Image"]
        if mode == "never" or (mode == "changed" and same):
            made.append(body)
            continue
        auth = auth_header(environ, image) if environ is not None else ""
        found = resolved(engine, body, auth) if image not in unknown else None
        if found is None and image not in unknown:
            unknown.append(image)
        made.append(found or body)
    return made, unknown
