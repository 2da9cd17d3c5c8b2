"""Run the README's first command as a person does: wait for the page, press Ctrl-C, and see that everything stopped.

usage: quickstart.py COMMAND-LINE
Then the same project once more in the background: `up -d --wait`, `ps`, `logs`, `down`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

FILE = ["-f", "fixtures/quickstart/compose.yaml"]
PATIENCE_SECONDS = 300


def main(line: str) -> None:
    os.environ["PORT"] = port = str(free_port())
    page = f"http://localhost:{port}/"
    say(f"$ {line}")
    shell = subprocess.Popen(["bash", "-c", line], start_new_session=True, preexec_fn=take_interrupts)
    try:
        text = wait_for_page(page, shell)
        say(f"the page answers with {len(text)} bytes; pressing Ctrl-C")
        os.killpg(shell.pid, signal.SIGINT)
        code = shell.wait(60)
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
    if code not in (0, 130):
        sys.exit(f"the README's command ended with exit code {code}")
    if answers(page) is not None:
        sys.exit("the page still answers after Ctrl-C")
    in_the_background(page)


def in_the_background(page: str) -> None:
    compose("up", "-d", "--wait")
    if answers(page) is None:
        sys.exit("the page does not answer after 'up -d --wait'")
    shown = compose("ps")
    if "(healthy)" not in shown or "quickstart-web-1" not in shown:
        sys.exit("'ps' does not show a healthy quickstart-web-1")
    if "web-1" not in compose("logs"):
        sys.exit("'logs' has no line of web-1")
    compose("down", "-v")
    if answers(page) is not None:
        sys.exit("the page still answers after 'down'")


def compose(*words: str) -> str:
    """Run composekit; its output is shown and returned. A failure ends this program."""
    say(f"$ v/bin/composekit {' '.join([*FILE, *words])}")
    done = subprocess.run(
        ["v/bin/composekit", *FILE, *words], stdout=subprocess.PIPE, text=True, timeout=120, check=False
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        sys.exit(f"'composekit {words[0]}' ended with exit code {done.returncode}")
    return done.stdout


def wait_for_page(page: str, shell: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        text = answers(page)
        if text is not None:
            return text
        if shell.poll() is not None:
            sys.exit(f"the README's command ended with exit code {shell.returncode} before the page answered")
        time.sleep(0.3)
    sys.exit(f"no page at {page} after {PATIENCE_SECONDS} s")


def answers(page: str) -> str | None:
    try:
        with urllib.request.urlopen(page, timeout=5) as reply:
            return str(reply.read().decode())
    except (urllib.error.URLError, OSError):
        return None


def take_interrupts() -> None:
    """A shell that was itself started with & ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
