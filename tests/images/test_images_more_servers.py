"""The real MariaDB, memcached, Apache, HAProxy, Caddy, RabbitMQ, Prometheus and PHP of this machine."""

import glob
import os
import re
import signal
import socket

import pytest
from running_servers import client, fetch, installed

pytestmark = pytest.mark.integration


@pytest.fixture
def web_port():
    """80 as root; an ordinary user may not listen there."""
    return 80 if os.geteuid() == 0 else 8080


def is_closed(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) != 0


# mariadb and mysql ---------------------------------------------------------------------------------------------------

READY = r"ready for connections"


def test_mariadb_makes_its_database_runs_its_scripts_and_wants_its_passwords(start, tmp_path):
    init = tmp_path / "init"
    init.mkdir()
    (init / "1.sql").write_text("create table t(x int); insert into t values (1);\n")
    (init / "2.sh").write_text('docker_process_sql <<< "insert into t values (2)"\n')
    executable = init / "3.sh"
    executable.write_text('#!/bin/sh\nmysql -uroot -p"$MARIADB_ROOT_PASSWORD" shop -e "insert into t values (3)"\n')
    executable.chmod(0o755)
    (init / "readme.txt").write_text("")
    (tmp_path / "password").write_text("p'w\\\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "my.cnf").write_text("[mysqld]\nmax_connections = 33\nbind-address = 0.0.0.0\n")
    paths = {
        "/docker-entrypoint-initdb.d": "init",
        "/etc/mysql/conf.d/my.cnf": "my.cnf",
        "/run/secrets/password": "password",
        "/var/lib/mysql": "data",
    }
    environ = {
        "MARIADB_ROOT_PASSWORD": "root-pw",
        "MARIADB_DATABASE": "shop",
        "MARIADB_USER": "app",
        "MARIADB_PASSWORD_FILE": "/run/secrets/password",
    }
    first = start("mariadb:10.11", paths=paths, environ=environ, address="127.84.4.1")
    first.wait_line(READY, count=2)  # the first is the server for the scripts

    query = ["-N", "-e", "select group_concat(x order by x), @@max_connections from t", "shop"]
    assert client(first, "mariadb", "-uapp", "-pp'w\\", "-h", "127.0.0.1", *query).stdout == "1,2,3\t33\n"
    assert client(first, "mysql", "-uroot", "-proot-pw", "-h", "localhost", *query).stdout == "1,2,3\t33\n"
    assert "Access denied" in client(first, "mariadb", "-uroot", *query).stderr
    assert client(first, "healthcheck.sh", "--connect", "--innodb_initialized").returncode == 0
    assert client(first, "mysqladmin", "ping", "-h", "localhost", "-uroot", "-proot-pw").returncode == 0
    assert is_closed("127.0.0.1", 3306)
    assert "mysql: ignoring readme.txt\n" in first.text
    assert first.stop(signal.SIGTERM) == 0

    second = start("mariadb:10.11", paths=paths, environ=environ, address="127.84.4.2")
    second.wait_line(READY)
    assert "running 1.sql" not in second.text
    assert client(second, "mariadb", "-uapp", "-pp'w\\", "-N", "-e", "select count(*) from t", "shop").stdout == "3\n"


def test_mysql_options_that_mariadb_does_not_know_are_passed_over(start, tmp_path):
    options = ["--default-authentication-plugin=mysql_native_password", "--collation-server=utf8mb4_0900_ai_ci"]
    (tmp_path / "1.sql").write_text("create table t(x int) collate utf8mb4_0900_ai_ci;\n")
    service = start(
        "mysql:8",
        "mysqld",
        *options,
        "--mysqlx=OFF",
        environ={"MYSQL_ALLOW_EMPTY_PASSWORD": "yes", "MYSQL_DATABASE": "shop"},
        paths={"/docker-entrypoint-initdb.d/1.sql": "1.sql"},
        address="127.84.4.3",
    )
    if not service.program.notes:
        pytest.skip("this machine has MySQL itself")
    service.wait_line(READY, count=2)

    query = ["-uroot", "-N", "-e", "select @@character_set_server; show tables", "shop"]
    assert client(service, "mysql", *query).stdout == "utf8mb4\nt\n"


def test_mariadb_without_a_password_says_what_to_set(start):
    service = start("mariadb")

    assert service.wait() == 1
    assert service.text.splitlines() == [
        "mariadb: the database has no root password",
        "mariadb: hint: set MYSQL_ROOT_PASSWORD or MYSQL_ALLOW_EMPTY_PASSWORD, or MARIADB_...",
    ]


@pytest.mark.parametrize(("name", "script"), [("1.sql", "select nonsense;\n"), ("1.sh", "false\n")])
def test_a_failing_script_stops_mariadb_and_leaves_no_half_made_database(name, script, start, tmp_path):
    (tmp_path / "script").write_text(script)
    (tmp_path / "data").mkdir()
    paths = {f"/docker-entrypoint-initdb.d/{name}": "script", "/var/lib/mysql": "data"}
    service = start("mariadb", paths=paths, environ={"MARIADB_ROOT_PASSWORD": "x"})

    assert service.wait() == 1
    assert "failed with code" in service.text
    assert os.listdir(tmp_path / "data") == []


def test_stopping_mariadb_while_it_is_made_leaves_nothing(start, tmp_path):
    (tmp_path / "1.sh").write_text("echo waiting; sleep 1000\n")
    (tmp_path / "data").mkdir()
    paths = {"/docker-entrypoint-initdb.d/1.sh": "1.sh", "/var/lib/mysql": "data"}
    service = start("mariadb", paths=paths, environ={"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1"})
    service.wait_line("^waiting")

    assert service.stop(signal.SIGTERM) == 128 + signal.SIGTERM
    assert os.listdir(tmp_path / "data") == []


# memcached -----------------------------------------------------------------------------------------------------------


def test_two_memcached_replicas_share_a_port(start):
    services = [start("memcached", "-vv", "-m", "32", address=f"127.84.5.{number}") for number in (1, 2)]

    for number, service in enumerate(services, 1):
        service.wait_line("server listening")
        with socket.create_connection((f"127.84.5.{number}", 11211), timeout=10) as connection:
            connection.sendall(b"stats settings\r\n")
            answer = b""
            while b"END" not in answer:
                answer += connection.recv(4096)
        assert b"STAT maxbytes 33554432" in answer
    assert is_closed("127.0.0.1", 11211)


# web servers ---------------------------------------------------------------------------------------------------------


def test_two_httpd_replicas_serve_a_mounted_folder_at_one_port(start, tmp_path, web_port):
    if web_port != 80:
        pytest.skip("an ordinary user may not listen at port 80")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.html").write_text("hello")
    paths = {"/usr/local/apache2/htdocs": "html"}
    services = [start("httpd:2.4", paths=paths, address=f"127.84.6.{number}") for number in (1, 2)]

    for number, service in enumerate(services, 1):
        service.wait_line("resuming normal operations|configured")
        assert fetch(f"http://127.84.6.{number}/") == (200, "hello")
        assert fetch(f"http://127.84.6.{number}/nope")[0] == 404
        service.wait_line(r'"GET / HTTP/1\.1" 200')

    assert [service.stop(signal.SIGWINCH) for service in services] == [0, 0]


HTTPD_CONF = """\
ServerRoot "/usr/local/apache2"
Listen {port}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule unixd_module modules/mod_unixd.so
LoadModule log_config_module modules/mod_log_config.so
LoadModule dir_module modules/mod_dir.so
LoadModule alias_module modules/mod_alias.so
<IfModule unixd_module>
User daemon
Group daemon
</IfModule>
DocumentRoot "/usr/local/apache2/htdocs"
ErrorLog /proc/self/fd/2
CustomLog /proc/self/fd/1 "%r %>s"
Include conf/extra/site.conf
"""


def test_httpd_runs_with_the_services_own_configuration(start, tmp_path, web_port):
    (tmp_path / "httpd.conf").write_text(HTTPD_CONF.format(port=web_port))
    (tmp_path / "site.conf").write_text(
        'Alias "/x" "/srv/x.txt"\n<Directory "/srv">\nRequire all granted\n</Directory>'
    )
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "x.txt").write_text("aliased")
    paths = {
        "/usr/local/apache2/conf/httpd.conf": "httpd.conf",
        "/usr/local/apache2/conf/extra/site.conf": "site.conf",
        "/srv": "x",
    }
    service = start("httpd", paths=paths, address="127.84.6.3")
    service.wait_line("configured")

    assert fetch(f"http://127.84.6.3:{web_port}/x") == (200, "aliased")


