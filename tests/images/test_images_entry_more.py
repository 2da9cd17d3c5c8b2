"""The pure parts of the entry programs: words of commands and configurations for a replica at an address."""

import pytest

from composekit.errors import ComposekitError
from composekit.images.catalogue import read_recipe
from composekit.images.entry import (
    alpine_tool,
    caddy,
    haproxy,
    mongo,
    mongo_client,
    mysql,
    mysql_client,
    mysql_database,
    php,
    php_fpm,
    phpmyadmin,
    server,
    wordpress,
    zookeeper,
)
from composekit.images.entry.listening import with_address
from composekit.images.entry.view import View

VIEW = View({"/data": "/v/data", "/etc/x": "/v/x"}, "/s", ("127.1.0.1", "127.1.0.2"))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (":80", "127.1.0.1:80"),
        ("0.0.0.0:80/udp", "127.1.0.1:80/udp"),
        ("[::]:80", "127.1.0.1:80"),
        ("--web.listen-address=:9090", "--web.listen-address=127.1.0.1:9090"),
        ("--listen-client-urls=http://0.0.0.0:2379", "--listen-client-urls=http://127.1.0.1:2379"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("a:80", "a:80"),
        ("80", "80"),
    ],
)
def test_an_address_that_means_all_becomes_the_replicas(word, expected):
    assert with_address(word, "127.1.0.1") == expected
    assert with_address(word, "") == word


def test_an_ipv6_address_is_put_in_brackets():
    assert with_address(":80", "fd00::1") == "[fd00::1]:80"


def arguments(recipe, *words, environ=None, view=VIEW):
    about = read_recipe(recipe)["server"]
    return server.server_arguments(about, server.server_words(about, list(words)), environ or {}, view)


@pytest.mark.parametrize(
    ("recipe", "words", "expected"),
    [
        ("memcached", ["memcached", "-m", "64"], ["-m", "64", "--listen=127.1.0.1,127.1.0.2"]),
        ("memcached", ["-m", "64"], ["-m", "64", "--listen=127.1.0.1,127.1.0.2"]),
        ("memcached", ["-s", "/run/m"], ["-s", "/run/m"]),
        ("minio", ["server", "/data", "--console-address", ":9001"],
         ["server", "/v/data", "--console-address", "127.1.0.1:9001", "--address", "127.1.0.1:9000"]),
        ("minio", ["minio", "--version"], ["--version"]),
        ("prometheus", ["--config.file=/etc/x", "--storage.tsdb.path=/prometheus"],
         ["--config.file=/v/x", "--storage.tsdb.path=/s/prometheus", "--web.listen-address=127.1.0.1:9090"]),
        ("traefik", ["--entrypoints.web.address=:80"], ["--entrypoints.web.address=127.1.0.1:80"]),
        ("traefik", ["--api"], ["--api", "--entrypoints.http.address=127.1.0.1:80"]),
    ],
)  # fmt: skip
def test_a_server_listens_where_its_replica_is(recipe, words, expected):
    assert arguments(recipe, *words) == expected


def test_a_command_that_is_not_the_server_is_left_alone():
    assert server.server_words(read_recipe("memcached")["server"], ["sh", "-c", "x"]) is None
    assert server.server_words(read_recipe("node-exporter")["server"], ["--path.procfs=/proc"]) == [
        "--path.procfs=/proc"
    ]
    assert server.server_words(read_recipe("minio")["server"], ["server", "/d"]) == ["server", "/d"]


def test_without_an_address_of_its_own_a_server_keeps_its_defaults():
    assert arguments("memcached", "memcached", view=View({}, "/s")) == []


def test_settings_with_dots_become_words():
    words = arguments("elasticsearch", "eswrapper", environ={"discovery.type": "single-node", "PATH": "/bin"})

    assert words[0] == "-Ediscovery.type=single-node"
    assert "-Epath.data=/s/usr/share/elasticsearch/data" in words


def test_variables_of_a_server_are_set_unless_the_service_sets_them():
    about = read_recipe("mailhog")["server"]

    made = server.server_environment(about, {"MH_SMTP_BIND_ADDR": "0.0.0.0:2525"}, VIEW)

    assert made["MH_SMTP_BIND_ADDR"] == "127.1.0.1:2525"
    assert made["MH_UI_BIND_ADDR"] == "127.1.0.1:8025"


