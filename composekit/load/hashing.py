"""The config hash of a service: what decides whether `up` must recreate it. Equal to Docker Compose's own."""

import hashlib

from composekit.load.fields import ROOT
from composekit.load.render import compact_json
from composekit.source.node import Mapping, Node

# Changing these does not change what runs.
_LEFT_OUT = ("build", "pull_policy", "scale", "depends_on", "profiles")


def service_hash(service: Node) -> str:
    """Return the hexadecimal SHA-256 of a settled service, whose env files have not been read."""
    if not isinstance(service, Mapping):
        return hashlib.sha256(b"null").hexdigest()
    kept = service.without(*_LEFT_OUT)
    deploy = kept.get("deploy")
    if isinstance(deploy, Mapping):
        kept = kept.with_items({"deploy": deploy.without("replicas")})
    text = compact_json(kept, ROOT.down("services").down_any("x"))
    return hashlib.sha256(text.encode()).hexdigest()
