import os
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import ComposekitError
from composekit.images.entry.nginx import configuration_path, substituted, templates
from composekit.images.entry.nginx_config import DEFAULT_SERVER, MAIN, Configuration, listen_port
from composekit.images.entry.nginx_syntax import quoted, read_directives
from composekit.images.entry.view import View


@pytest.fixture
def rewrite(tmp_path):
    """Rewrite a configuration as the image's nginx.conf; returns the copy's text, SCRATCH standing for its place."""

    def made(
        text, *, addresses=("127.83.0.5",), paths=None, made=None, user="www-data", dns="", path="/etc/nginx/nginx.conf"
    ):
        scratch, source = tmp_path / "scratch", tmp_path / "nginx.conf"
        source.write_text(textwrap.dedent(text))
        view = View({"/etc/nginx/nginx.conf": str(source), **(paths or {})}, str(scratch), addresses)
        configuration = Configuration(view, user=user, made=made or {}, dns=dns)
        copy = configuration.write("/etc/nginx/nginx.conf", given="pid /x; user x;")
        shown = os.path.join(os.path.dirname(copy), os.path.relpath(path, "/etc/nginx"))
        with open(shown, encoding="utf-8") as file:
            return file.read().replace(str(scratch), "SCRATCH")

    return made


def server(text):
    return "error_log stderr;\nhttp { access_log off; " + TEMPORARY + "\nserver {\n" + text + "\n}\n}\n"


TEMPORARY = " ".join(
    f"{name}_temp_path /dev/shm/{name};" for name in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi")
)


@pytest.mark.parametrize(
    ("written", "copied"),
    [
        ("listen 80;", "listen 127.83.0.5:80;"),
        ("listen 8080 default_server ssl;", "listen 127.83.0.5:8080 default_server ssl;"),
        ("listen *:81;", "listen 127.83.0.5:81;"),
        ("listen 0.0.0.0;", "listen 127.83.0.5:80;"),
        ("listen [::]:82 ipv6only=on;", "listen 127.83.0.5:82;"),
        ("listen localhost:83;", "listen 127.83.0.5:83;"),
        ("listen 80; listen [::]:80;", "listen 127.83.0.5:80; "),
        ("listen 443 ssl; listen 443 quic;", "listen 127.83.0.5:443 ssl; listen 127.83.0.5:443 quic;"),
        ("listen unix:/run/app.sock;", "listen unix:SCRATCH/run/app.sock;"),
    ],
)
def test_listen_gets_the_replicas_address(rewrite, written, copied):
    assert rewrite(server(written)) == server(copied)


def test_listen_gets_every_address_of_the_replica(rewrite):
    copied = rewrite(server("listen 80 http2;"), addresses=("127.83.0.5", "fd00::5"))

    assert copied == server("listen 127.83.0.5:80 http2; listen [fd00::5]:80 http2;")


def test_without_an_address_listen_stays(rewrite):
    assert rewrite(server("listen 80; listen [::]:80;"), addresses=()) == server("listen 80; listen [::]:80;")


def test_a_server_that_does_not_say_where_it_listens_is_told(rewrite):
    assert rewrite(server("return 204;")) == server("return 204;").replace("server {", "server { listen 127.83.0.5:80;")


def test_a_default_server_is_one_for_ipv4_and_ipv6(rewrite):
    two = "listen 80 default_server; }\nserver { listen [::]:80 default_server;"

    assert rewrite(server(two)) == server("listen 127.83.0.5:80 default_server; }\nserver { listen 127.83.0.5:80;")


def test_line_numbers_stay(rewrite):
    text = (
        "user\n  nginx\n;\nerror_log # here\n  /var/log/nginx/error.log\n  warn;\n"
        'events {}\nload_module\n "modules/x.so";\n'
    )

    copied = rewrite(text)

    assert copied.count("\n") == text.count("\n")
    assert copied.splitlines()[6] == "events {}"
    assert "/usr/lib/nginx/modules/x.so" in copied


