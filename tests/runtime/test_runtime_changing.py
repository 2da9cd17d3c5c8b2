"""One command at a time changes a project, also when the folder of the locks comes and goes."""

import os
import threading

import pytest

from composekit.runtime.changing import changing


def nobody() -> None:
    raise AssertionError("nobody else holds the lock")


def test_a_folder_that_another_removes_just_then_is_made_again(tmp_path, monkeypatch):
    troubles = [FileNotFoundError, FileExistsError]
    real = os.makedirs

    def make(*words, **options):
        if troubles:
            raise troubles.pop()
        real(*words, **options)

    monkeypatch.setattr(os, "makedirs", make)
    with changing(str(tmp_path / "state"), "shop", nobody):
        assert troubles == []
    assert not (tmp_path / "state").exists()


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "changing").write_text("", encoding="ascii")
    with pytest.raises(FileExistsError), changing(str(tmp_path), "shop", nobody):
        pass


def test_many_take_turns(tmp_path):
    inside, seen = [], []

    def work():
        for _ in range(100):
            with changing(str(tmp_path / "state"), "shop", lambda: None):
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [1] * 400
    assert not (tmp_path / "state").exists()
