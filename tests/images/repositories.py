"""Repositories and files for tests, served on this machine by git's own daemon and by a small web server."""

import base64
import functools
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time

GIT = shutil.which("git")
_AS = ("-c", "user.name=composekit", "-c", "user.email=composekit@example.com", "-c", "protocol.file.allow=always",
       "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false")  # fmt: skip


def git(folder, *words):
    done = subprocess.run([GIT, *_AS, "-C", folder, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Repositories:
    """Bare repositories below a folder. `work/NAME` is where their content is made."""

    def __init__(self, folder):
        self.served = folder / "served"
        self.work = folder / "work"
        self.served.mkdir()
        self.work.mkdir()
        self._stops = []

    def commit(self, name, files, *, tag="", branch=""):
        """Commit files to a repository, made when it is not there; return the commit's id."""
        place, bare = self.work / name, self.served / f"{name}.git"
        if not place.exists():
            git(self.work, "init", "-q", name)
            git(self.served, "init", "-q", "--bare", bare.name)
            git(place, "remote", "add", "origin", str(bare))
        if branch:
            git(place, "checkout", "-q", "-b", branch)
        for path, text in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        git(place, "add", "-A")
        git(place, "commit", "-q", "--allow-empty", "-m", "a change")
        if tag:
            git(place, "tag", "-a", tag, "-m", tag)
        self.push(name)
        return git(place, "rev-parse", "HEAD")

    def push(self, name):
        git(self.work / name, "push", "-q", "--all", "origin")
        git(self.work / name, "push", "-q", "--tags", "origin")
        git(self.served / f"{name}.git", "update-server-info")

    def git_url(self):
        """Start git's daemon; return its address."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        daemon = subprocess.Popen(
            [GIT, "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", f"--port={port}",
             f"--base-path={self.served}", str(self.served)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._stops.append(lambda: (os.killpg(daemon.pid, 15), daemon.wait()))
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
            except OSError:
                assert time.monotonic() < deadline, "git daemon does not listen"
                time.sleep(0.02)
            else:
                return f"git://127.0.0.1:{port}"

    def web_url(self, *, login="", headers=None):
        """Start a web server of the folder; return its address, and the paths it is asked for."""
        asked = []
        handler = functools.partial(_Files, login, headers or {}, asked, directory=str(self.served))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self._stops.append(lambda: (server.shutdown(), server.server_close()))
        return f"127.0.0.1:{server.server_address[1]}", asked

    def close(self):
        for stop in self._stops:
            stop()


class _Files(http.server.SimpleHTTPRequestHandler):
    def __init__(self, login, headers, asked, *args, **more):
        self.login = login
        self.more = headers
        self.asked = asked
        super().__init__(*args, **more)

    def do_GET(self):
        self.asked.append(self.path)
        wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        if self.login and self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="files"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def end_headers(self):
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        pass
