"""Finding places under a root without leaving it."""

import os

import pytest

from composekit.sandbox.tree import Own, inside, make_place


def test_a_plain_path(tmp_path):
    assert inside(str(tmp_path), "/a/b") == f"{tmp_path}/a/b"


def test_an_absolute_link_stays_under_the_root(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "run").symlink_to("/run")

    assert inside(str(tmp_path), "/var/run/x.pid") == f"{tmp_path}/run/x.pid"


def test_a_relative_link_and_dots_stay_under_the_root(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to("../../../../b")

    assert inside(str(tmp_path), "/a/up/c") == f"{tmp_path}/b/c"
    assert inside(str(tmp_path), "/../../etc") == f"{tmp_path}/etc"


def test_links_that_go_round_are_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(OSError, match="too many symbolic links"):
        inside(str(tmp_path), "/a/x")


def test_a_missing_directory_is_made(tmp_path):
    place = make_place(str(tmp_path), "/srv/app/data", directory=True, own=Own(str(tmp_path)))

    assert os.path.isdir(place)


def test_a_missing_file_is_made_with_the_directories_above(tmp_path):
    place = make_place(str(tmp_path), "/run/secrets/key", directory=False, own=Own(str(tmp_path)))

    assert os.path.isfile(place)


@pytest.mark.parametrize("directory", [True, False])
def test_a_target_of_the_other_kind_is_refused(tmp_path, directory):
    (tmp_path / "dir").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="cannot mount a"):
        make_place(str(tmp_path), "/file" if directory else "/dir", directory=directory, own=Own(str(tmp_path)))


def test_in_a_mount_that_was_asked_for_directories_may_be_made(tmp_path):
    own = Own(str(tmp_path))
    own.devices.clear()
    own.mounts.append(f"{tmp_path}/app")

    assert own.may_write(f"{tmp_path}/app/x")
    assert not own.may_write(str(tmp_path))
