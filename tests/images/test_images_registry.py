"""Digests from a registry: the distribution protocol, spoken with a server on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from composekit.images.registry import RegistryError, read_auths, resolve_digest
from composekit.values.image import parse_image

DIGEST = "sha256:" + "ab" * 32


class Registry(BaseHTTPRequestHandler):
    """Knows team/app:1.2; wants a token for team/private."""

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        if self.path == "/v2/team/private/manifests/latest" and self.headers.get("Authorization") != "Bearer t0ken":
            host = self.headers["Host"]
            challenge = f'Bearer realm="http://{host}/token",service="reg",scope="repository:team/private:pull"'
            return self.answer(401, {"WWW-Authenticate": challenge})
        if self.path in ("/v2/team/app/manifests/1.2", "/v2/team/private/manifests/latest"):
            return self.answer(200, {"Docker-Content-Digest": DIGEST})
        return self.answer(404, {})

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        self.answer(200, {"Content-Type": "application/json"}, json.dumps({"token": "t0ken"}).encode())

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def registry():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _image(server, rest):
    return parse_image(f"127.0.0.1:{server.server_address[1]}/{rest}")


def test_a_tag_is_resolved_to_the_digest_that_the_registry_has(registry):
    assert resolve_digest(_image(registry, "team/app:1.2"), auths={}) == DIGEST


def test_an_image_with_a_digest_asks_nobody(registry):
    assert resolve_digest(_image(registry, f"team/app@{DIGEST}"), auths={}) == DIGEST
    assert registry.seen == []


def test_a_registry_that_wants_a_token_gets_the_login_and_then_the_token(registry):
    host = f"127.0.0.1:{registry.server_address[1]}"

    assert resolve_digest(_image(registry, "team/private"), auths={host: "dTpw"}) == DIGEST
    assert [authorization for _, authorization in registry.seen] == [None, "Basic dTpw", "Bearer t0ken"]
    assert registry.seen[1][0] == "/token?service=reg&scope=repository%3Ateam%2Fprivate%3Apull"


def test_an_image_that_is_not_there_says_so(registry):
    with pytest.raises(RegistryError, match=r"gives no digest for team/nope:latest: it has no such image"):
        resolve_digest(_image(registry, "team/nope"), auths={})


def test_a_registry_that_cannot_be_reached_says_how_to_go_on():
    with pytest.raises(RegistryError, match="cannot reach the registry") as raised:
        resolve_digest(parse_image("127.0.0.1:1/team/app"), auths={})

    assert "leave out --resolve-image-digests" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "auths"),
    [
        ('{"auths": {"r.example": {"auth": "dTpw"}, "s.example": {}}}', {"r.example": "dTpw", "s.example": ""}),
        ("{}", {}),
        ("not json", {}),
        ("[]", {}),
    ],
)
def test_logins_are_read_from_dockers_own_file(text, auths):
    assert read_auths(text) == auths
