"""The pure parts of the entry programs of mosquitto and postfixadmin, and files that an image brings."""

from composekit.images.catalogue import read_recipe
from composekit.images.entry import mosquitto, postfixadmin, server
from composekit.images.entry.view import View

VIEW = View({"/mosquitto/data": "/v/data", "/mosquitto/config/pw": "/v/pw"}, "/s", ("127.1.0.1",))


def test_mosquittos_listeners_get_the_replicas_address_and_its_files_their_places():
    text = """\
# a comment
listener 1883
listener 8883 0.0.0.0
listener 9001 127.0.0.1
listener 0 /run/mosquitto.sock
bind_address 0.0.0.0
user root
persistence_location /mosquitto/data/
password_file /mosquitto/config/pw
log_dest file /mosquitto/log/m.log
"""
    assert mosquitto.configuration(text, VIEW).splitlines() == [
        "# a comment",
        "listener 1883 127.1.0.1",
        "listener 8883 127.1.0.1",
        "listener 9001 127.0.0.1",
        "listener 0 /run/mosquitto.sock",
        "persistence_location /v/data/",
        "password_file /v/pw",
        "log_dest file /s/mosquitto/log/m.log",
    ]


def test_mosquitto_without_a_listener_has_one_and_is_open_unless_it_says_who_may():
    assert mosquitto.configuration("", VIEW) == "listener 1883 127.1.0.1\nallow_anonymous true\n"
    assert mosquitto.configuration("port 1884\n", VIEW) == "listener 1884 127.1.0.1\n"
    assert (
        mosquitto.configuration("allow_anonymous false\n", VIEW) == "allow_anonymous false\nlistener 1883 127.1.0.1\n"
    )
    assert mosquitto.configuration("", View({}, "/s")) == ""


def test_postfixadmin_is_set_by_its_variables(tmp_path):
    view = View({}, str(tmp_path))
    environ = {"POSTFIXADMIN_DB_TYPE": "mysqli", "POSTFIXADMIN_DB_HOST": "db", "POSTFIXADMIN_DB_PASSWORD": "it's\\"}

    assert postfixadmin.configuration(environ, view).splitlines() == [
        "<?php",
        "$CONF['configured'] = true;",
        "$CONF['database_type'] = 'mysqli';",
        "$CONF['database_host'] = 'db';",
        "$CONF['database_password'] = 'it\\'s\\\\';",
    ]
    assert f"$CONF['database_name'] = '{tmp_path}/var/tmp/postfixadmin.db';" in postfixadmin.configuration({}, view)


def test_an_images_own_file_is_there_where_the_service_has_none(tmp_path):
    about = read_recipe("alertmanager")["server"]
    path = "/etc/alertmanager/alertmanager.yml"
    made = server.with_defaults(about, View({}, str(tmp_path)))

    with open(made.paths[path], encoding="utf-8") as file:
        assert file.readline() == "route:\n"
    words = read_recipe("alertmanager")["command"]
    assert f"--config.file={made.paths[path]}" in server.server_arguments(about, words, {}, made)
    given = server.with_defaults(about, View({path: "/v/mine.yml"}, str(tmp_path)))
    assert given.paths == {path: "/v/mine.yml"}