@pytest.mark.needs_root("ports")
def test_wordpress_is_set_up_from_its_variables_and_asks_for_a_name(start, tmp_path):
    if not (glob.glob("/usr/lib/apache2/modules/libphp*.so") and os.path.isdir("/usr/share/wordpress")):
        pytest.skip("WordPress is not installed here")
    for name in ("data", "html"):
        (tmp_path / name).mkdir()
    (tmp_path / "password").write_text("pw\n")
    environ = {
        "MARIADB_RANDOM_ROOT_PASSWORD": "1",
        "MARIADB_DATABASE": "wp",
        "MARIADB_USER": "u",
        "MARIADB_PASSWORD": "pw",
    }
    database = start("mariadb", paths={"/var/lib/mysql": "data"}, environ=environ, address="127.84.4.9")
    database.wait_line(READY, count=2)  # the first is the server for the scripts
    told = {"DB_HOST": "127.84.4.9", "DB_NAME": "wp", "DB_USER": "u", "DB_PASSWORD_FILE": "/run/secrets/pw"}
    paths = {"/var/www/html": "html", "/run/secrets/pw": "password"}
    environ = {f"WORDPRESS_{name}": value for name, value in told.items()}
    service = start("wordpress:6", paths=paths, environ=environ, address="127.84.6.5")
    service.wait_line("resuming normal operations")

    status, page = fetch("http://127.84.6.5/")
    assert (status, "<title>WordPress &rsaquo; Installation</title>" in page) == (200, True)
    assert "pw" not in (tmp_path / "html" / "wp-config.php").read_text()
    assert service.stop(signal.SIGWINCH) == 0


