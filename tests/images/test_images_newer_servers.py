"""The real Mosquitto, image registry, Alertmanager and MediaWiki of this machine."""

import glob
import os
import signal
import socket
import urllib.request

import pytest
from running_servers import fetch, installed

pytestmark = pytest.mark.integration

CONNECT = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ck"
ACCEPTED, REFUSED = b"\x20\x02\x00\x00", b"\x20\x02\x00\x05"


def connect(address):
    with socket.create_connection((address, 1883), timeout=20) as connection:
        connection.sendall(CONNECT)
        return connection.recv(4)


def test_two_mosquitto_replicas_share_a_port_and_each_has_its_own_rules(start, tmp_path):
    installed("eclipse-mosquitto")
    (tmp_path / "closed.conf").write_text("listener 1883\npersistence true\npersistence_location /mosquitto/data/\n")
    (tmp_path / "data").mkdir()
    paths = {"/mosquitto/config/mosquitto.conf": "closed.conf", "/mosquitto/data": "data"}
    open_one = start("eclipse-mosquitto:2", address="127.84.12.1")
    closed = start("eclipse-mosquitto:2", paths=paths, address="127.84.12.2")
    for one in (open_one, closed):
        one.wait_line("running")

    assert (connect("127.84.12.1"), connect("127.84.12.2")) == (ACCEPTED, REFUSED)
    assert closed.stop(signal.SIGTERM) == 0
    assert os.listdir(tmp_path / "data") == ["mosquitto.db"]


def test_the_registry_keeps_what_is_pushed_in_its_volume(start, tmp_path):
    installed("registry:2")
    (tmp_path / "data").mkdir()
    first = start("registry:2", paths={"/var/lib/registry": "data"}, address="127.84.12.3")
    first.wait_line("listening on 127.84.12.3:5000")
    url = "http://127.84.12.3:5000/v2/me/image/blobs"
    with urllib.request.urlopen(urllib.request.Request(f"{url}/uploads/", method="POST"), timeout=30) as answer:
        place = answer.headers["Location"]
    digest = "sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    kind = {"Content-Type": "application/octet-stream"}
    put = urllib.request.Request(f"{place}&digest={digest}", data=b"content", method="PUT", headers=kind)
    with urllib.request.urlopen(put, timeout=30) as answer:
        assert answer.status == 201
    first.stop(signal.SIGTERM)

    second = start("registry:2", "serve", "/etc/docker/registry/config.yml", paths={"/var/lib/registry": "data"},
                   address="127.84.12.4")  # fmt: skip
    second.wait_line("listening on 127.84.12.4:5000")
    assert fetch(f"http://127.84.12.4:5000/v2/me/image/blobs/{digest}") == (200, "content")


def test_alertmanager_has_a_configuration_of_its_own(start, tmp_path):
    installed("prom/alertmanager")
    (tmp_path / "data").mkdir()
    service = start("prom/alertmanager", paths={"/alertmanager": "data"}, address="127.84.12.5")
    service.wait_line("Listening on")

    assert fetch("http://127.84.12.5:9093/-/healthy") == (200, "OK")


@pytest.mark.skipif(os.geteuid() != 0, reason="the web server listens at port 80")
def test_mediawiki_asks_to_be_set_up_until_it_has_settings(start, tmp_path):
    if not (glob.glob("/usr/lib/apache2/modules/libphp*.so") and os.path.isdir("/usr/share/mediawiki")):
        pytest.skip("MediaWiki is not installed here")
    fresh = start("mediawiki", address="127.84.12.6")
    fresh.wait_line("resuming normal operations")
    assert "LocalSettings.php not found" in fetch("http://127.84.12.6/")[1]

    (tmp_path / "LocalSettings.php").write_text("<?php die('my settings');")
    settled = start("mediawiki", paths={"/var/www/html/LocalSettings.php": "LocalSettings.php"}, address="127.84.12.7")
    settled.wait_line("resuming normal operations")
    assert fetch("http://127.84.12.7/")[1] == "my settings"
