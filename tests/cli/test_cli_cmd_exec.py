"""`exec` for real: environment, directory, user, exit codes, terminals, and that nothing outlives the replica."""

import socket
import subprocess
import time

import pytest

pytestmark = pytest.mark.integration


def test_the_exit_code_is_the_commands(shop):
    assert shop("exec", "web", "sh", "-c", "exit 7").returncode == 7


@pytest.mark.needs_view("files")
def test_a_command_has_the_services_environment_and_directory(shop):
    script = "echo $COLOR $SIZE $FROM_OUTSIDE; pwd"
    done = shop("exec", "-e", "SIZE=big", "-e", "FROM_OUTSIDE", "web", "sh", "-c", script, FROM_OUTSIDE="here")

    assert done.stdout == "blue big here\n/data\n"


def test_a_command_sees_the_services_files(shop):
    shop("exec", "web", "sh", "-c", "echo kept > /data/note")

    assert shop("exec", "-w", "/", "web", "cat", "/data/note").stdout == "kept\n"


def test_input_reaches_the_command_and_streams_are_told_apart(shop):
    done = subprocess.run(
        shop.runner.command(*shop.files, "exec", "-T", "web", "sh", "-c", "cat; echo oh >&2"),
        input="a\nb", capture_output=True, text=True, timeout=60, check=False, env=shop.runner.environ,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "a\nb", "oh\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("web", "no-such-program"), 126, "executable file not found in $PATH"),
        (("web", "/etc"), 126, "permission denied"),
        (("-w", "/no/such", "web", "ls"), 126, "cannot change to the directory '/no/such'"),
        (("-u", "nobody-knows", "web", "ls"), 126, "unable to find user or group nobody-knows"),
        (("job", "ls"), 1, 'service "job" is not running'),
        (("nope", "ls"), 1, 'service "nope" is not running'),
        (("--index", "2", "web", "ls"), 1, 'service "web" is not running container #2'),
        (("web",), 2, "missing argument"),
    ],
)
def test_what_cannot_be_run_is_said(shop, words, code, message):
    done = shop("exec", *words)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_a_terminal_is_passed_through(typist):
    script = "test -t 0 && test -t 1 && tty; stty size; read x; echo got $x"
    typist.start("exec", "web", "sh", "-c", script, size=(33, 77))
    seen = typist.read_until(b"33 77")
    typist.type(b"word\r")
    typist.read_until(b"got word")

    assert typist.end() == 0
    assert b"/dev/pts/" in seen
    assert typist.is_cooked()


def test_a_new_size_reaches_the_command(typist):
    typist.start("exec", "web", "sh", "-c", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done")
    typist.read_until(b"ready")
    typist.resize(21, 43)
    typist.read_until(b"21 43")
    typist.type(b"\x03")

    assert typist.end() == 130


def test_the_keys_for_leaving_let_the_command_go_on(typist):
    typist.start("exec", "web", "sh", "-c", "echo ready; read x; sleep 983")
    typist.read_until(b"ready")
    typist.type(b"\r\x10\x11")

    assert typist.end() == 0
    assert typist.is_cooked()
    _until(lambda: [line for line in typist.shop.runner.processes() if line.startswith("sleep 983")])
    typist.shop("restart", "-t", "1", "web")
    _until(lambda: not [line for line in typist.shop.runner.processes() if line.startswith("sleep 983")])


def test_a_signal_leaves_the_terminal_as_it_was(typist):
    typist.start("exec", "web", "sh", "-c", "echo ready; sleep 982")
    typist.read_until(b"ready")
    typist.process.terminate()

    assert typist.end() == 143
    assert typist.is_cooked()
    _until(lambda: not [line for line in typist.shop.runner.processes() if line.startswith("sleep 982")])


def test_a_detached_command_goes_on_and_ends_with_its_replica(shop):
    started = time.monotonic()
    assert shop("exec", "-d", "web", "sleep", "987").returncode == 0
    assert time.monotonic() - started < 30
    assert [line for line in shop.runner.processes() if line.startswith("sleep 987")]

    shop("restart", "-t", "1", "web")
    _until(lambda: not [line for line in shop.runner.processes() if line.startswith("sleep 987")])


def _until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.needs_root("users")
@pytest.mark.needs_view("users")
@pytest.mark.parametrize("kind", ["pipe", "file", "socket"])
def test_another_user_opens_the_standard_streams_by_their_names(shop, tmp_path, kind):
    command = shop.runner.command(*shop.files, "exec", "-T", "-u", "33", "web", "sh", "-c")
    words = [*command, "cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr"]
    path = tmp_path / "stream"
    path.write_text("in\n", encoding="ascii")
    path.chmod(0o600)
    mine, theirs = socket.socketpair()
    with path.open("r+b") as file, open(tmp_path / "out", "wb") as out, mine, theirs:
        streams = {"pipe": subprocess.PIPE, "file": out, "socket": theirs}
        done = subprocess.run(
            words, stdin=file, stdout=streams[kind], stderr=subprocess.PIPE, timeout=60, check=False,
            env=shop.runner.environ,
        )  # fmt: skip
        shown = {"pipe": lambda: done.stdout, "file": (tmp_path / "out").read_bytes, "socket": lambda: mine.recv(99)}

        assert (done.returncode, done.stderr, shown[kind]()) == (0, b"err\n", b"in\nout\n")
    assert path.stat().st_uid == (tmp_path / "out").stat().st_uid == 0, "the files of whoever asks stay theirs"