def test_secrets_of_a_server_come_from_files(tmp_path):
    (tmp_path / "pw").write_text("geheim\n")
    view = View({"/run/secrets/pw": str(tmp_path / "pw")})
    environ = {"GF_SECURITY_ADMIN_PASSWORD__FILE": "/run/secrets/pw", "OTHER__FILE": "/x"}

    made = server.with_secrets(read_recipe("grafana")["server"], environ, view)

    assert made == {"GF_SECURITY_ADMIN_PASSWORD": "geheim", "OTHER__FILE": "/x"}
    both = {"MINIO_ROOT_USER": "a", "MINIO_ROOT_USER_FILE": "/run/secrets/pw"}
    with pytest.raises(ComposekitError, match="both 'MINIO_ROOT_USER' and 'MINIO_ROOT_USER_FILE' are set"):
        server.with_secrets(read_recipe("minio")["server"], both, view)


# mysql ---------------------------------------------------------------------------------------------------------------


def test_options_about_places_are_ours_and_unknown_ones_are_forgiven_where_mariadb_stands_in():
    words = [
        "--datadir=/x",
        "--bind-address=0.0.0.0",
        "--sql_mode=",
        "--init-file=/data/i",
        "--collation-server=utf8mb4_0900_ai_ci",
    ]

    assert mysql.server_options(words, VIEW, forgiving=False) == [
        "--sql_mode=", "--init-file=/v/data/i", "--collation-server=utf8mb4_0900_ai_ci",
    ]  # fmt: skip
    assert mysql.server_options(words, VIEW, forgiving=True) == [
        "--loose-sql_mode=", "--loose-init-file=/v/data/i", "--loose-collation-server=utf8mb4_unicode_520_ci",
    ]  # fmt: skip


def test_the_services_settings_count_and_those_about_places_do_not(tmp_path):
    (tmp_path / "b.cnf").write_text(
        "[mysqld]\nmax_connections = 5\nbind-address=0.0.0.0\nssl-ca = /data/ca.pem\n[client]\n"
    )
    view = View({"/etc/mysql/conf.d/b.cnf": str(tmp_path / "b.cnf"), "/data": "/v/data"}, "/s")

    assert mysql.configuration(view, forgiving=False) == (
        "[mysqld]\nskip-name-resolve\n[mysqld]\nmax_connections = 5\nssl-ca = /v/data/ca.pem\n[client]\n"
    )


SETTINGS = dict.fromkeys(
    ("ROOT_PASSWORD_HASH", "PASSWORD_HASH", "CHARSET", "COLLATION", "DATABASE", "USER", "PASSWORD"), ""
)


def test_names_and_passwords_are_quoted_in_sql():
    settings = {
        **SETTINGS,
        "ROOT_PASSWORD": "a'b\\",
        "ROOT_HOST": "%",
        "DATABASE": "my_d`b",
        "USER": "u",
        "PASSWORD": "p",
    }

    lines = mysql_database.statements(settings, is_mariadb=False).splitlines()

    assert lines[1:] == [
        "CREATE USER 'root'@'%' IDENTIFIED BY 'a\\'b\\\\';",
        "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;",
        "CREATE DATABASE IF NOT EXISTS `my_d``b`;",
        "CREATE USER 'u'@'%' IDENTIFIED BY 'p';",
        "GRANT ALL ON `my\\_d``b`.* TO 'u'@'%';",
        "FLUSH PRIVILEGES;",
        "ALTER USER 'root'@'localhost' IDENTIFIED BY 'a\\'b\\\\';",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-uroot"], ["--socket=/s/s/mysqld.sock", "-uroot"]),
        (["-h", "localhost"], ["--socket=/s/s/mysqld.sock", "-h", "localhost"]),
        (["-h", "127.0.0.1"], ["-h", "127.1.0.1"]),
        (["--host=127.0.0.1"], ["--host=127.1.0.1"]),
        (["-hdb"], ["-hdb"]),
        (["--protocol=tcp"], ["--host=127.1.0.1", "--protocol=tcp"]),
        (["--defaults-file=/x", "-e", "q"], ["--defaults-file=/x", "--socket=/s/s/mysqld.sock", "-e", "q"]),
    ],
)
def test_mysql_clients_reach_their_replica(words, expected):
    assert mysql_client.to_replica(words, VIEW) == expected


