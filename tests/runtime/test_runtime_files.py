"""Volumes, tmpfs mounts, configs and secrets of services, as mounts and as what must exist first."""

import os

import pytest

from composekit.errors import ComposekitError
from composekit.runtime.disk import materialize
from composekit.runtime.translate import Translation

BASE = "services:\n  web: {image: alpine, command: env"


@pytest.fixture
def as_root(machine, translated):
    def make(text, files=None, **environment):
        for key, value in {"uid": 0, "gid": 0}.items():
            object.__setattr__(machine, key, value)  # the fixture's own, for this test
        return translated(text, files, view="overlay", **environment)

    return make


def mount_at(found, target, name="web-1"):
    return next(one for one in found.specs[name].view["mounts"] if one["target"] == target)


def test_a_missing_external_volume_is_an_error_that_says_what_to_make(translated, machine):
    text = BASE + ", volumes: ['data:/data']}\nvolumes: {data: {external: true, name: shared}}\n"
    found = translated(text, view="skeleton")
    problem = next(iter(found.report))

    assert found.codes == ["CK917"]
    assert problem.message == "external volume 'shared' not found"
    assert problem.hint == f"make its directory: mkdir -p '{machine.root}/volumes/shared'"
    os.makedirs(f"{machine.root}/volumes/shared")
    assert translated(text, view="skeleton").codes == []


def test_a_volume_can_be_a_directory_of_the_machine(translated, tmp_path):
    options = f"{{type: none, o: bind, device: {tmp_path}/here}}"
    text = BASE + f", volumes: ['data:/data']}}\nvolumes: {{data: {{driver_opts: {options}}}}}\n"

    assert translated(text, view="skeleton").codes == ["CK921"]
    (tmp_path / "here").mkdir()
    found = translated(text, view="skeleton")
    assert found.codes == []
    assert mount_at(found, "/data")["source"] == f"{tmp_path}/here"
    assert f"{tmp_path}/here" not in found.result.make


def test_a_volume_in_memory_is_a_tmpfs_for_one_replica_only(translated):
    options = "volumes: {data: {driver_opts: {type: tmpfs, device: tmpfs, o: 'size=1m,mode=700'}}}\n"
    alone = translated(BASE + ", volumes: ['data:/data']}\n" + options, view="overlay")
    shared = translated(BASE + ", scale: 2, volumes: ['data:/data']}\n" + options, view="overlay")

    assert mount_at(alone, "/data") == {"kind": "tmpfs", "target": "/data", "options": ["size=1048576", "mode=700"]}
    assert shared.codes == ["CK922"]
    assert mount_at(shared, "/data")["kind"] == "bind"


@pytest.mark.parametrize(
    ("volume", "key"), [("{driver: rexray}", "driver"), ("{driver_opts: {type: nfs, device: ':/x'}}", "driver_opts")]
)
def test_volumes_of_other_kinds_are_directories_and_that_is_said(translated, volume, key):
    found = translated(BASE + f", volumes: ['data:/data']}}\nvolumes: {{data: {volume}}}\n", view="overlay")

    assert [(one.code, one.facts["key"]) for one in found.report] == [("CK922", key)]


def test_a_volume_is_filled_unless_told_otherwise(translated):
    long = "{type: volume, source: data, target: /b, volume: {nocopy: true}}"
    part = "{type: volume, source: data, target: /c, volume: {subpath: some/part}}"
    found = translated(
        BASE + f", volumes: ['data:/a', {long}, {part}, /d]}}\nvolumes: {{data: {{}}}}\n", view="overlay"
    )

    assert [mount_at(found, target).get("fill", False) for target in ("/a", "/b", "/c", "/d")] == [
        True, False, False, True,
    ]  # fmt: skip
    assert mount_at(found, "/c")["subpath"] == "some/part"


def test_tmpfs_options_that_mean_nothing_here_are_left_out(translated):
    found = translated(
        BASE + ", tmpfs: ['/a:size=10%,exec,rshared,mode=rwx,nr_inodes=9', '/b:uid=7']}\n", view="overlay"
    )

    assert mount_at(found, "/a")["options"] == ["size=10%", "exec", "nr_inodes=9"]
    assert mount_at(found, "/b")["options"] == []
    assert [one.facts["key"] for one in found.report] == ["tmpfs"]


