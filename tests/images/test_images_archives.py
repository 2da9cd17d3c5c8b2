"""Archives, unpacked with Python's own filters and without them, as Debian 12's Python has none."""

import io
import os
import tarfile

import pytest

from composekit.images import archives
from composekit.images.archives import unpack_inside


@pytest.fixture(params=["filters", "none"], autouse=True)
def filters(request, monkeypatch):
    if request.param == "none":
        monkeypatch.setattr(archives, "_has_filters", lambda: False)


def archive(*members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, link, 0o755
            made.addfile(member, io.BytesIO(b""))
    file.seek(0)
    return tarfile.open(fileobj=file)


def test_files_directories_and_links_that_stay_inside_are_unpacked(tmp_path):
    members = [("d", tarfile.DIRTYPE, ""), ("d/f", tarfile.REGTYPE, ""), ("d/s", tarfile.SYMTYPE, "f"),
               ("h", tarfile.LNKTYPE, "d/f")]  # fmt: skip
    with archive(*members) as opened:
        unpack_inside(opened, str(tmp_path / "in"))

    assert sorted(os.listdir(tmp_path / "in" / "d")) == ["f", "s"]
    assert os.readlink(tmp_path / "in" / "d" / "s") == "f"
    assert os.path.samefile(tmp_path / "in" / "h", tmp_path / "in" / "d" / "f")


@pytest.mark.parametrize(
    "members",
    [
        [("../out", tarfile.REGTYPE, "")],
        [("s", tarfile.SYMTYPE, "../out")],
        [("s", tarfile.SYMTYPE, "/etc")],
        [("h", tarfile.LNKTYPE, "../../etc/passwd")],
        [("p", tarfile.FIFOTYPE, "")],
    ],
)
def test_what_leaves_the_directory_or_is_special_is_refused(members, tmp_path):
    (tmp_path / "in").mkdir()
    with archive(*members) as opened, pytest.raises(tarfile.TarError):
        unpack_inside(opened, str(tmp_path / "in"))
    assert os.listdir(tmp_path) == ["in"]
