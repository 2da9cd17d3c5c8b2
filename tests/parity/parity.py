"""The same commands on the same project, for Docker Compose on a real engine and for composekit: what scripts rely on.

    python tests/parity/parity.py docker compose        records what Docker Compose answers, on $DOCKER_HOST's engine
    python tests/parity/parity.py --check composekit    tells where another program answers differently

Of each command: the exit code, and as the step says the columns of its table, the keys of its JSON, or what it printed.
Of events that end by themselves only the keys: Docker Compose fails at their end, with the message "EOF".
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded.json"

PROJECT = """
name: parity
services:
  web:
    image: busybox
    command: sleep 600
    ports: ["127.0.0.1::80", "9000/udp"]
    volumes: ["data:/data"]
    environment: {COLOR: blue}
    working_dir: /data
    stop_grace_period: 0s
  job:
    image: busybox
    command: sh -c "exit 3"
volumes: {data: {}}
"""

CODE, TABLE, KEYS, SHAPE, TEXT = "code", "table", "keys", "shape", "text"

# In this order, one after the other: later ones find what earlier ones did.
STEPS: tuple[tuple[str, str], ...] = (
    (CODE, "create"),
    (TEXT, "ps -a --format {{.Name}}|{{.State}}|{{.Service}}|{{.Image}}"),
    (CODE, "up -d"),
    (CODE, "wait nope"),
    (TABLE, "ps"),
    (TABLE, "ps -a"),
    (KEYS, "ps --format json"),
    (TEXT, "ps --services"),
    (TEXT, "ps -q"),
    (TEXT, "ps --format table|{{.Name}}|{{.Service}}"),
    (TEXT, "ps --format {{json_.Name}}_{{upper_.Service}}_{{.Project}}"),
    (TEXT, "ps --format {{.Label_`com.docker.compose.service`}}"),
    (CODE, "ps --format {{.Nope}}"),
    (CODE, "ps --format {{.Name"),
    (CODE, "ps --filter source=x"),
    (CODE, "ps nope"),
    (TABLE, "ls"),
    (KEYS, "ls --format json"),
    (TEXT, "ls -q --filter name=parity"),
    (CODE, "ls --filter nope=x"),
    (TABLE, "top"),
    (CODE, "top nope"),
    (TABLE, "images"),
    (KEYS, "images --format json"),
    (TABLE, "images nope"),
    (TABLE, "volumes"),
    (KEYS, "volumes --format json"),
    (TEXT, "volumes -q"),
    (TEXT, "volumes --format {{.Name}}|{{.Driver}}|{{.Scope}}"),
    (CODE, "volumes nope"),
    (TABLE, "stats --no-stream"),
    (KEYS, "stats --no-stream --format json"),
    (TEXT, "stats --no-stream --format {{.Name}}"),
    (TABLE, "stats --no-stream nope"),
    (TEXT, "port web 80"),
    (TEXT, "port --protocol udp web 9000"),
    (CODE, "port web 81"),
    (CODE, "port web abc"),
    (CODE, "port nope 80"),
    (CODE, "port --index 2 web 80"),
    (TEXT, "exec -T web pwd"),
    (TEXT, "exec -T -e SIZE=big web sh -c echo_$COLOR_$SIZE"),
    (TEXT, "exec -T -w / web pwd"),
    (TEXT, "exec -T -u 1234:1234 web id -u"),
    (CODE, "exec -T web false"),
    (CODE, "exec -T web sh -c exit_9"),
    (CODE, "exec -T web no-such-program"),
    (CODE, "exec -T web /etc"),
    (CODE, "exec -T -w /no/such web ls"),
    (CODE, "exec -T -u no-such-user web ls"),
    (CODE, "exec -T job ls"),
    (CODE, "exec -T nope ls"),
    (CODE, "exec -T --index 2 web ls"),
    (CODE, "exec -d web sleep 1"),
    (TEXT, "run --rm -T web echo hi"),
    (TEXT, "run --rm -T --entrypoint sh_-c web echo_over"),
    (TEXT, "run --rm -T -e SIZE=big -w / web sh -c pwd;_echo_$COLOR_$SIZE"),
    (TEXT, "run -d --name parity-detached web sleep 1"),
    (CODE, "run --name parity-detached web true"),
    (CODE, "run -T --name parity-five web sh -c exit_5"),
    (CODE, "run --rm -T web no-such-program"),
    (CODE, "run nope"),
    (CODE, "run -P -p 80:80 web"),
    (CODE, "run -l x web"),
    (TEXT, "ps -a --filter status=exited --format {{.Name}}|{{.ExitCode}}|{{.Service}}"),
    (CODE, "cp compose.yaml web:/data"),
    (TEXT, "exec -T web ls /data"),
    (CODE, "cp web:/data/compose.yaml copied"),
    (CODE, "cp web:/no/such x"),
    (CODE, "cp no-such-file web:/data"),
    (CODE, "cp compose.yaml web:/no/such/place"),
    (CODE, "cp a b"),
    (CODE, "cp web:/a job:/b"),
    (CODE, "cp nope:/a b"),
    (CODE, "pause web"),
    (TEXT, "ps --format {{.Name}}|{{.State}}"),
    (CODE, "exec -T web ls"),
    (CODE, "pause web"),
    (CODE, "pause nope"),
    (CODE, "unpause web"),
    (CODE, "unpause web"),
    (CODE, "scale web=2"),
    (TEXT, "ps --format {{.Name}}"),
    (TEXT, "exec -T --index 2 web pwd"),
    (CODE, "scale web=1"),
    (CODE, "scale web"),
    (CODE, "scale web=x"),
    (CODE, "scale nope=1"),
    (TEXT, "ps --format {{.Name}}"),
    (SHAPE, "events --json --since 1h --until 1s"),
    (CODE, "attach job"),
    (CODE, "attach nope"),
    (CODE, "build"),
    (CODE, "build nope"),
    (CODE, "push"),
    (CODE, "push nope"),
    (CODE, "pull nope"),
    (CODE, "kill web"),
    (CODE, "start web"),
    (CODE, "restart web"),
    (CODE, "stop web"),
    (TEXT, "ps -a --format {{.Name}}|{{.State}} web"),
    (CODE, "rm -f web"),
    (TEXT, "ps -aq web"),
    (CODE, "down -v --remove-orphans"),
    (TABLE, "ps -a"),
    (TABLE, "ls -a --filter name=parity"),
    (CODE, "down"),
)


def words_of(line: str) -> list[str]:
    """Return a step's words; an underscore is a space inside of one, and after `table|` a bar is a tab."""
    words = [word.replace("_", " ") for word in line.split(" ")]
    return ["table " + word.removeprefix("table|").replace("|", "\\t") if "table|" in word else word for word in words]


