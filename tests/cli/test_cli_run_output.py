"""What the run commands print, without anything running: tables, durations, log prefixes, progress, option checks."""

import io
import os
import re
import time

import pytest

from composekit.cli.commands.logs import _moment, _tail
from composekit.cli.commands.up import _scales, check_options
from composekit.cli.logview import LogView
from composekit.cli.narrator import Narrator, Waits, is_decided
from composekit.cli.progress import DONE, ERROR, Progress
from composekit.cli.tables import ellipsis, human_duration, render_table
from composekit.errors import ComposekitError, UsageError
from composekit.supervise.client import Changed, Removed, Snapshot
from composekit.supervise.logs import LogLine, LogLines
from composekit.supervise.status import ReplicaStatus


def test_a_table_pads_all_columns_but_the_last():
    assert render_table(["NAME", "STATUS"], [["a-long-name-1", "Up"], ["b", "Exited"]]) == (
        "NAME            STATUS\n"
        "a-long-name-1   Up\n"
        "b               Exited\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (61, "About a minute"),
        (150, "2 minutes"),
        (3600, "About an hour"),
        (3600 * 5, "5 hours"),
        (86400 * 3, "3 days"),
        (86400 * 20, "2 weeks"),
        (86400 * 90, "3 months"),
        (86400 * 800, "2 years"),
    ],
)
def test_durations_are_dockers(seconds, text):
    assert human_duration(seconds) == text


def test_what_is_too_long_ends_in_an_ellipsis():
    assert ellipsis("abcdef", 4) == "abc…"
    assert ellipsis("abcd", 4) == "abcd"


def line(name: str, text: bytes, stream: str = "out") -> LogLine:
    return LogLine(name, 1_700_000_000_000_000_001, stream, text, 1)


def shown(*, color=False, **options):
    out, err = io.StringIO(), io.StringIO()
    return LogView(out, err, color=color, **options), out, err


def test_prefixes_are_aligned_and_streams_told_apart():
    view, out, err = shown()
    view.register([("p-api-1", "api-1"), ("p-worker-1", "worker-1")])
    view.show(line("p-api-1", b"hi"))
    view.show(line("p-worker-1", b"oh", "err"))

    assert out.getvalue() == "api-1     | hi\n"
    assert err.getvalue() == "worker-1  | oh\n"


def test_lines_that_came_together_are_shown_like_lines_that_did_not():
    lines = LogLines("a", 1_700_000_000_000_000_001, "out", b"x\n\n\xe2\x82\n\xffy", 1)
    for options in ({}, {"timestamps": True}, {"prefix": False}, {"color": True}):
        together, out, _ = shown(**options)
        together.show(lines)
        alone, expected, _ = shown(**options)
        for one in lines.each():
            alone.show(one)

        assert out.getvalue() == expected.getvalue()


def test_colours_are_given_in_dockers_order():
    view, out, _ = shown(color=True)
    view.register([("a", "a"), ("b", "b")])
    view.show(line("b", b"x"))

    assert out.getvalue() == "\x1b[33mb  | \x1b[0mx\n"


def test_without_prefix_and_with_timestamps():
    view, out, _ = shown(prefix=False, timestamps=True)
    view.show(line("a", b"x"))

    assert out.getvalue() == "2023-11-14T22:13:20.000000001Z x\n"


def test_bytes_that_are_no_text_do_not_end_the_output():
    view, out, _ = shown()
    view.show(line("a", b"\xff\xfe"))

    assert out.getvalue() == "a  | \ufffd\ufffd\n"


def test_plain_progress_is_one_line_an_event_and_never_twice_the_same():
    stream = io.StringIO()
    progress = Progress(stream, "plain")
    for text, kind in (("Starting", "Working"), ("Starting", "Working"), ("Started", DONE)):
        progress.event("Container a-1", text, kind)
    progress.finish()

    assert stream.getvalue() == " Container a-1  Starting\n Container a-1  Started\n"


