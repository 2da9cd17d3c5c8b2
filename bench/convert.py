"""How long a large stack takes to convert, as a ratio to `docker stack config` on the same file.

    python bench/convert.py
    python bench/convert.py --services 200 --reference /usr/bin/docker

The reference is the docker client on PATH unless --reference names another; without one, the ratio is to a bare
interpreter. Each line is the fastest of some runs, which take turns so that a busy machine is busy for all of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

SERVICE = """\
  service-{number}:
    image: registry.example.com/team/service-{number}:1.{number}
    command: ["serve", "--port", "8080", "--name", "service-{number}"]
    environment:
      LEVEL: info
      DATABASE: postgres://db-{shard}:5432/shop
      CACHE: redis://cache-{shard}:6379
    ports: ["{port}:8080"]
    networks: [front, back]
    volumes: ["data-{shard}:/var/lib/service"]
    configs: [{{source: settings, target: /etc/service.conf, mode: 0440}}]
    secrets: [token]
    healthcheck: {{test: ["CMD", "wget", "-q", "http://localhost:8080/health"], interval: 10s, timeout: 3s, retries: 3}}
    logging: {{driver: json-file, options: {{max-size: 10m}}}}
    deploy:
      replicas: {replicas}
      labels: {{team: "{shard}"}}
      resources: {{limits: {{cpus: "0.5", memory: 128M}}, reservations: {{memory: 32M}}}}
      placement: {{constraints: ["node.role == worker"]}}
      update_config: {{parallelism: 1, delay: 5s, order: start-first}}
      restart_policy: {{condition: on-failure, max_attempts: 3}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=1000, metavar="N")
    parser.add_argument("--reference", metavar="PROGRAM", help="the docker client (default: the one on PATH)")
    parser.add_argument("--ours", metavar="PROGRAM", help="the composekit to measure; by default this checkout's")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    options = parser.parse_args()
    reference = options.reference or shutil.which("docker")
    ours = [options.ours] if options.ours else [sys.executable, "-m", "composekit"]
    lines = {"python -c pass": [sys.executable, "-c", "pass"]}
    if reference:
        lines["docker stack config"] = [reference, "stack", "config", "-c", "stack.yaml"]
    for form in ("spec", "stack", "cli"):
        lines[f"convert --format {form}"] = [*ours, "-f", "stack.yaml", "convert", "--stack", "big", "--format", form]
    with tempfile.TemporaryDirectory() as folder:
        write_stack(folder, options.services)
        times = fastest_of(lines, folder, options.runs)
    print_table(times, "docker stack config" if reference else "python -c pass")


def write_stack(folder: str, services: int) -> None:
    text = 'version: "3.13"\nservices:\n'
    for number in range(services):
        text += SERVICE.format(number=number, shard=number % 10, port=10000 + number, replicas=number % 3 + 1)
    text += "networks: {front: , back: }\nvolumes:\n" + "".join(f"  data-{shard}:\n" for shard in range(10))
    text += "configs: {settings: {file: ./settings}}\nsecrets: {token: {file: ./token}}\n"
    for name, content in (("stack.yaml", text), ("settings", "level=info\n"), ("token", "x")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)


def fastest_of(lines: dict[str, list[str]], folder: str, runs: int) -> dict[str, float]:
    """Return the shortest wall time of each line, in seconds; a line that fails ends the program."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environ = {**os.environ, "PYTHONPATH": root}
    found = dict.fromkeys(lines, float("inf"))
    for turn in range(runs + 1):
        for name, words in lines.items():
            began = time.perf_counter()
            done = subprocess.run(
                words,
                cwd=folder,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
            took = time.perf_counter() - began
            if done.returncode:
                sys.exit(f"{name} failed: {done.stderr[-2000:]}")
            if turn:  # the first turn only fills the caches
                found[name] = min(found[name], took)
    return found


def print_table(times: dict[str, float], against: str) -> None:
    print(f"{'':24}{'s':>8}{'to ' + against:>24}")
    for name, seconds in times.items():
        print(f"{name:24}{seconds:8.2f}{seconds / times[against]:23.2f}x")


if __name__ == "__main__":
    main()