@pytest.mark.needs_root("ports")
def test_phpmyadmin_asks_for_the_password_of_its_server(start):
    if not (glob.glob("/usr/lib/apache2/modules/libphp*.so") and os.path.isdir("/usr/share/phpmyadmin")):
        pytest.skip("phpMyAdmin is not installed here")
    service = start("phpmyadmin", environ={"PMA_HOST": "db.test"}, address="127.84.6.6")
    service.wait_line("resuming normal operations")

    status, page = fetch("http://127.84.6.6/")
    assert (status, 'name="pma_password"' in page) == (200, True)
    assert service.stop(signal.SIGWINCH) == 0


def test_php_with_apache_runs_pages(start, tmp_path, web_port):
    if web_port != 80:
        pytest.skip("an ordinary user may not listen at port 80")
    import glob

    if not glob.glob("/usr/lib/apache2/modules/libphp*.so"):
        pytest.skip("Apache has no PHP here")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.php").write_text("<?php echo 6*7;")
    service = start("php:8.2-apache", paths={"/var/www/html": "html"}, address="127.84.6.4")
    service.wait_line("configured|resuming")

    assert fetch("http://127.84.6.4/") == (200, "42")


def test_phps_own_web_server_listens_where_the_replica_is(start, tmp_path):
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.php").write_text("<?php echo 6*7;")
    words = ["-S", "0.0.0.0:8000", "-t", "/var/www/html"]
    service = start("php:cli", *words, paths={"/var/www/html": "html"}, address="127.84.6.5")
    service.wait_line("started")

    assert fetch("http://127.84.6.5:8000/") == (200, "42")
    assert is_closed("127.0.0.1", 8000)


def test_adminer_shows_its_login_with_the_default_server(start):
    if not os.path.exists("/usr/share/adminer/adminer.php"):
        pytest.skip("adminer is not installed here")
    service = start("adminer", environ={"ADMINER_DEFAULT_SERVER": "db"}, address="127.84.6.6")
    service.wait_line("started")

    status, page = fetch("http://127.84.6.6:8080/")
    assert status == 200
    assert re.search(r'name="auth\[server\]" value="db"', page)


HAPROXY_CFG = """\
global
    user haproxy
    chroot /var/lib/haproxy
    stats socket /var/run/haproxy.sock mode 600
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind *:8404,:8405
    http-request return status 200 content-type text/plain string "%[src] %[dst_port]" if { path /own }
    default_backend app
backend app
    server one 127.84.7.9:8000
"""


