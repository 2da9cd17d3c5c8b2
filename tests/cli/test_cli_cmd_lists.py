"""What ls, images, volumes, port, top, scale and create print and return."""

import json
import re
import time

import pytest
from test_cli_cmd_events import connections

from composekit.cli.commands.ls import _names
from composekit.cli.commands.top import _terminal, process_cells
from composekit.cli.formats import aligned
from composekit.errors import ComposekitError, UsageError
from composekit.runtime.sizes import binary_size, decimal_size
from composekit.runtime.trees import Facts

real = pytest.mark.integration


@real
def test_ls_counts_what_runs_and_with_all_what_does_not(shop):
    file = shop.files[1]

    assert shop("ls").stdout.splitlines() == [
        "NAME                STATUS              CONFIG FILES",
        f"shop                running(1)          {file}",
    ]
    assert json.loads(shop("ls", "-a", "--format", "json").stdout) == [
        {"Name": "shop", "Status": "exited(1), running(1)", "ConfigFiles": file}
    ]


@real
def test_ls_filters_by_name_and_prints_names_alone(shop):
    assert shop("ls", "-q", "--filter", "name=ho").stdout == "shop\n"
    assert shop("ls", "-q", "--filter", "name=^other").stdout == ""
    assert shop("ls", "--format", "{{.Name}}: {{.Status}}").stdout == "shop: running(1)\n"


@real
def test_images_have_dockers_columns_and_keys(shop):
    lines = shop("images").stdout.splitlines()

    assert re.split(r"\s{2,}", lines[0]) == [
        "CONTAINER",
        "REPOSITORY",
        "TAG",
        "PLATFORM",
        "IMAGE ID",
        "SIZE",
        "CREATED",
    ]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["shop-job-1", "busybox", "latest"],
        ["shop-web-1", "busybox", "latest"],
    ]
    (one,) = json.loads(shop("images", "--format", "json", "web").stdout)
    assert list(one) == ["ID", "ContainerName", "Repository", "Tag", "Platform", "Size", "LastTagTime"]
    assert shop("images", "-q").stdout.strip() == one["ID"].removeprefix("sha256:")


@real
def test_volumes_have_dockers_columns_and_keys(shop):
    assert shop("volumes").stdout == "DRIVER    VOLUME NAME\nlocal     shop_data\n"
    assert shop("volumes", "-q", "job").stdout == ""
    one = json.loads(shop("volumes", "--format", "json").stdout)
    assert list(one) == [
        "Availability", "Driver", "Group", "Labels", "Links", "Mountpoint", "Name", "Scope", "Size", "Status",
    ]  # fmt: skip
    assert shop("volumes", "nope").returncode == 1


@pytest.mark.needs_view("processes")
@real
def test_top_shows_processes_of_running_replicas_with_what_exec_started(shop):
    shop("exec", "-d", "web", "sleep", "984")
    lines = shop("top").stdout.splitlines()

    assert lines[0].split() == ["SERVICE", "#", "UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    commands = [line[lines[0].index("CMD") :] for line in lines[1:]]
    assert commands[0] == "sleep 1000"
    assert "sleep 984" in commands
    assert shop("top", "job").stdout == ""


@real
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("port", "web", "81"), "no port 81/tcp for container shop-web-1"),
        (("port", "job", "81"), 'service "job" is not running'),
        (("port", "web", "x"), "'x' is not a port number"),
        (("scale", "web"), "invalid scale specifier: web"),
        (("scale", "web=x"), "invalid scale specifier: web=x"),
        (("scale", "nope=1"), "no such service: nope"),
        (("create", "nope"), "no such service: nope"),
        (("create", "--force-recreate", "--no-recreate"), "--force-recreate and --no-recreate are incompatible"),
        (("wait", "job"), 'no containers for project "shop"'),
    ],
)
def test_mistakes_are_said_with_exit_code_1(shop, words, message):
    done = shop(*words)

    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


