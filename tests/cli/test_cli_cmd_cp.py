"""`cp`: where things go, by docker's rules, and both ways for real."""

import io
import os
import subprocess
import tarfile

import pytest

from composekit.cli.commands.cp import split_place
from composekit.errors import ComposekitError
from composekit.runtime.copying import header_of, is_kept, pack, unpack, unpack_bare


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("web:/tmp", ("web", "/tmp")),
        ("web:data", ("web", "data")),
        ("web:", ("web", "")),
        ("/a:b", ("", "/a:b")),
        ("./a:b", ("", "./a:b")),
        ("dir/a:b", ("", "dir/a:b")),
        ("-", ("", "-")),
        ("file", ("", "file")),
    ],
)
def test_a_place_is_a_service_and_a_path_or_a_path(text, place):
    assert split_place(text) == place


@pytest.fixture
def tree(tmp_path):
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "one").write_text("1", encoding="utf-8")
    (source / "sub" / "two").write_text("22", encoding="utf-8")
    (source / "link").symlink_to("one")
    os.link(source / "one", source / "twin")
    (source / "one").chmod(0o640)
    return tmp_path


def copied(source, target, **options):
    stream = io.BytesIO()
    pack(str(source), stream, follow=options.pop("follow", False))
    stream.seek(0)
    unpack(stream, str(target), **options)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


WHOLE = ["link", "one", "sub", "sub/two", "twin"]


def test_a_directory_goes_into_one_that_exists(tree):
    (tree / "there").mkdir()
    copied(tree / "source", tree / "there")

    assert files(tree / "there") == ["source", *(f"source/{name}" for name in WHOLE)]


def test_a_directory_becomes_one_that_does_not_exist(tree):
    copied(tree / "source", tree / "new")

    assert files(tree / "new") == WHOLE
    assert (tree / "new" / "link").readlink().name == "one"
    assert (tree / "new" / "one").stat().st_mode & 0o777 == 0o640
    assert (tree / "new" / "one").samefile(tree / "new" / "twin")


def test_the_contents_alone_go_into_a_directory(tree):
    (tree / "there").mkdir()
    copied(f"{tree}/source/.", tree / "there")

    assert files(tree / "there") == WHOLE


def test_a_file_goes_into_a_directory_or_takes_a_name(tree):
    (tree / "there").mkdir()
    copied(tree / "source" / "one", tree / "there")
    copied(tree / "source" / "one", tree / "named")
    copied(tree / "source" / "sub" / "two", tree / "named")

    assert files(tree / "there") == ["one"]
    assert (tree / "named").read_text(encoding="utf-8") == "22"


def test_a_link_is_followed_on_demand(tree):
    copied(tree / "source" / "link", tree / "kept")
    copied(tree / "source" / "link", tree / "followed", follow=True)

    assert (tree / "kept").is_symlink()
    assert (tree / "followed").read_text(encoding="utf-8") == "1"
    assert not (tree / "followed").is_symlink()


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("source/nope", "x", "cannot read .*no such file"),
        ("source", "source/one", "cannot copy a directory over the file"),
        ("source/one", "no/such/place", "there is no directory"),
        ("source/one", "missing/", "there is no directory"),
    ],
)
def test_what_cannot_be_copied_is_said(tree, source, target, message):
    with pytest.raises(ComposekitError, match=message):
        copied(tree / source, f"{tree}/{target}")


def test_an_archive_that_climbs_out_is_refused(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("../evil"), io.BytesIO())
    stream.seek(0)
    (tmp_path / "in").mkdir()
    with pytest.raises(ComposekitError, match="outside"):
        unpack_bare(stream, str(tmp_path / "in"))

    assert not (tmp_path / "evil").exists()


def test_what_is_no_archive_is_refused(tmp_path):
    with pytest.raises(ComposekitError, match="not a tar archive"):
        unpack_bare(io.BytesIO(b"text" * 300), str(tmp_path))
    with pytest.raises(ComposekitError, match="nothing came"):
        header_of(io.BytesIO())


@pytest.mark.integration
def test_files_go_in_and_out(shop, tmp_path):
    (tmp_path / "note").write_text("hello", encoding="utf-8")

    assert shop("cp", tmp_path / "note", "web:/data").returncode == 0
    assert shop("exec", "web", "cat", "/data/note").stdout == "hello"
    assert shop("cp", "web:/data/note", tmp_path / "back").returncode == 0
    assert (tmp_path / "back").read_text(encoding="utf-8") == "hello"