# mongo, haproxy, caddy, php, apk -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("mongosh", [], ["--host", "127.1.0.1"]),
        (
            "mongosh",
            ["--eval", "db.adminCommand('ping')"],
            ["--host", "127.1.0.1", "--eval", "db.adminCommand('ping')"],
        ),
        ("mongosh", ["localhost:27017/test", "--quiet"], ["127.1.0.1:27017/test", "--quiet"]),
        ("mongosh", ["mongodb://u:p@localhost:27017/a"], ["mongodb://u:p@127.1.0.1:27017/a"]),
        ("mongodump", ["--host=localhost"], ["--host=127.1.0.1"]),
        ("mongosh", ["--host", "other"], ["--host", "other"]),
    ],
)
def test_mongo_clients_reach_their_replica(name, words, expected):
    assert mongo_client.to_replica(name, words, VIEW) == expected


def test_mongos_first_user_needs_a_name_and_a_password():
    with pytest.raises(ComposekitError, match="go together"):
        mongo.read_settings({"MONGO_INITDB_ROOT_USERNAME": "a"}, VIEW)
    settings = mongo.read_settings({"MONGO_INITDB_ROOT_USERNAME": "a", "MONGO_INITDB_ROOT_PASSWORD": 'b"'}, VIEW)

    assert mongo.creation(settings) == (
        'db.createUser({"user": "a", "pwd": "b\\"", "roles": [{"role": "root", "db": "admin"}]})'
    )


def test_mongods_own_places_are_taken_out_of_its_options():
    words = ["--bind_ip_all", "--replSet", "rs0", "--bind_ip", "0.0.0.0", "--bind_ip=x"]

    assert mongo.without_options(words, ("--bind_ip", "--bind_ip_all")) == ["--replSet", "rs0"]


def test_haproxy_binds_at_the_replicas_addresses_line_by_line():
    text = (
        "global\n  user x\n  daemon\nfrontend f\n\tbind *:80,:443 ssl crt /etc/x # c\n"
        "resolvers d\n  nameserver a 127.0.0.11:53\n"
    )

    assert haproxy.rewritten(text, VIEW, dns="127.9.0.1:53") == (
        "global\n# user x\n# daemon\nfrontend f\n"
        "\tbind 127.1.0.1:80,127.1.0.2:80,127.1.0.1:443,127.1.0.2:443 ssl crt /v/x # c\n"
        "resolvers d\n  nameserver a 127.9.0.1:53\n"
    )


def test_caddys_json_gets_addresses_and_paths():
    config = {
        "apps": {"http": {"servers": {"a": {
            "listen": [":80", "10.0.0.1:81", "udp/:82"],
            "routes": [{"match": [{"path": ["/data/*"]}], "handle": [{"handler": "file_server", "root": "/data/x"}]}],
        }}}},
    }  # fmt: skip
    made = caddy.adapted_to_replica(config, VIEW)
    server_made = made["apps"]["http"]["servers"]["a"]

    assert made["admin"] == {"listen": "127.1.0.1:2019"}
    assert server_made["listen"] == [
        "127.1.0.1:80",
        "127.1.0.2:80",
        "10.0.0.1:81",
        "udp/127.1.0.1:82",
        "udp/127.1.0.2:82",
    ]
    assert server_made["routes"][0]["match"] == [{"path": ["/data/*"]}]
    assert server_made["routes"][0]["handle"][0]["root"] == "/v/data/x"


def test_phps_web_server_and_fpm_listen_at_the_replica(tmp_path):
    assert php.php_arguments(["-S", "localhost:8000", "-t", "/data"], VIEW) == ["-S", "127.1.0.1:8000", "-t", "/v/data"]
    (tmp_path / "z.conf").write_text("[www]\npm = static\nlisten = 0.0.0.0:9001\n")
    view = View({"/usr/local/etc/php-fpm.d/z.conf": str(tmp_path / "z.conf")}, "/s", ("127.1.0.1",))

    text = php_fpm.configuration(view, is_root=False)

    assert "listen = 127.1.0.1:9000\n" in text
    assert text.endswith("[www]\npm = static\nlisten = 127.1.0.1:9001\n")


def test_apk_packages_have_debian_names():
    words = [
        "--no-cache",
        "--virtual",
        ".deps",
        "build-base",
        "curl=8.1-r0",
        "libc6-compat",
        "py3-pip>22",
        "gcc",
        "musl-dev",
    ]

    assert alpine_tool.packages(words) == ["build-essential", "curl", "python3-pip", "gcc", "libc6-dev"]


