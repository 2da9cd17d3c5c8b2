"""Rows and log lines in the docker client's words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.swarm.listing import _ports, natural, read_time, service_rows, shown_image, task_rows
from composekit.swarm.service_logs import LogLine, frames, lines

NOW = datetime(2026, 1, 1, 12, 0, 10, tzinfo=UTC)


def port(published, target, protocol="tcp", mode="ingress"):
    return {"PublishedPort": published, "TargetPort": target, "Protocol": protocol, "PublishMode": mode}


@pytest.mark.parametrize(
    ("ports", "shown"),
    [
        ([], ""),
        ([port(80, 80)], "*:80->80/tcp"),
        ([port(81, 91), port(80, 90), port(82, 92)], "*:80-82->90-92/tcp"),
        ([port(80, 90), port(81, 99)], "*:80->90/tcp, *:81->99/tcp"),
        ([port(53, 53, "udp"), port(53, 53)], "*:53->53/tcp, *:53->53/udp"),
        ([port(80, 80, mode="host")], ""),
    ],
)
def test_ports_of_the_ingress_network_are_joined_to_ranges(ports, shown):
    assert _ports(ports) == shown


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("nginx:1@sha256:abc", "nginx:1"),
        ("nginx@sha256:abc", "nginx@sha256:abc"),
        ("r:5000/nginx@sha256:abc", "r:5000/nginx@sha256:abc"),
        ("nginx", "nginx"),
    ],
)
def test_a_digest_is_left_out_where_there_is_a_tag(image, shown):
    assert shown_image(image) == shown


def service(mode, status, **placement):
    template = {"ContainerSpec": {"Image": "nginx"}, "Placement": placement}
    return {
        "ID": "abcdefghijklmnop",
        "Spec": {"Name": "web", "Mode": mode, "TaskTemplate": template},
        "ServiceStatus": dict(zip(("RunningTasks", "DesiredTasks", "CompletedTasks"), status, strict=True)),
    }


@pytest.mark.parametrize(
    ("made", "mode", "replicas"),
    [
        (service({"Replicated": {"Replicas": 3}}, (2, 3, 0)), "replicated", "2/3"),
        (service({"Replicated": {"Replicas": 3}}, (2, 3, 0), MaxReplicas=2), "replicated", "2/3 (max 2 per node)"),
        (service({"Global": {}}, (1, 1, 0), MaxReplicas=2), "global", "1/1"),
        (service({"ReplicatedJob": {"TotalCompletions": 5}}, (1, 2, 3)), "replicated job", "1/2 (3/5 completed)"),
        (service({"GlobalJob": {}}, (1, 2, 3)), "global job", "1/2 (3/5 completed)"),
    ],
)
def test_replicas_are_told_as_docker_does(made, mode, replicas):
    (row,) = service_rows([made])
    assert (row["ID"], row["Mode"], row["Replicas"]) == ("abcdefghijkl", mode, replicas)


def test_names_are_in_the_order_people_count():
    names = ["web.10", "web.2", "api.1", "web.2.x"]
    assert sorted(names, key=natural) == ["api.1", "web.2", "web.2.x", "web.10"]


def task(identity, slot, made, state="running", error=""):
    return {
        "ID": identity * 5,
        "ServiceID": "s",
        "Slot": slot,
        "NodeID": "n",
        "CreatedAt": f"2026-01-01T12:00:{made:02d}Z",
        "DesiredState": "running",
        "Status": {"State": state, "Timestamp": "2026-01-01T12:00:00.123456789Z", "Err": error},
        "Spec": {"ContainerSpec": {"Image": "nginx:1@sha256:abc"}},
    }


def rows(*tasks, shorten=True):
    return task_rows(
        tasks,
        service_names={"s": "demo_web"},
        node_names={"n": "alpha"},
        now=NOW,
        words=lambda seconds: f"{seconds:.0f} Seconds",
        shorten=shorten,
        indent=" \\_ ",
    )


def test_tasks_of_a_slot_are_together_the_newest_first():
    found = rows(task("aaaa", 2, 1), task("bbbb", 1, 1, "failed"), task("cccc", 1, 2))
    assert [row["Name"] for row in found] == ["demo_web.1", " \\_ demo_web.1", "demo_web.2"]
    assert [row["ID"][:4] for row in found] == ["cccc", "bbbb", "aaaa"]
    assert found[0]["CurrentState"] == "Running 10 seconds ago"


def test_what_is_long_is_cut_unless_asked_for():
    made = task("aaaa", 1, 1, "failed", "x" * 50)
    (short,), (full,) = rows(made), rows(made, shorten=False)
    assert (short["ID"], short["Image"], short["Error"]) == ("aaaaaaaaaaaa", "nginx:1", f'"{"x" * 29}…"')
    assert (full["ID"], full["Image"], full["Error"]) == ("a" * 20, "nginx:1@sha256:abc", f'"{"x" * 50}"')


def test_times_of_the_engine_have_nanoseconds():
    assert read_time("2026-01-01T12:00:00.123456789Z").microsecond == 123456
    assert read_time("2026-01-01T12:00:00Z") == datetime(2026, 1, 1, 12, tzinfo=UTC)


def frame(stream, content):
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40))), st.integers(min_value=1, max_value=50))
def test_frames_are_found_however_the_pieces_are_cut(parts, size):
    data = b"".join(frame(stream, content) for stream, content in parts)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert list(frames(pieces)) == parts


def test_a_line_has_its_task_its_stream_and_its_time():
    details = b"com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t"
    data = frame(2, b"2026-01-01T00:00:00Z " + details + b" oh no: a=b\n")
    assert list(lines([data], times=True)) == [LogLine("oh no: a=b", True, "t", "n", "s", "2026-01-01T00:00:00Z")]


def test_a_terminals_output_has_no_frames():
    assert [line.text for line in lines([b"hello there\nagain\n"], raw=True)] == ["hello there", "again"]