def ask(program: list[str], environ: dict[str, str]) -> list[dict[str, object]]:
    """Return what a program answers to every step, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        Path(folder, "compose.yaml").write_text(PROJECT, encoding="utf-8")
        try:
            return [_step(program, kind, line, folder, environ) for kind, line in STEPS]
        finally:
            _run(program, ["down", "-v", "--remove-orphans", "-t", "0"], folder, environ)


def _run(
    program: list[str], words: list[str], folder: str, environ: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*program, *words], cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def _step(program: list[str], kind: str, line: str, folder: str, environ: dict[str, str]) -> dict[str, object]:
    done = _run(program, words_of(line), folder, environ)
    found: dict[str, object] = {"line": line, "code": done.returncode}
    if kind == TABLE:
        found["columns"] = re.split(r"\s{2,}", done.stdout.split("\n", 1)[0].strip())
    elif kind in (KEYS, SHAPE):
        first = json.loads(done.stdout.splitlines()[0])
        first = first[0] if isinstance(first, list) else first
        found["keys"] = sorted(first)
        if kind == SHAPE:
            del found["code"]
    elif kind == TEXT:
        text = re.sub(r"\b[0-9a-f]{64}\b", "<id>", done.stdout)
        text = re.sub(r"\b[0-9a-f]{12}\b", "<short id>", text)
        found["text"] = re.sub(r"(?<=:)\d{4,5}\b", "<port>", text)
    return found


def differences(expected: list[dict[str, object]], found: list[dict[str, object]]) -> list[str]:
    """Return a line for each fact of each command that is another one."""
    return [
        f"{one['line']}: {key} is {other.get(key)!r}, not {one[key]!r}"
        for one, other in zip(expected, found, strict=True)
        for key in one
        if one[key] != other.get(key)
    ]


def main(words: list[str]) -> int:
    if words[:1] == ["--check"]:
        expected = json.loads(RECORDED.read_text(encoding="utf-8"))
        lines = differences(expected, ask(words[1:], dict(os.environ)))
        sys.stdout.write("\n".join([*lines, f"{len(expected)} commands, {len(lines)} differences\n"]))
        return 1 if lines else 0
    found = ask(words, dict(os.environ))
    RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(found)} commands recorded\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
