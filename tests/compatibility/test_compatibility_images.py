"""What the files of images rely on: users of their own, configurations written by a command."""

import shutil
import urllib.request

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.needs_root("users")
@pytest.mark.parametrize("runner", ["me"], indirect=True)
@pytest.mark.parametrize("tty", ["false", "true"])
def test_a_user_who_is_not_root_opens_its_standard_streams_by_name(runner, tty):
    file = runner.folder / "compose.yaml"
    command = 'echo to the log > /dev/stdout && echo "as $(id -u)" > /dev/stderr'
    file.write_text(
        "name: ckusers\nservices:\n  box:\n    image: alpine\n    user: '33'\n"
        f"    tty: {tty}\n    command: ['sh', '-c', {command.replace('$', '$$')!r}]\n"
    )
    done = runner("-f", file, "up", "--no-log-prefix")

    assert done.returncode == 0, done.stderr
    shown = (done.stdout + done.stderr).replace("\r", "").splitlines()
    assert {"to the log", "as 33"} <= set(shown)


@pytest.mark.needs_view("files")
@pytest.mark.needs_root("files")
@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
@pytest.mark.parametrize("runner", ["me"], indirect=True)
def test_a_command_may_write_the_configuration_of_its_server(runner):
    template = runner.folder / "site.template"
    template.write_text('server { listen 80; location / { return 200 "hello from WHO"; } }\n')
    file = runner.folder / "compose.yaml"
    file.write_text(
        "name: ckwritten\nservices:\n  web:\n    image: nginx\n    ports: ['0:80']\n"
        "    volumes: ['./site.template:/etc/nginx/conf.d/site.template:ro']\n"
        '    command: sh -c "sed s/WHO/$$HOSTNAME/ /etc/nginx/conf.d/site.template > /etc/nginx/conf.d/default.conf'
        " && exec nginx -g 'daemon off;'\"\n    hostname: here\n"
        "    healthcheck: {test: curl -fs http://localhost/, interval: 5s, start_period: 20s, start_interval: 200ms}\n"
    )
    up = runner("-f", file, "up", "-d", "--wait")
    assert up.returncode == 0, up.stderr

    port = runner("-f", file, "port", "web", 80).stdout.strip().rpartition(":")[2]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        assert answer.read() == b"hello from here"
