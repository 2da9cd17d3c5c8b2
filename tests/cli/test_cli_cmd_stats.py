"""stats and attach."""

import json
import os
import pty
import subprocess
import termios

import pytest

from composekit.cli.attachment import key_bytes
from composekit.errors import ComposekitError
from composekit.runtime.usage import Usage, usage_row

real = pytest.mark.integration


def row(before, after, **options):
    return usage_row("shop-web-1", "0123456789abcdef", before, after, seconds=2.0, total=1 << 30, **options)


def test_a_rate_is_made_of_two_samples():
    before = Usage({1: 5.0, 2: 1.0, 4: 9.0}, 0, 0, 0)
    after = Usage({1: 5.5, 2: 1.0, 3: 0.5}, 1 << 20, 2000, 57300)

    assert row(before, after) == {
        "BlockIO": "2kB / 57.3kB",
        "CPUPerc": "50.00%",
        "Container": "0123456789abcdef",
        "ID": "0123456789ab",
        "MemPerc": "0.10%",
        "MemUsage": "1MiB / 1GiB",
        "Name": "shop-web-1",
        "NetIO": "--",
        "PIDs": "3",
    }


def test_what_does_not_run_uses_nothing():
    nothing = Usage({}, 0, 0, 0)

    assert [row(nothing, nothing)[key] for key in ("CPUPerc", "MemUsage", "PIDs")] == ["0.00%", "0B / 0B", "0"]


def test_the_first_sample_of_a_new_replica_is_no_burst():
    assert row(Usage({}, 0, 0, 0), Usage({1: 100.0}, 0, 0, 0))["CPUPerc"] == "0.00%"


@real
def test_stats_have_dockers_columns_and_keys(shop):
    table = shop("stats", "--no-stream").stdout.splitlines()
    rows = [json.loads(line) for line in shop("stats", "--no-stream", "--format", "json", "-a").stdout.splitlines()]

    assert " ".join(table[0].split()) == "CONTAINER ID NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS"
    assert [line.split()[1] for line in table[1:]] == ["shop-web-1"]
    assert [(one["Name"], one["PIDs"] != "0") for one in rows] == [("shop-job-1", False), ("shop-web-1", True)]
    assert set(rows[0]) == {"BlockIO", "CPUPerc", "Container", "ID", "MemPerc", "MemUsage", "Name", "NetIO", "PIDs"}


@real
def test_stats_go_on_until_interrupted(shop):
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        shop.runner.command(*shop.files, "stats"), stdout=theirs, stderr=theirs, env=shop.runner.environ
    ) as process:
        os.close(theirs)
        seen = b""
        while seen.count(b"\x1b[H") < 2:
            seen += os.read(mine, 4096)
        process.send_signal(2)
        assert process.wait(timeout=60) == 130


@real
def test_attach_shows_output_passes_signals_on_and_returns_the_exit_code(shop):
    files = shop.runner.project(
        """
        services:
          a:
            image: busybox
            command: sh -c "trap 'echo bye; exit 9' TERM; while true; do echo tick; sleep 0.1; done"
        """,
        "clock",
    )
    shop.runner(*files, "up", "-d")
    with subprocess.Popen(
        shop.runner.command(*files, "attach", "a"), stdout=subprocess.PIPE, text=True, env=shop.runner.environ
    ) as process:
        assert process.stdout.readline() == "tick\n"
        process.terminate()
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 9
    shop.runner(*files, "down", "-t", "1")

    assert rest.endswith("bye\n")
    assert shop("attach", "job").returncode == 1


@real
def test_attach_types_into_a_service_with_a_terminal_and_leaves_it_alone(shop):
    files = shop.runner.project(
        """
        services:
          a: {image: busybox, command: "sh -c 'read x; echo got $$x; sleep 976'", stdin_open: true, tty: true}
        """,
        "typed",
    )
    shop.runner(*files, "up", "-d")
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        shop.runner.command(*files, "attach", "a"), stdin=theirs, stdout=theirs, stderr=theirs, env=shop.runner.environ
    ) as process:
        seen = b""
        while termios.tcgetattr(theirs)[3] & termios.ICANON:  # until every key is passed on
            assert process.poll() is None
        os.write(mine, b"word\r")
        while b"got word" not in seen:
            seen += os.read(mine, 4096)
        os.write(mine, b"\x10\x11")
        assert process.wait(timeout=60) == 0
    os.close(theirs)
    left = shop.runner(*files, "ps", "--format", "{{.State}}").stdout
    shop.runner(*files, "down", "-t", "0")

    assert left == "running\n"


@pytest.mark.parametrize(
    ("text", "keys"),
    [("ctrl-p,ctrl-q", b"\x10\x11"), ("ctrl-@,x", b"\x00x"), ("ctrl-[", b"\x1b"), ("", b""), ("CTRL-A", b"\x01")],
)
def test_keys_are_named_as_in_docker(text, keys):
    assert key_bytes(text) == keys


@pytest.mark.parametrize("text", ["ctrl-", "ctrl-pq", "alt-x", "ctrl-1"])
def test_other_keys_are_refused(text):
    with pytest.raises(ComposekitError, match="invalid detach keys"):
        key_bytes(text)
