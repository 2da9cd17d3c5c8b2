"""How long the commands of every minute take on a small project, as ratios: seconds do not travel between machines.

    python bench/startup.py
    python bench/startup.py --reference /usr/libexec/docker/cli-plugins/docker-compose

Each line is the fastest of some runs, which take turns so that a busy machine is busy for all of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

FILE = """
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
    environment: {LEVEL: "${LEVEL:-info}", API: "http://api:5000"}
    volumes: ["./site:/usr/share/nginx/html:ro"]
    depends_on: [api]
  api:
    build: ./api
    environment: ["DATABASE=postgres://db:5432/shop"]
    depends_on: {db: {condition: service_healthy}}
  db:
    image: postgres:17
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD", "pg_isready"], interval: 5s}
volumes: {data: }
"""

COMMANDS = (("config", "-q"), ("lint",), ("ps",), ("version",), ("--help",))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", metavar="PROGRAM", help="Docker Compose, to hold 'config -q' against")
    parser.add_argument("--ours", metavar="PROGRAM", help="the composekit to measure; by default this checkout's")
    parser.add_argument("--runs", type=int, default=15, metavar="N")
    options = parser.parse_args()
    ours = [options.ours] if options.ours else [sys.executable, "-m", "composekit"]
    lines = {"python -c pass": [sys.executable, "-c", "pass"]}
    if options.reference:
        lines["reference config -q"] = [options.reference, "config", "-q"]
    lines |= {" ".join(("composekit", *words)): [*ours, *words] for words in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "compose.yaml"), "w", encoding="utf-8") as file:
            file.write(FILE)
        print_table(fastest_of(lines, folder, options.runs))


def fastest_of(lines: dict[str, list[str]], folder: str, runs: int) -> dict[str, float]:
    """Return the shortest wall time of each line, in seconds."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environ = {**os.environ, "PYTHONPATH": root, "COMPOSEKIT_HOME": os.path.join(folder, "state")}
    found = dict.fromkeys(lines, float("inf"))
    for turn in range(runs + 1):
        for name, words in lines.items():
            began = time.perf_counter()
            subprocess.run(
                words, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
            took = time.perf_counter() - began
            if turn:  # the first turn only fills the caches
                found[name] = min(found[name], took)
    return found


def print_table(times: dict[str, float]) -> None:
    bare = times["python -c pass"]
    reference = times.get("reference config -q")
    against = "reference" if reference else ""
    print(f"{'':24}{'ms':>8}{'bare python':>14}{against:>12}")
    for name, seconds in times.items():
        ratio = f"{seconds / reference:11.2f}x" if reference else ""
        print(f"{name:24}{seconds * 1000:8.1f}{seconds / bare:13.2f}x{ratio}")


if __name__ == "__main__":
    main()
