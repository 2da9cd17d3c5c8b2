"""How long `composekit config` takes, as ratios against the reference Docker Compose in the same run.

    COMPOSEKIT_REFERENCE=docker-compose python bench/config.py [--services 3 1000 5000] [--runs 5]

Each line: services, our seconds, the reference's, the ratio, what it may be at most, and our peak memory. The reference
needs minutes for 5,000 services; without COMPOSEKIT_REFERENCE only our own times are shown.
"""

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MOST = {3: 1.5, 1000: 0.5, 5000: 0.05}

SERVICE = """\
  service-{n}:
    image: registry.example.com/team/app-{n}:1.{n}
    command: ["serve", "--port", "8080", "--name", "service-{n}"]
    environment:
      LOG_LEVEL: ${{LOG_LEVEL:-info}}
      SERVICE_NAME: service-{n}
      DATABASE_URL: postgres://app:${{DB_PASSWORD:-secret}}@db:5432/app{n}
    labels:
      com.example.team: team-{team}
      com.example.number: "{n}"
    ports:
      - "{port}:8080"
    volumes:
      - data-{n}:/var/lib/app
      - ./config/{n}.toml:/etc/app.toml:ro
    networks:
      - front
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8080/health"]
      interval: 30s
      retries: 3
    deploy:
      replicas: 1
      resources:
        limits:
          memory: 256m
    restart: unless-stopped
"""


def project(count: int, *, independent: bool = False) -> str:
    """Return a project whose services each depend on the one before, unless they are to be independent."""
    services = "".join(
        SERVICE.format(n=n, team=n % 7, port=10_000 + n)
        + ("" if independent or n == 0 else f"    depends_on: [service-{n - 1}]\n")
        for n in range(count)
    )
    volumes = "".join(f"  data-{n}:\n" for n in range(count))
    return f"name: bench\nservices:\n{services}networks:\n  front:\nvolumes:\n{volumes}"


def seconds(command: list[str], folder: str, runs: int) -> float:
    """Return the best of some runs, after one to warm the caches."""
    best = float("inf")
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run([*command, "config", "-q"], cwd=folder, check=True, capture_output=True)
        best = min(best, time.perf_counter() - started)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, nargs="*", default=[3, 1000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--independent", action="store_true", help="leave out depends_on, on which the reference spends most"
    )
    parser.add_argument("--ours", default=f"{sys.executable} -m composekit")
    options = parser.parse_args()
    ours, reference = shlex.split(options.ours), shlex.split(os.environ.get("COMPOSEKIT_REFERENCE", ""))
    os.environ["PYTHONPATH"] = HERE
    print(f"{'services':>8} {'ours':>8} {'reference':>10} {'ratio':>7} {'at most':>8} {'peak MiB':>9}")
    failed = False
    for count in options.services:
        runs = options.runs if count < 500 else 1
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "compose.yaml"), "w", encoding="utf-8") as file:
                file.write(project(count, independent=options.independent))
            mine = seconds(ours, folder, runs)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            other = seconds(reference, folder, runs if count < 500 else 0) if reference else 0.0
        ratio = mine / other if other else 0.0
        most = MOST.get(count)
        failed = failed or bool(most and ratio > most)
        print(f"{count:8} {mine:8.3f} {other:10.3f} {ratio:7.3f} {most or '':>8} {peak:9.0f}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
