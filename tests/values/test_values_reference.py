"""The little languages against what Docker Compose 2.40.3 made of the same strings.

The recordings in reference/ map a string to what `docker compose config` printed for it, or to null where it refused.
A mount's source is not in them when it is a path, as the program prints it made absolute.
"""

import json
import os

import pytest

from composekit.errors import BadValue
from composekit.values.envfile import parse_env, parse_raw
from composekit.values.image import parse_image
from composekit.values.mount import parse_mount
from composekit.values.port import parse_port
from composekit.values.template import substitute

ENVIRONMENT = {"HOMEX": "hx", "XY": "", "_": "U"}


def recorded(name):
    path = os.path.join(os.path.dirname(__file__), "reference", f"{name}.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def disagreements(name, ours):
    wrong = {}
    for text, theirs in recorded(name).items():
        try:
            mine = ours(text)
        except BadValue:
            mine = None
        if mine != theirs:
            wrong[text] = (theirs, mine)
    return wrong


def ports(text):
    return [list(mapping) for mapping in parse_port(text)]


def mount(text):
    spec = parse_mount(text)
    record = {"type": spec.type, "target": spec.target}
    if spec.source and spec.type == "volume":
        record["source"] = spec.source
    if spec.read_only:
        record["read_only"] = True
    for name, options in (("bind", spec.bind), ("volume", spec.volume)):
        if options is not None:
            record[name] = {key: value for key, value in options._asdict().items() if value}
    return record


def env(text):
    return settled(parse_env(text, ENVIRONMENT.get, substitute))


def raw(text):
    return settled(parse_raw(text, ENVIRONMENT.get))


def settled(entries):
    return {entry.key: entry.value for entry in entries if entry.value is not None}


def image(text):
    """What is asked of a registry: the tag does not count where there is a digest, which needs no asking."""
    ref = parse_image(text)
    return "PINNED" if ref.digest else ref.canonical


@pytest.mark.parametrize(
    ("name", "ours"),
    [("ports", ports), ("mounts", mount), ("envfiles", env), ("raw_envfiles", raw), ("images", image)],
)
def test_every_recorded_string_means_the_same(name, ours):
    assert disagreements(name, ours) == {}
