"""Names and paths in texts."""

import pytest

from composekit.runtime.rewrite import (
    map_path,
    rewrite_loopback,
    rewrite_paths,
    rewrite_value,
    rewrite_word,
    rewrite_words,
)

NAMES = {"db": "127.1.1.1", "api": "127.1.1.2", "my-db.local": "127.1.1.3"}
PATHS = {"/app": "/home/me/src", "/app/data": "/state/data", "/etc/x.conf": "/home/me/x.conf"}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("DB_HOST", "db", "127.1.1.1"),
        ("DB_NAME", "db", "db"),
        ("POSTGRES_DB", "db", "db"),
        ("CACHE_DRIVER", "db", "db"),
        ("URL", "http://api", "http://127.1.1.2"),
        ("ANY", "http://api:80/api?x=api", "http://127.1.1.2:80/api?x=api"),
        ("ANY", "postgres://db:db@db:5432/db", "postgres://db:db@127.1.1.1:5432/db"),
        ("ANY", "jdbc:postgresql://db:5432/db", "jdbc:postgresql://127.1.1.1:5432/db"),
        ("ANY", "user:pw@tcp(db:3306)/db", "user:pw@tcp(127.1.1.1:3306)/db"),
        ("ANY", "host=db user=db dbname=db", "host=127.1.1.1 user=db dbname=db"),
        ("BROKERS", "db:1,api:2", "127.1.1.1:1,127.1.1.2:2"),
        ("ANY", "http://api.example.com", "http://api.example.com"),
        ("ANY", "https://my-db.local/x", "https://127.1.1.3/x"),
        ("ANY", "mydb:5432", "mydb:5432"),
        ("ANY", "a,b", "a,b"),
        ("ANY", "", ""),
    ],
)
def test_environment_values(key, value, expected):
    assert rewrite_value(key, value, NAMES) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("db", "db"),
        ("--host=db:5432", "--host=127.1.1.1:5432"),
        ("curl http://api:80/ && db migrate", "curl http://127.1.1.2:80/ && db migrate"),
        ("wait-for db:5432 -- run", "wait-for 127.1.1.1:5432 -- run"),
        ("/srv/db:5432", "/srv/db:5432"),
        ("pg_isready -h db -U db -d db", "pg_isready -h 127.1.1.1 -U db -d db"),
        (
            "mysqladmin --host=db ping; redis-cli --host api",
            "mysqladmin --host=127.1.1.1 ping; redis-cli --host 127.1.1.2",
        ),
        ("ls -h dbs; du --with-host db", "ls -h dbs; du --with-host db"),
    ],
)
def test_words_of_a_command(word, expected):
    assert rewrite_word(word, NAMES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/app", "/home/me/src"),
        ("/app/main.py", "/home/me/src/main.py"),
        ("/app/data/x", "/state/data/x"),
        ("/application", "/application"),
        ("/srv/app", "/srv/app"),
        ("cat /etc/x.conf; ls /app", "cat /home/me/x.conf; ls /home/me/src"),
        ("--config=/etc/x.conf", "--config=/home/me/x.conf"),
        ("/etc/x.config", "/etc/x.config"),
        ("http://host/app", "http://host/app"),
    ],
)
def test_paths(text, expected):
    assert rewrite_paths(text, PATHS) == expected


def test_loopback_is_replaced_where_it_is_a_whole_host():
    assert rewrite_loopback("localhost:80 127.0.0.1 127.0.0.11 mylocalhost", "X") == "X:80 X 127.0.0.11 mylocalhost"


@pytest.mark.parametrize(("path", "expected"), [("/app/x", "/home/me/src/x"), ("/app", "/home/me/src"), ("/var", None)])
def test_directories(path, expected):
    assert map_path(path, PATHS) == expected


def test_a_name_after_an_option_for_hosts_is_one():
    words = ["psql", "-h", "db", "-U", "db", "db"]

    assert rewrite_words(words, NAMES) == ("psql", "-h", "127.1.1.1", "-U", "db", "db")
    assert rewrite_words(["-h", "unknown", "x"], NAMES) == ("-h", "unknown", "x")
