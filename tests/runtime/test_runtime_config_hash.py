"""When a replica is another than it was."""

import pytest

BASE = """
services:
  web:
    image: alpine
    command: serve
    environment: {A: "1"}
    labels: {team: blue}
  db: {image: alpine, command: a}
"""


def hash_of(translated, text, **options):
    return translated(text, **options).specs["web-1"].config_hash


def test_it_is_the_same_for_the_same_service(translated):
    assert hash_of(translated, BASE) == hash_of(translated, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("serve", "serve --fast"),
        ('A: "1"', 'A: "2"'),
        ("team: blue", "team: red"),
        ("labels:", "stop_signal: SIGINT\n    labels:"),
        ("labels:", "volumes: [data:/x]\n    labels:"),
    ],
)
def test_every_change_of_the_service_changes_it(translated, old, new):
    changed = BASE.replace(old, new, 1) + ("volumes: {data: {}}\n" if "data:" in new else "")

    assert hash_of(translated, changed) != hash_of(translated, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("labels:", "deploy: {replicas: 3}\n    labels:"),
        ("labels:", "scale: 3\n    labels:"),
        ("labels:", "depends_on: [db]\n    labels:"),
        ("db: {image: alpine, command: a}", "db: {image: alpine, command: b}"),
    ],
)
def test_it_is_not_changed_by_what_docker_leaves_out(translated, old, new):
    assert hash_of(translated, BASE.replace(old, new, 1)) == hash_of(translated, BASE)


def test_all_replicas_of_a_service_have_the_same(translated):
    found = translated(BASE, scale={"web": 3})

    assert len({spec.config_hash for name, spec in found.specs.items() if name.startswith("web")}) == 1


def test_a_change_of_a_secret_changes_it(translated):
    text = """
    services:
      web: {image: alpine, command: a, secrets: [s]}
    secrets: {s: {environment: S}}
    """

    assert hash_of(translated, text, S="1") != hash_of(translated, text, S="2")


def test_another_isolation_changes_it(translated):
    assert hash_of(translated, BASE, view="overlay") != hash_of(translated, BASE)
