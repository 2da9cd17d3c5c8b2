import pytest

from composekit.errors import BadValue
from composekit.values.mount import BindOptions, MountSpec, VolumeOptions, parse_mount

BIND = BindOptions(create_host_path=True)
VOLUME = VolumeOptions()

MOUNTS = [
    ("/cache", MountSpec("volume", "", "/cache", volume=VOLUME)),
    ("/", MountSpec("volume", "", "/")),
    ("data:/var/lib/data", MountSpec("volume", "data", "/var/lib/data", volume=VOLUME)),
    ("data:/d:nocopy", MountSpec("volume", "data", "/d", volume=VolumeOptions(nocopy=True))),
    ("./conf:/etc/app:ro", MountSpec("bind", "./conf", "/etc/app", read_only=True, bind=BIND)),
    ("/a:/b:ro,rw", MountSpec("bind", "/a", "/b", bind=BIND)),
    ("~/x:/b", MountSpec("bind", "~/x", "/b", bind=BIND)),
    ("/a:/b:z,rslave", MountSpec("bind", "/a", "/b", bind=BindOptions("rslave", "z", create_host_path=True))),
    ("data:/b:Z", MountSpec("volume", "data", "/b", bind=BindOptions(selinux="Z"), volume=VOLUME)),
    ("/a:/b:nocopy", MountSpec("bind", "/a", "/b", bind=BIND, volume=VolumeOptions(nocopy=True))),
    ("C:\\a:D:\\b:ro", MountSpec("bind", "C:\\a", "D:\\b", read_only=True, bind=BIND)),
    ("x:/y", MountSpec("volume", "", "x:/y", volume=VOLUME)),
    ("\\\\.\\pipe\\docker:/pipe", MountSpec("bind", "\\\\.\\pipe\\docker", "/pipe", bind=BIND)),
    ("${DIR:-/a}:/b", MountSpec("volume", "${DIR:-/a}", "/b", volume=VOLUME)),
    ("app${A${B:-x}:y}:/b", MountSpec("volume", "app${A${B:-x}:y}", "/b", volume=VOLUME)),
]


@pytest.mark.parametrize(("text", "mount"), MOUNTS)
def test_a_short_form_is_a_mount(text, mount):
    assert parse_mount(text) == mount


def test_options_that_mean_nothing_are_kept_apart():
    assert parse_mount("/a:/b:ro,cached,RO").ignored == ("cached", "RO")


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [("/a/../b/", "/b"), ("//x//y/.", "/x/y"), ("/../..", "/"), ("../a/..", ".."), ("a/b/../..", "."), ("./x", "x")],
)
def test_the_target_is_cleaned(written, cleaned):
    assert parse_mount(f"data:{written}").target == cleaned


WRONG = [
    ("", 0, "a part of the mount is empty"),
    ("data:", 5, "empty"),
    (":data", 0, "empty"),
    ("data::/b", 5, "empty"),
    ("/a:/b:ro:/c", 8, "too many colons"),
    ("${DIR:/b", 8, "never closed"),
    ("data:/b\0", 5, "NUL"),
]


@pytest.mark.parametrize(("text", "offset", "message"), WRONG)
def test_what_is_wrong_is_pointed_at(text, offset, message):
    with pytest.raises(BadValue, match=message) as caught:
        parse_mount(text)

    assert caught.value.offset == offset
