"""Ask a registry for the digest of an image. The protocol is the OCI distribution specification's.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md (HEAD of a manifest) and
https://distribution.github.io/distribution/spec/auth/token/ (the token that an anonymous reader gets first).
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from composekit.errors import ComposekitError
from composekit.values.image import ImageRef

Open = Callable[[urllib.request.Request], Any]

_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_HUB = "registry-1.docker.io"  # where the images of docker.io are served
_TIMEOUT_SECONDS = 20


class RegistryError(ComposekitError):
    """A registry cannot be reached, or does not give the digest."""


def resolve_digest(image: ImageRef, *, auths: Mapping[str, str], open_url: Open | None = None) -> str:
    """Return sha256:... of an image's tag (or `latest`), as its registry has it now.

    `auths` maps a registry to "user:password" in base64, as ~/.docker/config.json has it. Raises `RegistryError`.
    """
    if image.digest:
        return image.digest
    host = _HUB if image.domain == "docker.io" else image.domain
    scheme = "http" if re.fullmatch(r"(localhost|127\.[\d.]+|\[::1\])(:\d+)?", host) else "https"
    url = f"{scheme}://{host}/v2/{image.path}/manifests/{image.tag or 'latest'}"
    asked = open_url or _open
    try:
        answer = asked(_request(url))
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        if error.code != 401 or not challenge:
            raise _refused(image, error) from None
        answer = _ask_again(url, challenge, image, auths, asked)
    except OSError as error:
        raise _unreachable(image, host, error) from None
    digest = answer.headers.get("Docker-Content-Digest", "")
    if not digest:
        raise RegistryError(f"the registry {host} gives no digest for {image.path}")
    return str(digest)


def _ask_again(url: str, challenge: str, image: ImageRef, auths: Mapping[str, str], asked: Open) -> Any:
    key = "https://index.docker.io/v1/" if image.domain == "docker.io" else image.domain
    basic = auths.get(key, "")
    try:
        if challenge.lower().startswith("basic"):
            return asked(_request(url, f"Basic {basic}"))
        facts = dict(_CHALLENGE.findall(challenge))
        query = urllib.parse.urlencode({name: facts[name] for name in ("service", "scope") if name in facts})
        token = asked(_request(f"{facts.get('realm', '')}?{query}", f"Basic {basic}" if basic else "", method="GET"))
        body = json.loads(token.read())
        return asked(_request(url, f"Bearer {body.get('token') or body.get('access_token', '')}"))
    except urllib.error.HTTPError as error:
        raise _refused(image, error) from None
    except (OSError, ValueError) as error:
        raise _unreachable(image, image.domain, error) from None


def _request(url: str, authorization: str = "", method: str = "HEAD") -> urllib.request.Request:
    headers = {"Accept": _ACCEPT, **({"Authorization": authorization} if authorization else {})}
    return urllib.request.Request(url, headers=headers, method=method)  # noqa: S310  # http for this machine only


def _open(request: urllib.request.Request) -> Any:
    return urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310  # as above


def _refused(image: ImageRef, error: urllib.error.HTTPError) -> RegistryError:
    words = {401: "it wants a login", 403: "it forbids it", 404: "it has no such image", 429: "too many requests"}
    reason = words.get(error.code, f"HTTP {error.code}")
    return RegistryError(
        f"the registry {image.domain} gives no digest for {image.path}:{image.tag or 'latest'}: {reason}",
        hint="log in with 'docker login'" if error.code in (401, 403) else None,
    )


def _unreachable(image: ImageRef, host: str, error: Exception) -> RegistryError:
    reason = getattr(error, "reason", error)
    return RegistryError(
        f"cannot reach the registry {host} for the digest of {image.path}: {reason}",
        hint="digests need the network; without them, leave out --resolve-image-digests",
    )


def read_auths(text: str) -> dict[str, str]:
    """Return the logins of a docker config.json; none where it is no JSON or keeps them elsewhere."""
    try:
        found = json.loads(text).get("auths", {})
    except (ValueError, AttributeError):
        return {}
    return {host: str(entry.get("auth", "")) for host, entry in found.items() if isinstance(entry, dict)}
