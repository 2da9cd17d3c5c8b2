"""The real nginx, redis and PostgreSQL of this machine, started as the images would start them."""

import os
import re
import signal
import socket

import pytest
from running_servers import client, fetch

pytestmark = pytest.mark.integration

# redis ---------------------------------------------------------------------------------------------------------------


def test_three_redis_replicas_share_a_port(start, tmp_path):
    services = [start("redis", "--requirepass", "x", address=f"127.84.1.{number}") for number in (1, 2, 3)]

    for number, service in enumerate(services):
        service.wait_line("Ready to accept connections")
        assert client(service, "redis-cli", "-a", "x", "set", "who", str(number)).stdout == "OK\n"

    for number, service in enumerate(services):
        assert client(service, "redis-cli", "-h", "localhost", "get", "who", REDISCLI_AUTH="x").stdout == f"{number}\n"
    assert "NOAUTH" in client(services[0], "redis-cli", "get", "who").stdout
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 6379), timeout=5).close()


def test_redis_keeps_its_data_in_the_volume_and_stops_cleanly(start, tmp_path):
    (tmp_path / "volume").mkdir()
    (tmp_path / "redis.conf").write_text("dir /data\nappendonly yes\nlogfile ''\n")
    paths = {"/data": "volume", "/etc/redis.conf": "redis.conf"}
    first = start("redis", "redis-server", "/etc/redis.conf", paths=paths)
    first.wait_line("Ready to accept connections")
    client(first, "redis-cli", "set", "a", "b")

    assert first.stop(signal.SIGTERM) == 0
    assert "appendonlydir" in os.listdir(tmp_path / "volume")

    second = start("redis", "redis-server", "/etc/redis.conf", paths=paths)
    second.wait_line("Ready to accept connections")
    assert client(second, "redis-cli", "get", "a").stdout == "b\n"


@pytest.mark.needs_root("users")
def test_redis_drops_root(start):
    service = start("redis")
    service.wait_line("Ready to accept connections")

    assert os.stat(f"/proc/{service.running.pid}").st_uid != 0


# nginx ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def web_port():
    """80 as root; an ordinary user may not listen there."""
    return 80 if os.geteuid() == 0 else 8080


def test_three_nginx_replicas_share_a_port(start, tmp_path, web_port):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "site.conf").write_text(
        f"server {{\n listen {web_port};\n listen [::]:{web_port};\n return 200 '$server_addr';\n}}\n"
    )
    services = [
        start("nginx", address=f"127.84.2.{number}", paths={"/etc/nginx/conf.d": "conf.d"}) for number in (1, 2, 3)
    ]

    for number, service in enumerate(services, 1):
        service.wait_line("start worker process ")
        assert fetch(f"http://127.84.2.{number}:{web_port}/") == (200, f"127.84.2.{number}")
        service.wait_line(r"GET / HTTP/1\.1. 200")

    assert [service.stop(signal.SIGQUIT) for service in services] == [0, 0, 0]


def test_nginx_serves_mounted_pages_through_a_template(start, tmp_path, web_port):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text("hello")
    (tmp_path / "t.template").write_text("server { listen ${WEB_PORT}; root /usr/share/nginx/html; }")
    service = start(
        "nginx",
        paths={"/usr/share/nginx/html": "html", "/etc/nginx/templates/default.conf.template": "t.template"},
        environ={"WEB_PORT": str(web_port)},
    )
    service.wait_line("start worker process ")

    assert fetch(f"http://127.84.0.1:{web_port}/") == (200, "hello")
    assert fetch(f"http://127.84.0.1:{web_port}/nope")[0] == 404
    service.wait_line(r"open\(\) .*/nope. failed")


