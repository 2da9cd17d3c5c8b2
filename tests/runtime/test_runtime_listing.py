"""The words of `ps`."""

import json

import pytest

from composekit.cli.tables import human_duration
from composekit.runtime.listing import json_row, ports_text, publishers, row_of, status_text
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