def test_two_haproxy_replicas_share_ports_and_reach_a_backend(start, tmp_path):
    installed("haproxy")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "index.php").write_text("backend")
    (tmp_path / "haproxy.cfg").write_text(HAPROXY_CFG)
    backend = start("php", "-S", ":8000", "-t", "/srv", paths={"/srv": "html"}, address="127.84.7.9")
    backend.wait_line("started")
    paths = {"/usr/local/etc/haproxy/haproxy.cfg": "haproxy.cfg"}
    services = [start("haproxy:2.8", paths=paths, address=f"127.84.7.{number}") for number in (1, 2)]

    for number, service in enumerate(services, 1):
        service.wait_line("Loading success|New worker")
        assert fetch(f"http://127.84.7.{number}:8404/") == (200, "backend")
        assert fetch(f"http://127.84.7.{number}:8405/")[0] == 200
    assert is_closed("127.0.0.1", 8404)
    for service in services:
        service.wait_heard(signal.SIGUSR1)
    assert [service.stop(signal.SIGUSR1) for service in services] == [0, 0]


def test_haproxy_without_a_configuration_says_where_it_is_expected(start):
    service = start("haproxy")

    assert service.wait() == 1
    assert "there is no configuration at '/usr/local/etc/haproxy/haproxy.cfg'" in service.text


def test_two_caddy_replicas_serve_a_mounted_folder_at_one_port(start, tmp_path):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "index.html").write_text("hello")
    (tmp_path / "Caddyfile").write_text(":8088 {\n root * /srv\n file_server\n}\n")
    paths = {"/srv": "srv", "/etc/caddy/Caddyfile": "Caddyfile", "/data": "d", "/config": "c"}
    services = [start("caddy:2", paths=paths, address=f"127.84.8.{number}") for number in (1, 2)]

    for number, service in enumerate(services, 1):
        service.wait_line("serving initial configuration")
        assert fetch(f"http://127.84.8.{number}:8088/") == (200, "hello")
    assert is_closed("127.0.0.1", 2019)
    assert [service.stop(signal.SIGTERM) for service in services] == [0, 0]


def test_caddy_says_what_is_wrong_with_a_caddyfile(start, tmp_path):
    (tmp_path / "Caddyfile").write_text(":8088 {\n no_such_thing\n}\n")
    service = start("caddy", paths={"/etc/caddy/Caddyfile": "Caddyfile"}, address="127.84.8.3")

    assert service.wait() == 1
    assert "no_such_thing" in service.text


# prometheus, rabbitmq ------------------------------------------------------------------------------------------------


def test_prometheus_keeps_its_data_in_the_volume(start, tmp_path):
    (tmp_path / "prometheus.yml").write_text("scrape_configs: [{job_name: self, static_configs: [{targets: [a:1]}]}]\n")
    paths = {"/etc/prometheus/prometheus.yml": "prometheus.yml", "/prometheus": "data"}
    service = start("prom/prometheus", paths=paths, address="127.84.9.1")
    service.wait_line("Server is ready to receive web requests")

    assert fetch("http://127.84.9.1:9090/-/ready")[0] == 200
    assert "job_name: self" in fetch("http://127.84.9.1:9090/api/v1/status/config")[1]
    assert is_closed("127.0.0.1", 9090)
    assert service.stop(signal.SIGTERM) == 0
    assert "wal" in os.listdir(tmp_path / "data")


def test_rabbitmq_has_a_node_with_its_own_user(start, tmp_path):
    (tmp_path / "data").mkdir()
    environ = {"RABBITMQ_DEFAULT_USER": "app", "RABBITMQ_DEFAULT_PASS": "geheim", "HOSTNAME": "localhost"}
    service = start("rabbitmq:3-management", paths={"/var/lib/rabbitmq": "data"}, environ=environ, address="127.84.9.2")
    service.wait_line("Server startup complete")

    request = "http://127.84.9.2:15672/api/whoami"
    assert fetch(request)[0] == 401
    assert client(service, "rabbitmq-diagnostics", "-q", "ping").returncode == 0
    assert "app" in client(service, "rabbitmqctl", "-q", "list_users").stdout
    with socket.create_connection(("127.84.9.2", 5672), timeout=10) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        assert connection.recv(1) == b"\x01"  # Connection.Start
    assert is_closed("127.0.0.1", 5672)
    assert service.stop(signal.SIGTERM) == 0