@pytest.mark.needs_root("ports")
def test_nginx_without_any_configuration_serves_its_own_page(start):
    service = start("nginx")
    service.wait_line("start worker process ")

    status, page = fetch("http://127.84.0.1/")
    assert (status, "nginx" in page) == (200, True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen anywhere")
def test_nginx_says_how_an_ordinary_user_can_listen_at_port_80(start):
    service = start("nginx")

    assert service.wait() == 1
    assert "nginx: port 80 is closed to ordinary users on this machine\nnginx: hint: let them use it" in service.text


def test_nginx_reloads_its_changed_configuration(start, tmp_path, web_port):
    (tmp_path / "site.conf").write_text(f"server {{ listen {web_port}; return 200 one; }}")
    service = start("nginx", paths={"/etc/nginx/conf.d/default.conf": "site.conf"})
    service.wait_line("start worker process ")
    assert fetch(f"http://127.84.0.1:{web_port}/")[1] == "one"

    (tmp_path / "site.conf").write_text(f"server {{ listen {web_port}; return 200 two; }}")
    assert client(service, "nginx", "-s", "reload").returncode == 0
    service.wait_line("reconfiguring$")
    before = service.text.partition("reconfiguring")[0].count("start worker process ")
    service.wait_line("worker process [0-9]+ exited with code 0", count=before)

    assert fetch(f"http://127.84.0.1:{web_port}/")[1] == "two"


def test_nginx_refuses_a_wrong_configuration_with_the_users_line(start, tmp_path):
    (tmp_path / "site.conf").write_text("server {\n  listen 8080;\n  no_such_thing on;\n}\n")
    service = start("nginx", paths={"/etc/nginx/conf.d/default.conf": "site.conf"})

    assert service.wait() == 1
    assert re.search(r'unknown directive "no_such_thing" in .*/etc/nginx/conf\.d/default\.conf:3', service.text)


# postgres ------------------------------------------------------------------------------------------------------------


READY = "database system is ready to accept connections"


def test_postgres_makes_its_database_runs_its_scripts_and_wants_its_password(start, tmp_path):
    init = tmp_path / "init"
    init.mkdir()
    (init / "1.sql").write_text("create table t(x int); insert into t values (1);\n")
    (init / "2.sh").write_text('docker_process_sql -c "insert into t values (2)"\n')
    executable = init / "3.sh"
    executable.write_text('#!/bin/sh\npsql -c "insert into t values (3)" "$POSTGRES_DB"\n')
    executable.chmod(0o755)
    (init / "readme.txt").write_text("")
    (tmp_path / "password").write_text("geheim\n")
    (tmp_path / "data").mkdir()
    paths = {
        "/docker-entrypoint-initdb.d": "init",
        "/run/secrets/password": "password",
        "/var/lib/postgresql/data": "data",
    }
    environ = {
        "POSTGRES_USER": "app",
        "POSTGRES_DB": "shop",
        "POSTGRES_PASSWORD_FILE": "/run/secrets/password",
    }
    first = start("postgres", "-c", "max_connections=20", paths=paths, environ=environ, address="127.84.3.1,127.84.3.2")
    first.wait_line(READY, count=2)  # the first is the server for the scripts

    query = ["-U", "app", "-At", "-c", "select array_agg(x), current_setting('max_connections') from t", "shop"]
    assert client(first, "psql", *query).stdout == "{1,2,3}|20\n"
    assert client(first, "psql", "-h", "127.84.3.2", *query, PGPASSWORD="geheim").stdout == "{1,2,3}|20\n"
    refused = client(first, "psql", "-h", "localhost", *query, PGPASSWORD="wrong")
    assert "password authentication failed" in refused.stderr
    assert client(first, "pg_isready", "-U", "app").returncode == 0
    assert "postgres: ignoring readme.txt\n" in first.text
    assert first.stop(signal.SIGINT) == 0

    second = start("postgres", paths=paths, environ=environ, address="127.84.3.3")
    second.wait_line(READY)
    assert "running 1.sql" not in second.text
    assert client(second, "psql", "-U", "app", "-At", "-c", "select count(*) from t", "shop").stdout == "3\n"


def test_postgres_without_a_password_says_what_to_set(start):
    service = start("postgres")

    assert service.wait() == 1
    assert service.text.splitlines() == [
        "postgres: the database has no superuser password",
        "postgres: hint: set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everyone in without one",
    ]


@pytest.mark.parametrize("name", ["1.sql", "1.sh"])
def test_a_failing_script_stops_postgres_and_leaves_no_half_made_cluster(name, start, tmp_path):
    (tmp_path / "script").write_text("select nonsense;\n" if name.endswith(".sql") else "false\n")
    (tmp_path / "data").mkdir()
    paths = {f"/docker-entrypoint-initdb.d/{name}": "script", "/var/lib/postgresql/data": "data"}
    service = start("postgres", paths=paths, environ={"POSTGRES_PASSWORD": "x"})

    assert service.wait() == 1
    assert "failed with code" in service.text
    assert os.listdir(tmp_path / "data") == []


def test_stopping_postgres_while_it_is_made_leaves_nothing(start, tmp_path):
    (tmp_path / "1.sh").write_text("echo waiting; sleep 1000\n")
    (tmp_path / "data").mkdir()
    paths = {"/docker-entrypoint-initdb.d/1.sh": "1.sh", "/var/lib/postgresql/data": "data"}
    service = start("postgres", paths=paths, environ={"POSTGRES_HOST_AUTH_METHOD": "trust"})
    service.wait_line("^waiting")

    assert service.stop(signal.SIGINT) == 128 + signal.SIGINT
    assert os.listdir(tmp_path / "data") == []
