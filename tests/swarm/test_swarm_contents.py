import os
import stat

import pytest

from composekit.swarm.contents import needs_files, private_folder, write_contents


@pytest.fixture
def plan(convert):
    return convert("""
        services: {web: {image: x, secrets: [key]}}
        secrets: {key: {environment: API_TOKEN}}
    """).plan


def test_contents_are_readable_by_their_owner_only(plan, tmp_path):
    folder = str(tmp_path / "deep" / "down")
    (path,) = write_contents(plan, folder)
    with open(path, "rb") as file:
        assert file.read() == b"t0ken"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_writing_twice_writes_the_same_files(plan, tmp_path):
    first = write_contents(plan, str(tmp_path))
    assert write_contents(plan, str(tmp_path)) == first
    assert len(os.listdir(tmp_path)) == 2  # the Compose file beside it


def test_a_link_in_the_place_of_a_file_is_not_followed(plan, tmp_path):
    (path,) = write_contents(plan, str(tmp_path / "folder"))
    os.unlink(path)
    os.symlink(tmp_path / "elsewhere", path)
    with pytest.raises(OSError, match="symbolic link"):
        write_contents(plan, str(tmp_path / "folder"))
    assert not (tmp_path / "elsewhere").exists()


def test_a_stack_of_files_needs_no_others(convert):
    assert not needs_files(convert("services: {web: {image: x}}").plan)


def test_a_private_folder_is_made_once(tmp_path):
    folder = private_folder(str(tmp_path), os.getuid())
    assert private_folder(str(tmp_path), os.getuid()) == folder
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_a_private_folder_is_never_a_link(tmp_path):
    os.symlink(tmp_path, tmp_path / f"composekit-stacks-{os.getuid()}")
    with pytest.raises(PermissionError):
        private_folder(str(tmp_path), os.getuid())
