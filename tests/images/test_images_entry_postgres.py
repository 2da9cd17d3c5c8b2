import pytest

from composekit.errors import ComposekitError
from composekit.images.entry.postgres import read_settings, server_options
from composekit.images.entry.postgres_client import to_replica
from composekit.images.entry.postgres_cluster import (
    Cluster,
    auth_method,
    initdb_arguments,
    make_cluster,
    refuse_open_server,
)
from composekit.images.entry.view import View


def cluster(programs="/usr/lib/postgresql/15/bin", options=(), data="/data", **environ):
    return Cluster(programs, data, read_settings(environ, View({})), options, {})


def test_the_images_defaults_follow_the_user():
    settings = read_settings({"POSTGRES_USER": "app"}, View({}))

    assert (settings["POSTGRES_USER"], settings["POSTGRES_DB"]) == ("app", "app")
    assert read_settings({}, View({}))["POSTGRES_DB"] == "postgres"
    assert read_settings({"POSTGRES_DB": "shop"}, View({}))["POSTGRES_USER"] == "postgres"


def test_settings_can_come_from_files(tmp_path):
    (tmp_path / "p").write_text("geheim\n")

    settings = read_settings({"POSTGRES_PASSWORD_FILE": "/run/secrets/p"}, View({"/run/secrets": str(tmp_path)}))

    assert settings["POSTGRES_PASSWORD"] == "geheim"


@pytest.mark.parametrize(
    ("made", "method"),
    [
        (cluster(), "scram-sha-256"),
        (cluster("/usr/lib/postgresql/13/bin"), "md5"),
        (cluster("/opt/pg/bin"), "scram-sha-256"),
        (cluster(options=("-c", "password_encryption=md5")), "md5"),
        (cluster(options=("--password-encryption=md5",)), "md5"),
        (cluster(POSTGRES_HOST_AUTH_METHOD="trust"), "trust"),
    ],
)
def test_clients_prove_who_they_are_as_the_server_stores_passwords(made, method):
    assert auth_method(made) == method


def test_a_server_without_a_password_is_refused_unless_asked_for():
    with pytest.raises(ComposekitError, match="no superuser password") as raised:
        refuse_open_server(cluster().settings, "scram-sha-256")
    assert "POSTGRES_PASSWORD" in raised.value.hint

    refuse_open_server(cluster().settings, "trust")
    refuse_open_server(cluster(POSTGRES_PASSWORD="x").settings, "scram-sha-256")


def test_a_directory_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "precious").write_text("")

    with pytest.raises(ComposekitError, match="holds files but no cluster"):
        make_cluster(cluster(data=str(tmp_path), POSTGRES_PASSWORD="x"), View({}), {})

    assert (tmp_path / "precious").exists()


def test_the_services_own_initdb_arguments_come_last():
    made = cluster(POSTGRES_USER="app", POSTGRES_INITDB_ARGS="--locale=C --set 'a=b c'", POSTGRES_INITDB_WALDIR="/wal")

    arguments = initdb_arguments(made, View({"/wal": "/volume/wal"}), "md5")

    assert arguments[:5] == ["-D", "/data", "--username=app", "--auth-local=trust", "--auth-host=md5"]
    assert arguments[-4:] == ["--waldir=/volume/wal", "--locale=C", "--set", "a=b c"]


def test_the_server_listens_at_the_replica_whatever_it_was_told():
    view = View({"/etc/pg.conf": "/conf/pg.conf"}, scratch="/s", addresses=("127.83.0.5", "127.83.1.5"))

    assert server_options(["-c", "config_file=/etc/pg.conf", "-c", "listen_addresses=*"], view) == [
        *("-c", "config_file=/conf/pg.conf", "-c", "listen_addresses=*"),
        *("-c", "listen_addresses=127.83.0.5,127.83.1.5", "-c", "unix_socket_directories=/s/s"),
    ]
    assert server_options(["-c", "fsync=off"], View({})) == ["-c", "fsync=off"]


def test_a_socket_shared_with_other_services_stays_shared():
    view = View({"/var/run/postgresql": "/volume"}, scratch="/s")

    assert server_options([], view) == ["-c", "unix_socket_directories=/volume,/s/s"]


def test_a_socket_path_that_is_too_long_is_left_out():
    assert server_options([], View({}, scratch="/" + "s" * 90)) == ["-c", "unix_socket_directories="]


@pytest.mark.parametrize(
    ("given", "run"),
    [
        (["-U", "app"], ["-U", "app"]),
        (["-h", "localhost"], ["-h", "ADDR"]),
        (["-hlocalhost"], ["-hADDR"]),
        (["--host=127.0.0.1", "-d", "x"], ["--host=ADDR", "-d", "x"]),
        (["--host", "::1"], ["--host", "ADDR"]),
        (["-h", "other"], ["-h", "other"]),
        (["postgresql://a:b@localhost:5432/x"], ["postgresql://a:b@ADDR:5432/x"]),
        (["postgres://localhost"], ["postgres://ADDR"]),
        (["-d", "host=localhost dbname=x"], ["-d", "host=ADDR dbname=x"]),
        (["postgresql://a@localhost.example/x"], ["postgresql://a@localhost.example/x"]),
        (["-f", "/sql/x.sql"], ["-f", "/real/x.sql"]),
    ],
)
def test_clients_mean_the_replica_by_localhost(given, run):
    assert to_replica(given, View({"/sql": "/real"}, addresses=("ADDR",))) == run
