"""A file with several mistakes: all of them are told in one run, and none that only follows from another."""

import copy
import json

import pytest

from composekit.report.text import render
from composekit.source.path import show_path

SEVERAL = """\
services:
  web:
    image: nginx
    prts: ["80:80"]
    networks: [frnt]
    environment: {A: "${X:?needed}"}
  db:
    image: [a]
    depends_on: [wb, web]
    ports: ["80:abc"]
    secrets: [pw]
  c:
    command: x
networks:
  front:
    drver: x
"""

RICH = """\
services:
  web:
    image: nginx
    build: {context: ., platforms: [linux/amd64]}
    platform: linux/amd64
    container_name: one
    links: [cache]
    networks: {front: {aliases: [a]}}
    volumes: ["data:/data", "./here:/there"]
    secrets: [pw]
    configs: [{source: conf, target: /conf}]
    healthcheck: {test: [CMD, "true"]}
    deploy: {replicas: 1, resources: {limits: {memory: 1g}}}
    mem_limit: 1g
    develop: {watch: [{path: ., action: rebuild}]}
    ports: ["8080:80"]
    environment: [A=b]
    profiles: [some]
    scale: 1
  db:
    image: postgres
    network_mode: host
    profiles: [some]
  cache: {image: redis, depends_on: {db: {condition: service_started}}}
networks: {front: {driver: bridge}}
volumes: {data: {driver: local}}
secrets: {pw: {file: ./pw}}
configs: {conf: {content: text}}
"""


def test_mistakes_of_every_kind_are_told_together(load, snapshot):
    loaded = load(SEVERAL)

    assert loaded.tree is None
    assert render(loaded.report) == snapshot


def places(tree, path=()):
    """Return the path of every value two levels and more below the root."""
    found = []
    for key, value in tree.items():
        if len(path) > 0:
            found.append((*path, key))
        if isinstance(value, dict):
            found += places(value, (*path, key))
    return found


@pytest.fixture(scope="module")
def rich():
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(RICH)


def test_what_is_taken_out_is_not_missed_elsewhere(load, rich):
    assert [one.code for one in load(RICH, profiles=["some"]).report] == []
    told = {}
    for path in places(rich):
        broken = copy.deepcopy(rich)
        below = broken
        for key in path[:-1]:
            below = below[key]
        below[path[-1]] = [[["wrong"]]]
        report = load(json.dumps(broken), profiles=["some"]).report
        told[show_path(path)] = [(one.code, show_path(one.path)) for one in report]

    assert {at: found for at, found in told.items() if len(found) != 1} == {}
