"""Which engine is meant, and what is said when it cannot be reached."""

import hashlib
import json
import socket
import subprocess
import threading

import pytest
from swarm_engine import Served

from composekit.errors import ComposekitError, UsageError
from composekit.swarm import dial
from composekit.swarm.dial import Unreachable
from composekit.swarm.endpoint import DEFAULT_HOST, Endpoint, Tls, find_endpoint
from composekit.swarm.engine import Engine, EngineError
from composekit.swarm.registry_auth import auth_header, registry_of


@pytest.fixture
def docker(tmp_path):
    """A configuration folder of the docker client, with a context `far`."""
    folder = tmp_path / "docker"
    identity = hashlib.sha256(b"far").hexdigest()
    meta = folder / "contexts" / "meta" / identity
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": "tcp://far:2376", "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "far", "Endpoints": endpoints}))
    tls = folder / "contexts" / "tls" / identity / "docker"
    tls.mkdir(parents=True)
    (tls / "ca.pem").write_text("x")
    return folder


def host(environ, **named):
    return find_endpoint({"HOME": "/nowhere", **environ}, **named).host


def test_the_local_socket_is_what_nothing_names():
    assert find_endpoint({"HOME": "/nowhere"}) == Endpoint(DEFAULT_HOST)


def test_the_order_of_those_who_name_an_engine(docker):
    (docker / "config.json").write_text('{"currentContext": "far"}')
    environ = {"DOCKER_CONFIG": str(docker)}
    assert host(environ) == "tcp://far:2376"
    assert host({**environ, "DOCKER_CONTEXT": "default"}) == DEFAULT_HOST
    assert host({**environ, "DOCKER_CONTEXT": "far", "DOCKER_HOST": "unix:///x"}) == "unix:///x"
    assert host({**environ, "DOCKER_HOST": "unix:///x"}, context="far") == "tcp://far:2376"
    assert host({**environ, "DOCKER_HOST": "unix:///x"}, host="ssh://me@far") == "ssh://me@far"


def test_a_context_brings_its_certificates(docker):
    found = find_endpoint({"DOCKER_CONFIG": str(docker)}, context="far")
    assert found.tls is not None
    assert (found.tls.ca.endswith("/docker/ca.pem"), found.tls.cert, found.tls.verify) == (True, "", True)


def test_the_environment_asks_for_tls(tmp_path):
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("x")
    environ = {"DOCKER_HOST": "tcp://far:2376", "DOCKER_CERT_PATH": str(tmp_path)}
    assert find_endpoint(environ).tls is None
    found = find_endpoint({**environ, "DOCKER_TLS_VERIFY": "1"}).tls
    assert found == Tls(*(str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem")), True)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"context": "nope"}, "the docker context 'nope' cannot be read"),
        ({"host": "far"}, "'far' is not the address of an engine"),
        ({"host": "npipe:////./pipe/docker"}, "is not the address of an engine"),
    ],
)
def test_what_names_no_engine_is_told(named, said):
    with pytest.raises(ComposekitError, match=said):
        find_endpoint({"HOME": "/nowhere"}, **named)


def test_host_and_context_together_are_a_usage_error():
    with pytest.raises(UsageError):
        find_endpoint({}, host="unix:///x", context="far")


@pytest.mark.parametrize("where", ["unix:///no/such/docker.sock", "tcp://127.0.0.1:1"])
def test_an_engine_that_is_not_there_is_told_with_its_address(where):
    with pytest.raises(Unreachable, match=f"cannot reach the engine at {where}: ") as caught:
        Engine(Endpoint(where)).check_manager()
    assert caught.value.exit_code == 4


