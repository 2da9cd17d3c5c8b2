"""The words of `ps`."""

import json

import pytest

from composekit.cli.tables import human_duration
from composekit.runtime.listing import health_log, json_row, networks_of, ports_text, publishers, row_of, status_text
from composekit.supervise.status import ReplicaStatus

NOW = 10_000.0


def made(phase: str, **facts) -> ReplicaStatus:
    return ReplicaStatus("p-web-1", "web", 1, phase, created_at=NOW - 300, **facts)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (made("running", started_at=NOW - 120), "Up 2 minutes"),
        (made("running", started_at=NOW - 120, health="healthy"), "Up 2 minutes (healthy)"),
        (made("running", started_at=NOW, health="starting"), "Up Less than a second (health: starting)"),
        (made("running", started_at=NOW - 3, health="unhealthy"), "Up 3 seconds (unhealthy)"),
        (made("stopping", started_at=NOW - 3600), "Up About an hour"),
        (made("exited", exit_code=1, finished_at=NOW - 5), "Exited (1) 5 seconds ago"),
        (made("backoff", exit_code=3, finished_at=NOW - 1), "Restarting (3) 1 second ago"),
        (
            made("backoff", exit_code=3, finished_at=NOW - 1, next_start_at=NOW + 12),
            "Restarting (3) 1 second ago (next start in 12 seconds)",
        ),
        (made("created"), "Created"),
        (made("waiting", waiting_for=["db to be healthy"]), "Created (waiting for db to be healthy)"),
    ],
)
def test_status_texts_are_dockers(status, text):
    assert status_text(status, now=NOW, words=human_duration) == text


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([("", 8080, 80, "tcp")], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"),
        ([("127.0.0.1", 8080, 80, "tcp")], "127.0.0.1:8080->80/tcp"),
        ([("", 0, 5000, "tcp")], "5000/tcp"),
        ([("1.2.3.4", 8000, 80, "tcp"), ("1.2.3.4", 8001, 81, "tcp")], "1.2.3.4:8000-8001->80-81/tcp"),
        ([("1.2.3.4", 53, 53, "udp"), ("", 0, 80, "tcp")], "80/tcp, 1.2.3.4:53->53/udp"),
    ],
)
def test_ports_are_shown_as_docker_shows_them(ports, text):
    keys = ("host_ip", "published", "target", "protocol")
    labels = {"composekit.ports": json.dumps([dict(zip(keys, port, strict=True)) for port in ports])}

    assert ports_text(publishers(labels, running=True)) == text
    assert publishers(labels, running=False) == []


def test_the_json_has_dockers_keys():
    row = row_of(made("running", started_at=NOW), project="p", id_="a" * 64, now=NOW, words=human_duration)
    shown = json_row(row, now=NOW, words=human_duration, shorten=lambda text, most: text[: most or 12])

    assert sorted(shown) == [
        "Command", "CreatedAt", "ExitCode", "Health", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Name",
        "Names", "Networks", "Ports", "Project", "Publishers", "RunningFor", "Service", "Size", "State", "Status",
    ]  # fmt: skip
    assert (shown["State"], shown["RunningFor"], shown["ID"]) == ("running", "5 minutes ago", "a" * 12)


def test_our_own_labels_are_not_shown():
    status = made("running", labels={"composekit.image": "x", "team": "blue"})
    row = row_of(status, project="p", id_="", now=NOW, words=human_duration)

    assert row.labels == {"team": "blue"}
    assert row.image == "x"


def test_health_checks_have_the_keys_of_docker_inspect():
    probes = [{"started_at": 0.25, "ended_at": 1.5, "exit_code": 1, "output": "no"}]
    row = row_of(made("running", probes=probes), project="p", id_="a" * 64, now=NOW, words=human_duration)

    assert health_log(row) == [
        {"Start": "1970-01-01T00:00:00.250Z", "End": "1970-01-01T00:00:01.500Z", "ExitCode": 1, "Output": "no"}
    ]


def test_networks_are_told_once_and_without_those_that_the_project_does_not_make(translated):
    specs = translated(
        """
        services:
          a: {image: alpine, command: "true", networks: [one, two, far]}
          b: {image: alpine, command: "true", networks: [two]}
          c: {image: alpine, command: "true"}
          d: {image: alpine, command: "true", network_mode: host}
        networks: {one: {}, two: {name: called}, far: {external: true}}
        """
    ).specs

    assert networks_of(specs[name].labels for name in ("a-1", "b-1", "c-1", "d-1")) == [
        "shop_one", "called", "shop_default"
    ]  # fmt: skip
    assert specs["a-1"].labels["composekit.networks"] == "shop_one,called,far"
    assert specs["d-1"].labels["composekit.networks"] == "host"