def test_volumes_from_takes_what_the_other_mounts_and_its_own_win(translated, tmp_path):
    found = translated(
        BASE
        + """, volumes_from: ['other:ro'], volumes: ['mine:/b']}
  other: {image: alpine, command: env, volumes: ['data:/a', 'data:/b', /c], volumes_from: [third]}
  third: {image: alpine, command: env, volumes: ['data:/d']}
volumes: {data: {}, mine: {}}
""",
        view="overlay",
    )

    assert {target: os.path.basename(mount_at(found, target)["source"]) for target in ("/a", "/b", "/d")} == {
        "/a": "shop_data", "/b": "shop_mine", "/d": "shop_data",
    }  # fmt: skip
    assert [mount_at(found, target)["read_only"] for target in ("/a", "/b", "/c", "/d")] == [True, False, True, True]
    assert mount_at(found, "/c")["source"] == mount_at(found, "/c", "other-1")["source"]


SECRETS = """
secrets: {file: {file: ./secret.txt}, word: {environment: WORD}}
configs: {text: {content: hi}}
"""


def test_a_secret_of_a_service_that_is_never_root_is_its_users_alone(as_root):
    found = as_root(BASE + ", user: '12:34', secrets: [file, word]}" + SECRETS, {"secret.txt": "s"}, WORD="w")
    paths = {name: mount_at(found, f"/run/secrets/{name}")["source"] for name in ("file", "word")}

    assert {found.result.write[path] for path in paths.values()} == {b"s", b"w"}
    assert [found.result.protect[path] for path in paths.values()] == [(12, 34, 0o400)] * 2


def test_a_secret_of_a_service_that_begins_as_root_is_as_in_docker(as_root):
    found = as_root(BASE + ", secrets: [file, word]}" + SECRETS, {"secret.txt": "s"}, WORD="w")

    assert mount_at(found, "/run/secrets/file")["source"] == os.path.join(found.project.directory, "secret.txt")
    assert found.result.protect == {}


def test_owner_and_mode_are_as_asked_for(as_root):
    long = "{source: text, target: /etc/t, uid: '5', gid: '6', mode: 0440}"
    found = as_root(
        BASE + f", configs: [{long}, {{source: text, target: /etc/u, uid: '5'}}]}}" + SECRETS, {"secret.txt": ""}
    )

    assert found.result.protect[mount_at(found, "/etc/t")["source"]] == (5, 6, 0o440)
    assert found.result.protect[mount_at(found, "/etc/u")["source"]] == (5, -1, 0o444)


def test_an_ordinary_user_gets_the_mode_and_hears_of_the_owner(translated):
    long = "{source: word, uid: '5', mode: 0440}"
    found = translated(BASE + f", secrets: [{long}]}}" + SECRETS, {"secret.txt": ""}, view="skeleton", WORD="w")

    assert [one.facts["key"] for one in found.report] == ["uid"]
    assert list(found.result.protect.values()) == [(-1, -1, 0o440)]


def test_an_owner_that_is_no_number_is_an_error(as_root):
    found = as_root(BASE + ", configs: [{source: text, uid: nobody-here}]}" + SECRETS, {"secret.txt": ""})

    assert "its uid 'nobody-here' is no number" in next(iter(found.report)).message


def test_editing_a_secrets_file_does_not_make_a_service_another_one(as_root, tmp_path):
    text = BASE + ", user: '12', secrets: [file]}" + SECRETS
    before = as_root(text, {"secret.txt": "one"}).specs["web-1"].config_hash

    assert as_root(text, {"secret.txt": "two"}).specs["web-1"].config_hash == before


def test_a_protected_file_is_never_open_and_can_be_written_again(tmp_path):
    path = str(tmp_path / "objects" / "secret")
    for content in (b"one", b"two"):
        materialize(Translation(write={path: content}, protect={path: (os.geteuid(), os.getegid(), 0o400)}))

        assert os.stat(path).st_mode & 0o777 == 0o400
        with open(path, "rb") as file:
            assert file.read() == content


def test_a_volume_whose_path_is_a_file_is_told(tmp_path):
    (tmp_path / "volume").touch()

    with pytest.raises(ComposekitError, match="is needed as a directory, but it is a file"):
        materialize(Translation(make={str(tmp_path / "volume"): None}))