def test_a_socket_without_permission_is_told_with_the_way_out(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(dial.Line, "_dial", refuse)
    with pytest.raises(Unreachable, match="no permission to use the engine at unix:///x") as caught:
        Engine(Endpoint("unix:///x")).check_manager()
    assert "group 'docker'" in caught.value.hint


def test_something_else_that_answers_is_told(tmp_path):
    server = socket.create_server(("127.0.0.1", 0))

    def answer():
        for _ in range(2):
            line, _ = server.accept()
            with line:
                line.recv(1000)
                line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(Unreachable):
        Engine(Endpoint(f"tcp://127.0.0.1:{server.getsockname()[1]}")).check_manager()
    thread.join()
    server.close()


def test_ssh_runs_the_docker_client_over_there(tmp_path, monkeypatch):
    served = Served(tmp_path / "s")
    program = tmp_path / "ssh"
    program.write_text(
        "#!/usr/bin/env python3\n"
        "import os, select, socket, sys\n"
        f"open({str(tmp_path / 'words')!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        f"line = socket.socket(socket.AF_UNIX); line.connect({str(tmp_path / 's')!r})\n"
        "while True:\n"
        "    for ready in select.select([0, line], [], [])[0]:\n"
        "        piece = os.read(0, 65536) if ready == 0 else line.recv(65536)\n"
        "        if not piece: sys.exit()\n"
        "        line.sendall(piece) if ready == 0 else os.write(1, piece)\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    engine = Engine(Endpoint("ssh://me@far:2222"))
    engine.check_manager()
    engine.close()
    served.close()

    words = (tmp_path / "words").read_text()
    assert words == "-o ConnectTimeout=30 -l me -p 2222 -T -- far docker system dial-stdio"


def test_what_ssh_complains_about_is_the_reason(tmp_path, monkeypatch):
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho 'me@far: Permission denied (publickey).' >&2\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(Unreachable, match=r"Permission denied \(publickey\)"):
        Engine(Endpoint("ssh://me@far")).check_manager()


def test_a_connection_that_was_closed_is_opened_again(tmp_path):
    served = Served(tmp_path / "s")
    engine = Engine(Endpoint(served.host))
    engine.check_manager()
    engine._connection.sock.shutdown(socket.SHUT_RDWR)
    assert engine.get("/services") == []
    with pytest.raises(EngineError, match="nope not found") as caught:
        engine.get("/services/nope")
    assert caught.value.status == 404
    engine.close()
    served.close()


@pytest.mark.integration
def test_tls_with_certificates_of_both_sides(tmp_path):
    import shutil
    import ssl

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(cert)
    context.verify_mode = ssl.CERT_REQUIRED
    server = socket.create_server(("localhost", 0))
    body = json.dumps({"Swarm": {"ControlAvailable": True}}).encode()
    reply = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def answer():
        line = context.wrap_socket(server.accept()[0], server_side=True)
        for _ in range(2):
            line.recv(4096)
            line.sendall(reply)
        line.close()

    thread = threading.Thread(target=answer)
    thread.start()
    tls = Tls(str(cert), str(cert), str(key))
    engine = Engine(Endpoint(f"tcp://localhost:{server.getsockname()[1]}", tls))
    engine.check_manager()
    thread.join()
    engine.close()
    server.close()


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("nginx:1", "https://index.docker.io/v1/"),
        ("me/app", "https://index.docker.io/v1/"),
        ("docker.io/me/app", "https://index.docker.io/v1/"),
        ("r.example.com/me/app:1", "r.example.com"),
        ("localhost/app", "localhost"),
        ("r:5000/app", "r:5000"),
    ],
)
def test_the_registry_of_an_image(image, registry):
    assert registry_of(image) == registry


def test_credentials_come_from_the_docker_clients_configuration(tmp_path):
    import base64

    entry = {"auth": base64.b64encode(b"me:pass:word").decode()}
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"r.example.com": entry}}))
    header = auth_header({"DOCKER_CONFIG": str(tmp_path)}, "r.example.com/app:1")
    assert json.loads(base64.urlsafe_b64decode(header)) == {
        "serveraddress": "r.example.com",
        "username": "me",
        "password": "pass:word",
    }
    nobody = auth_header({"DOCKER_CONFIG": str(tmp_path)}, "nginx")
    assert json.loads(base64.urlsafe_b64decode(nobody)) == {}


def test_a_credential_helper_is_asked(tmp_path):
    import base64

    program = tmp_path / "docker-credential-try"
    program.write_text('#!/bin/sh\nread host\necho "{\\"Username\\": \\"me\\", \\"Secret\\": \\"for $host\\"}"\n')
    program.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "try"}')
    environ = {"DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    found = json.loads(base64.urlsafe_b64decode(auth_header(environ, "r.example.com/app")))
    assert (found["username"], found["password"]) == ("me", "for r.example.com")
