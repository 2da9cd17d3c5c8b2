"""Visits to a running replica: what is run there, and what its guard tells; and the processes of a replica."""

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from composekit.errors import ComposekitError
from composekit.runtime.trees import facts_of, members
from composekit.runtime.visit import NOT_RUNNABLE, Visit, Visitor, _explain, begin, host_of, plan_visit
from composekit.supervise.home import Home
from composekit.supervise.process import is_stopped
from composekit.supervise.spec import ProcessSpec

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="views and /proc are Linux's")

SPEC = ProcessSpec(
    "shop-web-1", "web", 1, ("serve",), env={"A": "1", "B": "2"}, cwd="/app", view={"kind": "none", "user": [5, 5, [5]]}
)


def test_a_visit_has_what_the_service_has():
    visit = plan_visit((SPEC, 7), ["ls"], env={})

    assert (visit.pid, visit.argv, visit.env, visit.cwd) == (7, ("ls",), {"A": "1", "B": "2"}, "/app")
    assert visit.view == {"kind": "none", "user": [5, 5, [5]], "cwd": "/app"}


def test_a_visit_may_have_another_environment_directory_and_user():
    visit = plan_visit((SPEC, 7), ["ls"], env={"B": "x", "C": "3"}, cwd="tmp", user=(1, 2, [2, 3]))

    assert visit.env == {"A": "1", "B": "x", "C": "3"}
    assert (visit.cwd, visit.view["cwd"], visit.view["user"]) == ("/tmp", "/tmp", [1, 2, [2, 3]])


def told(text: bytes) -> Visitor:
    read, write = os.pipe()
    os.write(write, text)
    os.close(write)
    visitor = Visitor(read)
    visitor.wait()
    os.close(read)
    return visitor


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (b"pid 12\nexit 3\n", (12, 3, "")),
        (b"error cannot run 'x'\nexit 126\n", (None, 126, "cannot run 'x'")),
        (b"pid 12\n", (12, 137, "it was killed")),
        (b"", (None, 137, "it was killed")),
    ],
)
def test_a_guards_words_are_understood(text, facts):
    visitor = told(text)

    assert (visitor.pid, visitor.code, visitor.trouble) == facts


def test_what_does_not_run_cannot_be_visited(tmp_path):
    with pytest.raises(ComposekitError, match="container shop-web-1 is not running"):
        host_of(Home(str(tmp_path), "shop", str(tmp_path)), "shop-web-1")


@pytest.fixture
def host():
    with subprocess.Popen(["sleep", "979"]) as process:
        yield process
        process.kill()


def visit(host, *words, cwd="/"):
    return Visit(host.pid, words, dict(os.environ), cwd, {"kind": "none"})


@linux
@pytest.mark.integration
def test_a_visitors_output_and_exit_code_come_back(host):
    read, write = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    visitor = begin(visit(host, "sh", "-c", "echo hi; exit 5"), (null, write, write))
    os.close(write)
    visitor.wait()
    with os.fdopen(read, "rb") as out:
        assert (out.read(), visitor.code, visitor.trouble) == (b"hi\n", 5, "")
    os.close(null)
    os.close(visitor.report)


@linux
@pytest.mark.integration
@pytest.mark.parametrize(
    ("words", "cwd", "trouble"),
    [
        (("no-such-program",), "/", "cannot run 'no-such-program': executable file not found in $PATH"),
        (("/etc",), "/", "cannot run '/etc': permission denied"),
        (("ls",), "/no/such", "cannot change to the directory '/no/such': no such file or directory"),
    ],
)
def test_what_cannot_be_run_is_explained(host, words, cwd, trouble):
    null = os.open(os.devnull, os.O_RDWR)
    visitor = begin(visit(host, *words, cwd=cwd), (null, null, null))
    visitor.wait()
    os.close(null)
    os.close(visitor.report)

    assert (visitor.code, visitor.trouble) == (NOT_RUNNABLE, trouble)


@linux
@pytest.mark.integration
def test_a_visitor_is_signalled_with_its_group_and_ends_with_its_host(host):
    null = os.open(os.devnull, os.O_RDWR)
    first = begin(visit(host, "sleep", "978"), (null, null, null))
    first.wait(started=True)
    first.send(signal.SIGTERM)
    first.wait()
    second = begin(visit(host, "sh", "-c", "trap '' TERM; setsid sleep 977 & wait"), (null, null, null))
    second.wait(started=True)
    host.kill()
    second.wait()
    os.close(null)
    os.close(first.report)
    os.close(second.report)

    assert (first.code, second.code) == (128 + signal.SIGTERM, 128 + signal.SIGKILL)


@linux
def test_facts_of_processes_are_the_kernels():
    (mine,) = facts_of([os.getpid(), 0])

    assert (mine.pid, mine.ppid) == (os.getpid(), os.getppid())
    assert mine.memory > 1 << 20
    assert mine.state in ("R", "S")
    assert "python" in mine.words


def test_what_does_not_run_has_no_processes(tmp_path):
    assert members(Home(str(tmp_path), "shop", str(tmp_path)), "shop-web-1") == []


@linux
@pytest.mark.integration
def test_a_process_that_stands_still_is_known(host):
    assert not is_stopped(host.pid)
    host.send_signal(signal.SIGSTOP)
    os.waitpid(host.pid, os.WUNTRACED)
    assert is_stopped(host.pid)
    assert not is_stopped(0)


def test_a_folder_of_path_that_may_not_be_looked_into_hides_no_other_reason(tmp_path):
    (tmp_path / "closed-program").write_text("")
    denied = PermissionError(errno.EACCES, "Permission denied")
    visit = Visit(1, ("no-such-program",), {"PATH": f"/nowhere:{tmp_path}"}, "/", {})

    assert "not found in $PATH" in _explain(visit, denied)
    assert "permission denied" in _explain(replace(visit, argv=("closed-program",)), denied)
    assert "permission denied" in _explain(replace(visit, argv=("/etc",)), denied)