@real
def test_published_ports_scale_and_wait(shop):
    files = shop.runner.project(
        """
        services:
          a: {image: busybox, command: sleep 983, ports: ["80", "127.0.0.1::53/udp"]}
          b: {image: busybox, command: sh -c "until test -e /own/go; do sleep 0.02; done; exit 6", volumes: ["/own"]}
        """,
        "ports",
    )
    assert shop.runner(*files, "create").returncode == 0
    assert {
        one["State"] for one in map(json.loads, shop.runner(*files, "ps", "-a", "--format", "json").stdout.splitlines())
    } == {"created"}
    shop.runner(*files, "up", "-d")
    while connections(shop.runner):
        time.sleep(0.01)
    with shop.runner.start(*files, "wait", "b") as waiting:
        while not connections(shop.runner):
            assert waiting.poll() is None
            time.sleep(0.01)
        shop.runner(*files, "exec", "b", "touch", "/own/go")
        waited, _ = waiting.communicate(timeout=60)
    tcp = shop.runner(*files, "port", "a", "80").stdout
    udp = shop.runner(*files, "port", "--protocol", "udp", "a", "53").stdout
    shop.runner(*files, "scale", "a=3")
    three = shop.runner(*files, "ps", "--format", "{{.Name}}").stdout.split()
    shop.runner(*files, "scale", "a=1")
    one = shop.runner(*files, "ps", "-q").stdout.split()
    shop.runner(*files, "down", "-t", "0")

    assert (
        waiting.returncode,
        bool(re.fullmatch('container "[0-9a-f]{64}" exited with status code 6\n', waited)),
    ) == (6, True)
    assert re.fullmatch(r"0\.0\.0\.0:\d+\n", tcp)
    assert re.fullmatch(r"127\.0\.0\.1:\d+\n", udp)
    assert three == ["ports-a-1", "ports-a-2", "ports-a-3"]
    assert len(one) == 1


FACTS = Facts(pid=0, ppid=7, state="S", tty=0x8803, cpu=3725.5, started=100.0, memory=0, words="sleep 1")


def test_a_process_is_shown_as_ps_does():
    cells = process_cells(FACTS, boot=1_700_000_000.0, now=1_700_010_000.0)

    assert cells[1:4] == ("0", "7", "37")
    assert cells[5:] == ("pts/3", "01:02:05", "sleep 1")


def test_old_processes_show_the_day_of_their_start():
    assert process_cells(FACTS, boot=1_700_000_000.0, now=1_800_000_000.0)[4] in ("Nov14", "Nov15")


@pytest.mark.parametrize(("device", "name"), [(0, "?"), (0x8800, "pts/0"), (0x8901, "pts/257"), (0x0401, "tty1")])
def test_terminals_are_named(device, name):
    assert _terminal(device) == name


@pytest.mark.parametrize(
    ("size", "binary", "decimal"),
    [
        (0, "0B", "0B"),
        (932, "932B", "932B"),
        (331776, "324KiB", "332kB"),
        (25275990016, "23.54GiB", "25.3GB"),
        (1984132, "1.892MiB", "1.98MB"),
    ],
)
def test_sizes_are_in_dockers_words(size, binary, decimal):
    assert (binary_size(size), decimal_size(size)) == (binary, decimal)


def test_columns_are_as_wide_as_what_stands_in_them():
    assert aligned([("A", "B"), ("long", "x")], least=4, gap=2) == "A     B\nlong  x\n"
    assert aligned([], least=4, gap=2) == ""


def test_filters_of_ls_are_checked():
    assert _names(("name=a", "name=b")) == ["a", "b"]
    with pytest.raises(UsageError, match="KEY=VAL"):
        _names(("name",))
    with pytest.raises(ComposekitError, match="invalid filter 'state'"):
        _names(("state=x",))
    with pytest.raises(ComposekitError, match="is not a pattern"):
        _names(("name=(",))