def test_paths_are_those_of_this_machine(rewrite):
    text = server(
        "listen 80;\nroot /srv/www;\nssl_certificate certs/a.pem;\n"
        "location /x/ { alias /srv/www/x/; }\naccess_log /var/log/nginx/access.log;\n"
        "error_log /var/log/nginx/error.log warn;\n"
        "access_log /var/log/own.log;\n"
        "proxy_pass http://unix:/run/app.sock:/x;\nroot /srv/www/$host/pages;\ntry_files $uri /srv/www;"
    )

    copied = rewrite(text, paths={"/srv/www": "/home/me/site", "/etc/nginx/certs": "/certs", "/run": "/volume"})

    assert copied == server(
        "listen 127.83.0.5:80;\nroot /home/me/site;\nssl_certificate /certs/a.pem;\n"
        "location /x/ { alias /home/me/site/x/; }\n"
        "access_log /dev/stdout;\nerror_log stderr warn;\naccess_log SCRATCH/var/log/own.log;\n"
        "proxy_pass http://unix:/volume/app.sock:/x;\nroot /home/me/site/$host/pages;\ntry_files $uri /srv/www;"
    )


def test_maps_and_comments_and_lua_are_left_alone(rewrite):
    text = server(
        "listen 80; # listen 81; }\n"
        "content_by_lua_block { local t = { root = '/srv' } -- listen 90; \n }\n"
        "location ~ ^/a\\{2\\};$ { return 200 'listen 80; }'; }"
    ).replace("http {", "http { map $uri $root { root /srv; listen 80; }")

    copied = rewrite(text, paths={"/srv": "/elsewhere"})

    assert copied == text.replace("listen 80; # ", "listen 127.83.0.5:80; # ")


def test_dockers_own_name_server_is_replaced(rewrite):
    assert rewrite(server("resolver 127.0.0.11 8.8.8.8 valid=5s; listen 1;"), dns="127.83.0.1:53") == server(
        "resolver 127.83.0.1:53 8.8.8.8 valid=5s; listen 127.83.0.5:1;"
    )


def test_included_files_are_copied_too_and_know_the_server_around_them(rewrite, tmp_path):
    (tmp_path / "part").write_text("listen 8080;\n")
    text = server("include parts/*.inc;\ninclude mime.types;")

    copied = rewrite(text, paths={"/etc/nginx/parts/b.inc": str(tmp_path / "part"), "/etc/nginx/parts/x.txt": "/x"})

    assert copied == server("include SCRATCH/nginx/etc/nginx/parts/b.inc;\ninclude /etc/nginx/mime.types;")
    assert (
        rewrite(text, paths={"/etc/nginx/parts/b.inc": str(tmp_path / "part")}, path="/etc/nginx/parts/b.inc")
        == "listen 127.83.0.5:8080;\n"
    )


def test_a_configuration_that_includes_itself_is_refused(rewrite, tmp_path):
    (tmp_path / "a.conf").write_text("include conf.d/a.conf;")

    with pytest.raises(ComposekitError, match=r"'/etc/nginx/conf.d/a.conf' includes itself"):
        rewrite("include conf.d/*.conf;", paths={"/etc/nginx/conf.d": str(tmp_path)})


