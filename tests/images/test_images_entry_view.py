import os
import subprocess
import sys

import pytest

import composekit.images.entry
from composekit.errors import ComposekitError
from composekit.images.entry.node import with_node
from composekit.images.entry.view import View, from_file, read_view, without_own

ENTRY = os.path.dirname(composekit.images.entry.__file__)


def test_the_longest_prefix_wins():
    view = View({"/data": "/a", "/data/sub": "/b", "/data/sub/file": "/c"})

    assert view.provided("/data") == "/a"
    assert view.provided("/data/x/y") == "/a/x/y"
    assert view.provided("/data/sub/x") == "/b/x"
    assert view.provided("/data/sub/file") == "/c"
    assert view.provided("/data/subway") == "/a/subway"
    assert view.provided("/database") is None
    assert View({"/": "/root"}).provided("/etc/x") == "/root/etc/x"


def test_what_is_not_provided_is_read_from_the_machine_and_written_to_the_scratch_directory():
    view = View({"/data": "/a"}, scratch="/scratch")

    assert view.reading("/etc/hosts") == "/etc/hosts"
    assert view.writable("/var/log/x.log") == "/scratch/var/log/x.log"
    assert view.writable("/data/x") == "/a/x"
    assert View({}).writable("/var/log/x.log") == "/var/log/x.log"


def test_a_directory_with_files_put_into_it_is_assembled(tmp_path):
    for name in ("html", "extra", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "html" / "index.html").write_text("own")
    (tmp_path / "html" / "other.html").write_text("other")
    (tmp_path / "new.html").write_text("new")
    paths = {"/www": "html", "/www/index.html": "new.html", "/www/img/deep": "extra"}
    view = View({path: str(tmp_path / name) for path, name in paths.items()}, scratch=str(tmp_path / "scratch"))

    for _ in range(2):  # putting it together again changes nothing
        directory = view.reading("/www")

        assert sorted(os.listdir(directory)) == ["img", "index.html", "other.html"]
        with open(os.path.join(directory, "index.html"), encoding="utf-8") as file:
            assert file.read() == "new"
        assert os.listdir(os.path.join(directory, "img")) == ["deep"]


def test_a_listing_shows_a_directorys_files_and_those_put_into_it(tmp_path):
    (tmp_path / "02.sql").write_text("")
    view = View({"/init": str(tmp_path), "/init/01.sql": "/elsewhere/x.sql", "/init/deep/y": "/y"})

    assert view.listing("/init") == {"01.sql": "/elsewhere/x.sql", "02.sql": str(tmp_path / "02.sql")}
    assert view.listing("/nothing") == {}


@pytest.mark.parametrize(
    ("word", "real"),
    [
        ("/etc/app/x.conf", "/conf/x.conf"),
        ("config_file=/etc/app/x.conf", "config_file=/conf/x.conf"),
        ("--file=/etc/app/x.conf", "--file=/conf/x.conf"),
        ("/etc/other", "/etc/other"),
        ("http://host/etc/app", "http://host/etc/app"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_provided_paths_in_arguments_are_replaced(word, real):
    assert View({"/etc/app": "/conf"}).argument(word) == real


def test_the_variables_are_read_and_taken_out():
    environ = {
        "COMPOSEKIT_PATHS": '{"/data/": "/a"}',
        "COMPOSEKIT_SCRATCH": "/s",
        "COMPOSEKIT_ADDRESS": "127.83.0.5, 127.83.1.5",
        "COMPOSEKIT_DNS": "127.83.0.1",
        "HOME": "/",
    }
    view = read_view(environ)

    assert (view.paths, view.scratch, view.addresses) == ({"/data": "/a"}, "/s", ("127.83.0.5", "127.83.1.5"))
    assert without_own(environ) == {"HOME": "/"}
    assert read_view({}).addresses == ()


@pytest.mark.parametrize("text", ["[]", "{", '{"/a": 1}'])
def test_a_broken_mapping_is_refused(text):
    with pytest.raises(ComposekitError, match="COMPOSEKIT_PATHS"):
        read_view({"COMPOSEKIT_PATHS": text})


def test_a_secret_is_read_from_its_file_in_the_image(tmp_path):
    (tmp_path / "password").write_text("geheim\n")
    view = View({"/run/secrets/password": str(tmp_path / "password")})

    assert from_file({"P_FILE": "/run/secrets/password"}, "P", view) == "geheim"
    assert from_file({"P": "open"}, "P", view) == "open"
    assert from_file({}, "P", view, "default") == "default"
    with pytest.raises(ComposekitError, match="both 'P' and 'P_FILE' are set"):
        from_file({"P": "x", "P_FILE": "/y"}, "P", view)
    with pytest.raises(ComposekitError, match="cannot be read: No such file"):
        from_file({"P_FILE": "/run/secrets/other"}, "P", View({"/run/secrets": str(tmp_path)}))


def test_node_runs_what_is_no_program(tmp_path):
    plain, program = tmp_path / "server.js", tmp_path / "tool"
    plain.write_text("")
    program.write_text("")
    program.chmod(0o755)

    assert with_node(["--version"], "") == ["node", "--version"]
    assert with_node(["server.js"], "") == ["node", "server.js"]
    assert with_node([str(plain)], "") == ["node", str(plain)]
    assert with_node(["tool", "x"], str(tmp_path)) == ["tool", "x"]
    assert with_node([], "") == ["node"]


def run_entry(*arguments, **environ):
    command = [sys.executable, "-I", ENTRY, *arguments]
    return subprocess.run(command, env={"PATH": os.defpath, **environ}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["nginx", "node", "postgres", "redis"])
def test_another_command_is_simply_run(name):
    ran = run_entry(name, "/nowhere/program", "sh", "-c", "echo $0 $HELLO; exit 3", HELLO="there")

    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "sh there\n", "")


def test_the_real_program_does_not_see_our_variables():
    ran = run_entry("node", "/usr/bin/node", "env", COMPOSEKIT_SCRATCH="/s", COMPOSEKIT_PATHS="{}", HELLO="there")

    assert sorted(ran.stdout.split()) == sorted(["HELLO=there", f"PATH={os.defpath}"])


def test_a_program_that_is_not_there_is_said_with_the_shells_exit_code():
    ran = run_entry("redis", "/nowhere/redis-server", "nothing-of-that-name")

    assert (ran.returncode, ran.stdout) == (127, "")
    assert ran.stderr == "redis: 'nothing-of-that-name' cannot be started: No such file or directory\n"


def test_an_unknown_entry_shows_the_known_ones():
    assert run_entry("nothing", "x").stderr.startswith("usage: entry adminer|alpine-tool|")


def test_only_files_that_a_service_wrote_on_its_own_root_since_it_started_are_its_own(tmp_path):
    own, empty = tmp_path / "own", tmp_path / "empty"
    own.write_text("x")
    empty.touch()

    assert View({}, has_root=True).written(str(own)) == str(own)
    assert View({}, has_root=True).written(str(empty)) is None
    assert View({}, has_root=True).written("/proc/self/nothing") is None
    assert View({}).written(str(own)) is None
    assert read_view({"COMPOSEKIT_SCRATCH": "/run/composekit/scratch"}).has_root
    assert not read_view({"COMPOSEKIT_SCRATCH": str(tmp_path)}).has_root


def test_files_from_before_the_first_process_are_the_machines(tmp_path, monkeypatch):
    (tmp_path / "old").write_text("x")
    monkeypatch.setattr("composekit.images.entry.view._began", lambda: (tmp_path / "old").stat().st_ctime + 60)

    assert View({}, has_root=True).written(str(tmp_path / "old")) is None
