"""The config hash of a service: what decides whether `up` must recreate it. Equal to Docker Compose's own."""

import hashlib

from composekit.load.fields import ROOT
from composekit.load.render import compact_json
from composekit.load.table import Branch
from composekit.source.node import Mapping, Node

_SERVICE = ROOT.down("services").down_any("x")


def service_hash(service: Node) -> str:
    """Return the hexadecimal SHA-256 of a settled service, whose env files have not been read."""
    if not isinstance(service, Mapping):
        return hashlib.sha256(b"null").hexdigest()
    text = compact_json(_hashed(service, _SERVICE), _SERVICE)
    return hashlib.sha256(text.encode()).hexdigest()


def _hashed(node: Node, at: Branch) -> Node:
    """Leave out what does not change what runs, as the table says."""
    if not isinstance(node, Mapping):
        return node
    kept = [(key, value, at.down_any(key)) for key, value in node.items.items()]
    left = {key: _hashed(value, below) for key, value, below in kept if below.field is None or below.field.hashed}
    return Mapping(left, node.span, node.key_spans)