def test_a_dry_run_says_so_in_each_line():
    stream = io.StringIO()
    Progress(stream, "plain", dry_run=True).event("Container a-1", "Created", DONE)

    assert stream.getvalue() == "DRY-RUN MODE -  Container a-1  Created\n"


def test_a_terminal_is_redrawn_in_place():
    stream, now = io.StringIO(), [0.0]
    progress = Progress(stream, "tty", clock=lambda: now[0])
    progress.event("Container a-1", "Starting")
    progress.tick()
    now[0] = 1.5
    progress.event("Container a-1", "Started", DONE)
    progress.event("Container b-1", "Error: no", ERROR)
    progress.finish()
    last = stream.getvalue().rpartition("\x1b[2A")[2]

    assert "[+] Running 2/2" in last
    assert "✔ Container a-1  Started" in last
    assert "1.5s" in last
    assert "✘ Container b-1  Error: no" in last


@pytest.mark.parametrize("columns", [10, 20, 40, 60, 80, 200])
def test_every_line_fits_the_terminal(columns, monkeypatch):
    monkeypatch.setattr("composekit.cli.progress._terminal_size", lambda _stream: (columns, 24))
    stream = io.StringIO()
    progress = Progress(stream, "tty")
    long = "Container shop-a-service-of-a-long-name-1"
    progress.event(long, "Waiting for shop-another-service-of-a-long-name-1")
    progress.event("Network a", "Created", DONE)
    progress.finish()
    lines = re.sub(r"\x1b\[[?0-9]*[a-zA-Z]", "", stream.getvalue()).splitlines()

    assert max(map(len, lines)) <= max(columns, 18)  # a name has at least twelve characters
    assert (long in lines[1]) == (columns > 64)
    assert lines[1].split()[1].startswith("Contai")


def test_a_long_name_does_not_push_other_lines_to_the_right_of_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        isatty = fileno = lambda _self: 1

    monkeypatch.setattr("os.get_terminal_size", lambda _fd: os.terminal_size((60, 24)))
    out = Terminal()
    view = LogView(out, out, color=False)
    view.register([("p-a", "a"), ("p-web", "web-1"), ("p-long", "a-service-of-a-rather-long-name-1")])
    for name in ("p-a", "p-web", "p-long"):
        view.show(line(name, b"hi"))

    assert out.getvalue() == "a      | hi\nweb-1  | hi\na-service-of-a-rather-long-name-1  | hi\n"


def test_quiet_progress_is_silent():
    stream = io.StringIO()
    Progress(stream, "quiet").event("Container a-1", "Started", DONE)

    assert stream.getvalue() == ""


def status(phase: str, health: str = "none", **facts) -> ReplicaStatus:
    return ReplicaStatus("p-web-1", "web", 1, phase, health, **facts)


def told(aim: str, *events) -> list[str]:
    stream = io.StringIO()
    narrator = Narrator(Progress(stream, "plain"), aim, ["p-web-1"])
    for event in events:
        narrator.see(event)
    return [text.removeprefix(" Container p-web-1  ") for text in stream.getvalue().splitlines()]


def test_a_start_is_told():
    assert told(
        "started",
        Snapshot([status("created")], [], 0),
        Changed(status("waiting", waiting_for=["db to be healthy"])),
        Changed(status("starting")),
        Changed(status("running", "starting")),
    ) == ["Waiting for db to be healthy", "Starting", "Started"]


def test_waiting_for_health_is_told():
    assert told("healthy", Changed(status("running", "starting")), Changed(status("running", "healthy"))) == [
        "Waiting",
        "Healthy",
    ]


def test_without_a_health_check_it_is_healthy_once_it_has_run_for_half_a_second():
    now = time.time()
    young, old = (Changed(status("running", started_at=now - age)) for age in (0, 1))

    assert told("healthy", young, old) == ["Waiting", "Healthy"]


def test_a_program_that_ends_at_once_is_told_with_its_code():
    assert told("healthy", Changed(status("exited", exit_code=3))) == ["Exited (3)"]
    assert told("started", Changed(status("exited", exit_code=0))) == ["Exited"]