def test_a_package_is_there_when_its_program_is(tmp_path):
    (tmp_path / "psql").touch(mode=0o755)

    assert alpine_tool.packages(["postgresql16-client"]) == ["postgresql-client"]
    assert alpine_tool.is_installed("postgresql-client", {"PATH": str(tmp_path)})
    assert not alpine_tool.is_installed("default-mysql-client", {"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-S", "app"], ["useradd", "-r", "-m", "app"]),
        (["-D", "-H", "-u", "1000", "-G", "g", "app"], ["useradd", "-u", "1000", "-g", "g", "-M", "app"]),
        (["-SDH", "-h", "/app", "app"], ["useradd", "-r", "-d", "/app", "-M", "app"]),
        (["app", "wheel"], ["usermod", "-aG", "wheel", "app"]),
    ],
)
def test_adduser_of_alpine_becomes_useradd(words, expected):
    assert alpine_tool.user_words(words) == expected


def test_addgroup_of_alpine_becomes_groupadd():
    assert alpine_tool.group_words(["-g", "1000", "-S", "app"]) == ["groupadd", "-g", "1000", "-r", "app"]
    assert alpine_tool.group_words(["app", "wheel"]) == ["usermod", "-aG", "wheel", "app"]


def test_only_images_of_alpine_have_its_tools(machine):
    from composekit.images.catalogue import find

    programs = machine("/usr/bin/node", "/bin/bash")

    assert set(find("node:20-alpine", *programs).shims) >= {"addgroup", "adduser", "apk"}
    assert "apk" in find("alpine", *programs).shims
    assert "apk" not in find("node:20", *programs).shims
    assert "apk" not in find("alpine", *machine("/sbin/apk")).shims


def test_phpmyadmin_has_a_server_for_each_host():
    environ = {"PMA_HOSTS": "one, two", "PMA_PORTS": "3306,3307", "PMA_USER": "it's", "PMA_PASSWORD": "p\\"}
    lines = phpmyadmin.configuration(environ, "00", "/own").splitlines()

    assert [line for line in lines if "'host'" in line or "'port'" in line or "'user'" in line] == [
        "$cfg['Servers'][1]['host'] = 'one';",
        "$cfg['Servers'][1]['port'] = '3306';",
        "$cfg['Servers'][1]['user'] = 'it\\'s';",
        "$cfg['Servers'][2]['host'] = 'two';",
        "$cfg['Servers'][2]['port'] = '3307';",
        "$cfg['Servers'][2]['user'] = 'it\\'s';",
    ]
    assert "$cfg['Servers'][1]['password'] = 'p\\\\';" in lines
    assert lines[-1] == "foreach (glob('/own/*.inc.php') as $file) { include $file; }"


def test_wordpress_takes_passwords_from_files_and_asks_the_environment_each_time(tmp_path):
    (tmp_path / "pw").write_text("secret\n")
    view = View({"/run/secrets/pw": str(tmp_path / "pw")}, "/s", ())

    made = wordpress.with_secrets({"WORDPRESS_DB_PASSWORD_FILE": "/run/secrets/pw", "A_FILE": "b"}, view)

    assert made == {"WORDPRESS_DB_PASSWORD": "secret", "A_FILE": "b"}
    assert "getenv('WORDPRESS_DB_PASSWORD') ?:" in wordpress.configuration(["k"] * 8)


def test_zookeeper_meets_its_clients_at_the_replicas_address():
    view = View({}, "/s", ("127.1.0.1",))
    servers = "server.1=zoo1:2888:3888;2181 server.2=zoo2:2888:3888;2181"
    lines = zookeeper.configuration({"ZOO_MY_ID": "2", "ZOO_SERVERS": servers}, view, "/d", "/l").splitlines()

    assert "server.1=zoo1:2888:3888;2181" in lines
    assert "server.2=zoo2:2888:3888;127.1.0.1:2181" in lines
    assert [line for line in lines if line.startswith("clientPort")] == []
    alone = zookeeper.configuration({"ZOO_CFG_EXTRA": "a=1 b=2", "ZOO_TICK_TIME": "9"}, view, "/d", "/l").splitlines()
    assert {"clientPort=2181", "clientPortAddress=127.1.0.1", "tickTime=9", "a=1", "b=2"} <= set(alone)