def test_what_the_configuration_does_not_say_is_added(tmp_path):
    view = View({}, str(tmp_path), ("127.83.0.5",))

    copy = Configuration(view, user="www-data", made={}).write("/etc/nginx/nginx.conf")

    with open(copy, encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("user www-data;\n")
    assert f"\npid {tmp_path}/run/nginx.pid;\n" in text
    assert f"http {{ client_body_temp_path {tmp_path}/var/cache/nginx/client_body_temp_path; fastcgi_temp_path" in text
    assert f"include {tmp_path}/nginx/etc/nginx/conf.d/default.conf;" in text
    assert "access_log /dev/stdout main;" in text


def test_a_bare_configuration_gets_pid_log_and_user(tmp_path):
    (tmp_path / "nginx.conf").write_text("events {}\n")
    view = View({"/etc/nginx/nginx.conf": str(tmp_path / "nginx.conf")}, str(tmp_path / "s"), ())

    copy = Configuration(view, user="www-data", made={}).write("/etc/nginx/nginx.conf")

    with open(copy, encoding="utf-8") as file:
        assert file.read() == f"pid {tmp_path}/s/run/nginx.pid; error_log stderr; user www-data; events {{}}\n"


@pytest.mark.parametrize(
    ("paths", "there"),
    [
        ({}, True),
        ({"/etc/nginx/conf.d/app.conf": "/app.conf"}, True),
        ({"/etc/nginx/conf.d": "/conf.d"}, False),
        ({"/etc/nginx/conf.d/default.conf": "/dev/null"}, False),
    ],
)
def test_the_images_default_server_is_there_until_something_lies_over_it(paths, there, tmp_path):
    configuration = Configuration(View(paths, str(tmp_path)), user=None, made={})

    assert (configuration.made.get("/etc/nginx/conf.d/default.conf") == DEFAULT_SERVER) == there


def test_templates_are_filled_with_defined_variables_only(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "default.conf.template").write_text("listen ${PORT}; set $x $host; $PORTS ${PORT}0")
    (tmp_path / "sub" / "other.conf.template").write_text("$NAME")
    (tmp_path / "notes.txt").write_text("$PORT")
    view = View({"/etc/nginx/templates": str(tmp_path)})

    assert templates(view, {"PORT": "80", "COMPOSEKIT_ADDRESS": "x"}) == {
        "/etc/nginx/conf.d/default.conf": "listen 80; set $x $host; $PORTS 800",
        "/etc/nginx/conf.d/sub/other.conf": "$NAME",
    }


def test_templates_obey_the_images_variables(tmp_path):
    (tmp_path / "a.tpl").write_text("$APP_A $B")
    environ = {
        "NGINX_ENVSUBST_TEMPLATE_DIR": "/tpl",
        "NGINX_ENVSUBST_TEMPLATE_SUFFIX": ".tpl",
        "NGINX_ENVSUBST_OUTPUT_DIR": "/etc/nginx",
        "NGINX_ENVSUBST_FILTER": "^APP_",
        "APP_A": "1",
        "B": "2",
    }

    assert templates(View({"/tpl": str(tmp_path)}), environ) == {"/etc/nginx/a": "1 $B"}


def test_a_variable_without_a_value_stays():
    assert substituted("$A ${A} ${B} $$A", {"A": "1"}) == "1 1 ${B} $1"


@pytest.mark.parametrize(
    ("first", "port"),
    [
        ("80", "80"),
        ("*:81", "81"),
        ("[::]:82", "82"),
        ("[::1]", "80"),
        ("host", "80"),
        ("1.2.3.4:83", "83"),
        ("1-9", "1-9"),
    ],
)
def test_the_port_of_listen(first, port):
    assert listen_port(first) == port


def test_the_configuration_can_be_chosen_on_the_command_line():
    assert configuration_path(["-g", "daemon off;"]) == ("/etc/nginx/nginx.conf", ["-g", "daemon off;"])
    assert configuration_path(["-c", "/x.conf", "-t"]) == ("/x.conf", ["-t"])
    assert configuration_path(["-c", "x.conf"]) == ("/etc/nginx/x.conf", [])


@pytest.mark.parametrize(
    ("text", "message"),
    [("a;\nb c", "x:2: directive 'b' has no end"), ("a 'b;\n", "x:1: a quote or an escape has no end")],
)
def test_a_configuration_without_end_is_refused_with_its_line(text, message):
    with pytest.raises(ComposekitError) as raised:
        list(read_directives(text, "x"))

    assert str(raised.value) == message


def test_a_quoted_word_reads_as_itself():
    for text in ("plain", "two words", 'a"b', "back\\slash", "", "a;b{c}", "#x"):
        (directive,) = read_directives(f"name {quoted(text)};", "x")
        assert directive.words[1].text == text


@given(st.text(alphabet="ab $;{}'\"\\#\n", max_size=60))
def test_any_text_is_read_in_order_or_refused(text):
    try:
        directives = list(read_directives(text, "x"))
    except ComposekitError:
        return
    ends = [directive.end for directive in directives]
    assert ends == sorted(ends)
    for directive in directives:
        assert all(word.text in text or "\\" in text for word in directive.words)


def test_the_images_own_configuration_reads():
    names = [directive.name for directive in read_directives(MAIN + DEFAULT_SERVER, "x")]

    assert names.count("") == 3
    assert {"user", "http", "include", "server", "listen", "root"} <= set(names)
