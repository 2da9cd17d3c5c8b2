import pytest

from composekit.images.entry.redis import server_arguments, with_server
from composekit.images.entry.redis_client import to_replica
from composekit.images.entry.view import View


@pytest.mark.parametrize(
    ("given", "run"),
    [
        (["--requirepass", "x"], ["redis-server", "--requirepass", "x"]),
        (["/etc/redis.conf"], ["redis-server", "/etc/redis.conf"]),
        (["redis-cli", "ping"], ["redis-cli", "ping"]),
        ([], ["redis-server"]),
    ],
)
def test_options_alone_are_for_the_server(given, run):
    assert with_server(given) == run


def test_the_server_has_the_images_defaults_and_listens_at_the_replica():
    view = View({"/data": "/volume"}, addresses=("127.83.0.5", "127.83.1.5"))

    assert server_arguments(["--requirepass", "x", "--bind", "0.0.0.0"], view) == [
        *("--requirepass", "x", "--bind", "0.0.0.0"),
        *("--protected-mode", "no", "--dir", "/volume", "--bind", "127.83.0.5", "127.83.1.5"),
    ]


def test_what_the_service_says_itself_stays():
    assert server_arguments(["--protected-mode", "yes", "--dir", "/data/sub"], View({})) == [
        *("--protected-mode", "yes", "--dir", "/data/sub"),
    ]


def test_a_configuration_is_copied_with_its_paths_replaced(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "redis.conf").write_text(
        '# dir /data\nport 6380\ndir "/data"\nlogfile /var/log/redis.log\n'
        'aclfile /etc/users.acl\nprotected-mode yes\nlogfile ""\n'
    )
    paths = {"/conf": str(tmp_path), "/data": str(tmp_path / "volume"), "/etc/users.acl": "/real/users.acl"}

    arguments = server_arguments(["/conf/redis.conf"], View(paths, scratch=str(scratch)))

    assert arguments == [str(scratch / "redis.conf")]
    assert (scratch / "redis.conf").read_text() == (
        f"# dir /data\nport 6380\ndir {tmp_path}/volume\nlogfile {scratch}/var/log/redis.log\n"
        'aclfile /real/users.acl\nprotected-mode yes\nlogfile ""\n'
    )


def test_a_relative_configuration_is_in_the_data_directory(tmp_path):
    (tmp_path / "my.conf").write_text("port 1\n")
    view = View({"/data": str(tmp_path)}, scratch=str(tmp_path))

    assert server_arguments(["my.conf"], view)[0] == str(tmp_path / "redis.conf")


@pytest.mark.parametrize(
    ("given", "run"),
    [
        (["ping"], ["-h", "ADDR", "ping"]),
        (["-a", "x", "ping"], ["-h", "ADDR", "-a", "x", "ping"]),
        (["-h", "localhost", "-p", "1", "ping"], ["-h", "ADDR", "-p", "1", "ping"]),
        (["-h", "other", "ping"], ["-h", "other", "ping"]),
        (["-u", "redis://other", "ping"], ["-u", "redis://other", "ping"]),
        (["--raw", "set", "a", "-h"], ["-h", "ADDR", "--raw", "set", "a", "-h"]),
        ([], ["-h", "ADDR"]),
    ],
)
def test_the_client_means_the_replica_by_localhost(given, run):
    assert to_replica(given, "ADDR") == run
