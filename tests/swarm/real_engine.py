"""Real engines for the integration tests: the one that DOCKER_HOST names, or private ones of this machine's dockerd.

A private engine has its own network, processes, mounts, data and socket, so it neither sees nor disturbs what runs
here, and all of it is gone when its first process is killed.
"""

import glob
import http.client
import io
import os
import shutil
import signal
import subprocess
import tarfile
import time
from urllib.parse import urlencode

import pytest

from composekit.errors import ComposekitError
from composekit.swarm.dial import Line
from composekit.swarm.endpoint import Endpoint, find_endpoint
from composekit.swarm.engine import Engine

IMAGE = "busybox:latest"
NET = "10.213.77"


class RealEngine:
    """An engine in swarm mode that has busybox:latest."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.engine = Engine(endpoint)

    @property
    def host(self):
        return self.endpoint.host

    def load_busybox(self):
        """Make the image from the static busybox of this machine, without any registry."""
        program = shutil.which("busybox")
        assert program is not None
        tree = io.BytesIO()
        with tarfile.open(fileobj=tree, mode="w") as tar:
            tar.add(program, "bin/busybox")
            for name in ("sh", "sleep", "echo", "true", "false", "cat", "ls"):
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
            for name in ("tmp", "etc"):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(folder)
        line = Line(self.endpoint, timeout=60)
        connection = http.client.HTTPConnection("docker")
        connection.sock = line.socket
        query = [("fromSrc", "-"), ("repo", "busybox"), ("tag", "latest"), ("changes", "ENV PATH=/bin")]
        connection.request("POST", f"/v1.41/images/create?{urlencode(query)}", tree.getvalue())
        assert connection.getresponse().read()
        line.close()

    def close(self):
        self.engine.close()


# A name server that answers at once that nobody is there: every task asks a registry for its image first.
START = """\
mount --bind "$0/resolv.conf" /etc/resolv.conf
exec dockerd --host "unix://$0/d.sock" --data-root "$0/root" --exec-root "$0/exec" --pidfile "$0/pid" \\
    --storage-driver vfs --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$1"
"""


class PrivateEngine(RealEngine):
    """A dockerd of our own, in namespaces of its own."""

    def __init__(self, folder, number, hub):
        self.address = f"{NET}.{number}"
        self._folder = folder
        self._namespace = f"{hub}-{number}"
        self._hub = hub
        folder.mkdir(mode=0o700)
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        self._make_network(number)
        with (folder / "log").open("wb") as log:
            self._program = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self._namespace}", "unshare", "--pid", "--mount", "--mount-proc",
                 "--fork", "--kill-child", "sh", "-ec", START, folder, self._namespace],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        super().__init__(Endpoint(f"unix://{folder}/d.sock"))
        self._wait_until_up()

    def _make_network(self, number):
        inner, outer = f"ck{os.getpid() % 10000}n{number}", f"ck{os.getpid() % 10000}h{number}"
        ip("netns", "add", self._namespace)
        ip("link", "add", inner, "netns", self._namespace, "type", "veth", "peer", "name", outer, "netns", self._hub)
        ip("-n", self._hub, "link", "set", outer, "master", "hub", "up")
        ip("-n", self._namespace, "addr", "add", f"{self.address}/24", "dev", inner)
        ip("-n", self._namespace, "link", "set", inner, "up")
        ip("-n", self._namespace, "link", "set", "lo", "up")
        ip("-n", self._namespace, "route", "add", "default", "dev", inner)

    def _wait_until_up(self):
        for _ in range(300):
            if self._program.poll() is not None:
                break
            try:
                self.engine.get("/info")
            except ComposekitError:
                time.sleep(0.1)  # a daemon tells nobody when it is ready
            else:
                return
        log = (self._folder / "log").read_text(errors="replace")
        self.close()
        pytest.skip(f"dockerd does not run here: {log.strip().splitlines()[-1][-200:] if log.strip() else 'no reason'}")

    def init(self):
        self.engine.post("/swarm/init", {"ListenAddr": f"{self.address}:2377", "AdvertiseAddr": self.address})

    def join(self, first):
        token = first.engine.get("/swarm")["JoinTokens"]["Worker"]
        self.engine.post(
            "/swarm/join",
            {"ListenAddr": f"{self.address}:2377", "AdvertiseAddr": self.address,
             "RemoteAddrs": [f"{first.address}:2377"], "JoinToken": token},
        )  # fmt: skip

    def kill(self):
        """End the daemon and everything that it runs, as a machine does that loses its power."""
        if self._program.poll() is None:
            # The first process of a space ends when all others in it have ended, and its parent after it.
            with open(f"/proc/{self._program.pid}/task/{self._program.pid}/children", encoding="ascii") as file:
                for child in file.read().split():
                    os.kill(int(child), signal.SIGKILL)
            self._program.wait(60)

    def close(self):
        super().close()
        self.kill()
        for folder in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*/")):
            for place, _, _ in os.walk(os.path.join(folder, self._namespace), topdown=False):
                os.rmdir(place)
        ip("netns", "del", self._namespace)
        shutil.rmtree(self._folder, ignore_errors=True)


class Hub:
    """A bridge in a namespace of its own, to which private engines are plugged."""

    def __init__(self, folder):
        self._folder = folder
        self._name = f"ckhub{os.getpid()}"
        self._engines = []
        try:
            ip("netns", "add", self._name)
            ip("-n", self._name, "link", "add", "hub", "type", "bridge")
            ip("-n", self._name, "link", "set", "hub", "up")
            # The networks of a swarm are made of these.
            ip("-n", self._name, "link", "add", "try", "type", "vxlan", "id", "77", "dstport", "4789")
            ip("-n", self._name, "link", "del", "try")
        except subprocess.CalledProcessError as error:
            subprocess.run(["ip", "netns", "del", self._name], check=False, capture_output=True)
            pytest.skip(f"networks of a swarm cannot be made here: {error.stderr.strip()}")

    def engine(self):
        number = len(self._engines) + 1
        made = PrivateEngine(self._folder / f"e{number}", number, self._name)
        self._engines.append(made)
        made.load_busybox()
        return made

    def close(self):
        for one in reversed(self._engines):
            one.close()
        ip("netns", "del", self._name)


def why_no_private_engine():
    """Return why this machine cannot run one, empty when it can."""
    if os.environ.get("COMPOSEKIT_PRIVATE_ENGINES") != "1":
        return "private engines take minutes: set COMPOSEKIT_PRIVATE_ENGINES=1 for them"
    if os.geteuid() != 0:
        return "only root can start dockerd"
    for program in ("dockerd", "nsenter", "unshare", "ip", "iptables", "busybox"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    with open(shutil.which("busybox"), "rb") as file:
        if b"ld-linux" in file.read(4096):
            return "busybox is not the static one (Debian's busybox-static)"
    return ""


def named_engine():
    """Return the engine that DOCKER_HOST names, or `None`; skips when it cannot be used."""
    if not os.environ.get("DOCKER_HOST"):
        return None
    made = RealEngine(find_endpoint(os.environ))
    try:
        made.engine.check_manager()
    except ComposekitError as error:
        pytest.skip(f"DOCKER_HOST: {error}")
    images = made.engine.get("/images/json")
    if not any(IMAGE in (image.get("RepoTags") or ()) for image in images):
        pytest.skip(f"DOCKER_HOST: the engine has no {IMAGE}")
    return made


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
