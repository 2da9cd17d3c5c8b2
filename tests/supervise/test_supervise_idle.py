"""Who certainly does nothing until its end, and who may."""

import os
import subprocess
import time

import pytest

from composekit.supervise import idle, process

COMMANDS = [
    (["sleep", "infinity"], 3600, True),
    (["sleep", "inf"], 3600, True),
    (["sleep", "1d"], 3600, True),
    (["sleep", "0.5h", "40m"], 3600, True),
    (["/bin/sleep", "3700"], 3600, True),
    (["sleep", "3600"], 3600, False),
    (["sleep", "3"], 10, False),
    (["sleep", "--help"], 1, False),
    (["sleep"], 0, False),
    (["tail", "-f", "/dev/null"], 3600, True),
    (["tail", "-F", "/dev/null"], 3600, True),
    (["tail", "/dev/null", "-f"], 3600, True),
    (["tail", "-f", "/var/log/messages"], 1, False),
    (["tail", "-f", "/dev/null", "/tmp/x"], 1, False),
    (["sh", "-c", "sleep infinity"], 1, False),
    (["serve", "infinity"], 1, False),
]


@pytest.fixture
def first(monkeypatch):
    """A process that is deaf and alone, with the words given."""

    def make(words, *, program=None, age=1.0, deaf=True, alone=True):
        monkeypatch.setattr(process, "words_of", lambda _pid: words)
        monkeypatch.setattr(process, "program_of", lambda _pid: program or f"/usr/bin/{os.path.basename(words[0])}")
        monkeypatch.setattr(process, "is_deaf", lambda _pid, number: deaf and number == 15)
        monkeypatch.setattr(process, "is_alone", lambda _pid: alone)
        monkeypatch.setattr(idle, "_age", lambda _pid: age)

    return make


@pytest.mark.parametrize(("words", "seconds", "expected"), COMMANDS, ids=str)
def test_only_programs_that_certainly_outlast_the_time_only_wait(first, words, seconds, expected):
    first(words)

    assert idle.only_waits(7, 15, seconds) is expected


@pytest.mark.parametrize(
    "facts", [{"deaf": False}, {"alone": False}, {"program": "/app/sleep-and-save"}, {"age": 90000.0}], ids=str
)
def test_what_may_still_do_something_does_not_only_wait(first, facts):
    first(["sleep", "1d"], **facts)

    assert not idle.only_waits(7, 15, 10)


def test_a_program_of_many_is_what_its_first_word_says(first):
    first(["sleep", "1d"], program="/usr/bin/busybox")

    assert idle.only_waits(7, 15, 10)


@pytest.mark.skipif(not process.HAS_PROC, reason="only Linux tells")
def test_facts_about_a_real_process():
    with subprocess.Popen(["sleep", "1000"]) as child:
        try:
            deadline = time.monotonic() + 60
            while process.words_of(child.pid) != ["sleep", "1000"]:  # it is there before its words are
                assert time.monotonic() < deadline
            assert idle._age(child.pid) < 60
            assert not process.is_first(child.pid)
            assert not process.is_alone(child.pid)
            assert not idle.only_waits(child.pid, 15, 1), "who is not the first of a space hears every signal"
        finally:
            child.kill()