def test_a_long_wait_is_told_and_again_later():
    now, said = [0.0], []
    waits = Waits(said.append, clock=lambda: now[0])
    waiting = status("waiting", waiting_for=["db to be healthy"])
    for moment in (0.0, 2.9, 3.0, 4.0, 32.9, 33.0):
        now[0] = moment
        waits.see([waiting])
    waits.see([status("running")])
    now[0] = 34.0
    waits.see([waiting])

    assert said == [f" Container p-web-1  Waiting for db to be healthy ({seconds}s)" for seconds in (3, 33)]


def test_a_removal_is_told():
    assert told("removed", Changed(status("stopping")), Changed(status("exited")), Removed("p-web-1")) == [
        "Stopping",
        "Stopped",
        "Removed",
    ]


def test_a_failure_is_told_with_its_reason():
    assert told("started", Changed(status("failed", reason="db is unhealthy"))) == ["Error: db is unhealthy"]


@pytest.mark.parametrize(
    ("phase", "health", "aim", "decided"),
    [
        ("running", "none", "started", True),
        ("running", "none", "healthy", False),
        ("running", "starting", "started", True),
        ("running", "starting", "healthy", False),
        ("running", "unhealthy", "healthy", True),
        ("backoff", "none", "started", True),
        ("backoff", "none", "healthy", False),
        ("waiting", "none", "started", False),
        ("failed", "none", "healthy", True),
        ("stopping", "none", "stopped", False),
        ("exited", "none", "stopped", True),
    ],
)
def test_when_a_replica_has_got_where_it_was_to_go(phase, health, aim, decided):
    assert is_decided(status(phase, health, started_at=100.0), aim, 100.4) is decided


def test_what_has_run_for_a_while_or_comes_back_again_and_again_is_as_well_as_it_will_be():
    assert is_decided(status("running", started_at=100.0), "healthy", 100.6)
    assert is_decided(status("running", started_at=100.0, restarts=1), "healthy", 100.1)


def options(**given):
    names = (
        "abort_on_container_exit",
        "abort_on_container_failure",
        "always_recreate_deps",
        "attach",
        "attach_dependencies",
        "build",
        "detach",
        "exit_code_from",
        "force_recreate",
        "no_build",
        "no_recreate",
        "renew_anon_volumes",
        "wait",
    )
    return {**dict.fromkeys(names, False), **given}


@pytest.mark.parametrize(
    "given",
    [
        {"detach": True, "abort_on_container_exit": True},
        {"detach": True, "exit_code_from": "web"},
        {"wait": True, "attach": ("web",)},
        {"force_recreate": True, "no_recreate": True},
        {"build": True, "no_build": True},
        {"abort_on_container_exit": True, "abort_on_container_failure": True},
    ],
)
def test_what_docker_compose_refuses_to_combine_is_refused(given):
    with pytest.raises(ComposekitError, match="cannot be combined"):
        check_options(options(**given))


def test_wait_implies_detach_and_an_exit_code_implies_the_end():
    waiting, coded = options(wait=True), options(exit_code_from="web")
    check_options(waiting)
    check_options(coded)

    assert waiting["detach"]
    assert coded["abort_on_container_exit"]


def test_scales_are_read_or_refused():
    assert _scales(("web=2", "api=0")) == {"web": 2, "api": 0}
    with pytest.raises(ComposekitError, match='invalid --scale option "web"'):
        _scales(("web",))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("10s", 990.0),
        ("1h", -2600.0),
        ("500", 500.0),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T00:01:00.5+00:00", 60.5),
        (None, None),
    ],
)
def test_moments_are_timestamps_or_durations_ago(text, moment):
    assert _moment(text, 1000.0) == moment


def test_what_is_no_moment_and_no_number_is_refused():
    with pytest.raises(UsageError):
        _moment("yesterday", 0.0)
    with pytest.raises(UsageError):
        _tail("many")
    assert (_tail("all"), _tail("5"), _tail("-1")) == (None, 5, None)