@pytest.mark.needs_view("files")
@pytest.mark.needs_root("files")
@pytest.mark.integration
def test_what_is_copied_into_the_view_does_not_reach_the_machine(shop, tmp_path):
    (tmp_path / "composekit-was-here").write_text("x", encoding="utf-8")
    shop("cp", tmp_path / "composekit-was-here", "web:/etc/")

    assert shop("exec", "web", "ls", "/etc/composekit-was-here").returncode == 0
    assert not os.path.exists("/etc/composekit-was-here")


@pytest.mark.integration
def test_archives_go_through_pipes(shop, tmp_path):
    shop("exec", "web", "sh", "-c", "mkdir -p /data/d && echo x > /data/d/f")
    command = shop.runner.command(*shop.files, "cp", "web:/data/d", "-")
    out = subprocess.run(command, capture_output=True, check=True, env=shop.runner.environ).stdout
    with tarfile.open(fileobj=io.BytesIO(out)) as tar:
        assert tar.getnames() == ["d", "d/f"]
    shop("exec", "web", "mkdir", "/data/e")
    command = shop.runner.command(*shop.files, "cp", "-", "web:/data/e")
    subprocess.run(command, input=out, check=True, env=shop.runner.environ, capture_output=True)

    assert shop("exec", "web", "cat", "/data/e/d/f").stdout == "x\n"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a", "b"), "unknown copy direction"),
        (("web:/a", "job:/b"), "copying between services is not supported"),
        (("web:", "b"), "source can not be empty"),
        (("no-such-file", "web:/data"), "no file or directory 'no-such-file'"),
        (("web:/no/such", "x"), "cannot read '/no/such': no such file or directory"),
        (("/etc/hostname", "web:/no/such/place"), "there is no directory '/no/such'"),
        (("nope:/x", "y"), 'no container found for service "nope"'),
        (("--index", "4", "web:/x", "y"), 'service "web" is not running container #4'),
    ],
)
def test_mistakes_are_said(shop, words, message):
    done = shop("cp", *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


@pytest.mark.needs_view("files")
@pytest.mark.needs_root("files")
@pytest.mark.integration
def test_files_of_what_does_not_run_are_copied_both_ways(shop, tmp_path):
    files = shop.runner.project(
        """
        services:
          a:
            image: busybox
            command: sh -c 'cat /in; echo from inside > /out; echo kept > /data/f'
            volumes: ["d:/data"]
        volumes: {d: {}}
        """,
        "stopped-copy",
    )
    (tmp_path / "in").write_text("from outside\n", encoding="utf-8")
    shop.runner(*files, "create")
    given = shop.runner(*files, "cp", tmp_path / "in", "a:/in")
    shop.runner(*files, "start")
    shop.runner(*files, "wait", "a")
    taken = [shop.runner(*files, "cp", f"a:{place}", "-").stdout for place in ("/out", "/data/f")]
    log = shop.runner(*files, "logs", "--no-log-prefix").stdout
    shop.runner(*files, "down", "-v")

    assert (given.returncode, log) == (0, "from outside\n")
    assert ["from inside" in taken[0], "kept" in taken[1]] == [True, True]
    assert not os.path.exists("/in")
    assert not os.path.exists("/out")


MOUNTS = [
    {"kind": "bind", "target": "/data"},
    {"kind": "tmpfs", "target": "/data/tmp"},
    {"kind": "tmpfs", "target": "/run"},
]


@pytest.mark.parametrize(
    ("view", "path", "kept"),
    [
        ({"kind": "overlay", "mounts": MOUNTS}, "/etc/passwd", True),
        ({"kind": "skeleton", "mounts": MOUNTS}, "/etc/passwd", False),
        ({"kind": "skeleton", "mounts": MOUNTS, "layers": ["a"]}, "/etc/passwd", True),
        ({"kind": "skeleton", "mounts": MOUNTS}, "/data", True),
        ({"kind": "skeleton", "mounts": MOUNTS}, "/data/x/../y", True),
        ({"kind": "skeleton", "mounts": MOUNTS}, "/database", False),
        ({"kind": "overlay", "mounts": MOUNTS}, "/data/tmp/x", False),
        ({"kind": "overlay", "mounts": MOUNTS}, "/run", False),
        ({"kind": "none"}, "/etc/passwd", True),
    ],
)
def test_what_is_kept_of_a_view_whose_processes_have_ended(view, path, kept):
    assert is_kept(view, path) is kept
