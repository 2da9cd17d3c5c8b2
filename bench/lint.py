"""Time `composekit lint` against other linters on the same files, as ratios of one run.

    python bench/lint.py --root PROJECTS LIST...

Each LIST names Compose files, relative to PROJECTS, one or several on a line; each program lints every file of the
lists once, in one run that gets all of them. compose-lint comes from PyPI, dclint from npm; what is not installed is
left out. composekit runs all rules. `--services N` also times a generated file of N services.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = (sys.executable, "-m", "composekit")
SERVICE = """\
  service-{n}:
    image: registry.example.com/team/service-{n}:1.{n}
    restart: unless-stopped
    init: true
    environment:
      LOG_LEVEL: ${{LOG_LEVEL:-info}}
      DATABASE_URL: postgres://db-{n}:5432/app
      CACHE_URL: redis://service-{before}:6379
    ports:
      - "127.0.0.1:{port}:8080"
    volumes:
      - data:/var/lib/service-{n}
      - ./config/{n}.yaml:/etc/service.yaml:ro
    networks:
      - backend
    depends_on:
      service-{before}:
        condition: service_started
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://localhost:8080/healthz"]
      interval: 10s
      timeout: 3s
      retries: 5
    deploy:
      resources:
        limits:
          memory: 256M
    labels:
      com.example.service: "{n}"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", nargs="*", help="files that name Compose files")
    parser.add_argument("--root", default="", help="folder that the names count from (default: that of the list)")
    parser.add_argument("--times", type=int, default=3, help="runs of each program, of which the fastest counts")
    parser.add_argument("--services", type=int, default=0, help="also lint a generated file of so many services")
    given = parser.parse_args()
    if given.lists:
        files = [file for name in given.lists for file in read_list(name, given.root)]
        compare(list(dict.fromkeys(files)), given.times)
    if given.services:
        generated(given.services, given.times)
    return 0 if given.lists or given.services else parser.error("name a list, or give --services")


def read_list(name: str, root: str) -> list[str]:
    folder = os.path.abspath(root or os.path.dirname(name))
    with open(name, encoding="utf-8") as file:
        return [os.path.join(folder, word) for line in file for word in shlex.split(line, comments=True)]


def programs(files: list[str]) -> dict[str, list[str]]:
    """Return the command line of each program that is installed."""
    found = {
        "composekit, all rules": [*OURS, "lint", "--each", "--select", "all", "--settings", "none", *files],
        "composekit, one process": [
            *OURS, "--parallel", "1", "lint", "--each", "--select", "all", "--settings", "none", *files
        ],
        "composekit, default": [*OURS, "lint", "--each", "--settings", "none", *files],
    }  # fmt: skip
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ.get('PATH', '')}"
    for name in ("compose-lint", "dclint"):
        program = shutil.which(name, path=path)
        if program is not None:
            found[name] = [program, *files]
        else:
            print(f"{name} is not installed, so it is left out")
    return found


def compare(files: list[str], times: int) -> None:
    lines = programs(files)
    best = dict.fromkeys(lines, float("inf"))
    for _ in range(times):
        # In turns, so that whatever else the machine does meets all of them.
        for name, line in lines.items():
            best[name] = min(best[name], seconds(line))
    print(f"{len(files)} files, fastest of {times}")
    base = best.get("compose-lint") or best["composekit, all rules"]
    against = "compose-lint" if "compose-lint" in best else "composekit, all rules"
    for name, took in best.items():
        print(f"  {name:24} {took:7.2f} s   {took / base:5.2f} of {against}")


def generated(count: int, times: int) -> None:
    with tempfile.TemporaryDirectory(prefix="composekit-bench-") as folder:
        file = os.path.join(folder, "compose.yaml")
        with open(file, "w", encoding="utf-8") as opened:
            opened.write("name: bench\nservices:\n")
            opened.writelines(SERVICE.format(n=n, before=n - 1 if n else count, port=10_000 + n) for n in range(count))
            opened.write(SERVICE.format(n=count, before=count + 1, port=10_000 + count).replace("depends_on", "x-none"))
            opened.write("networks: {backend: {}}\nvolumes: {data: {}}\n")
        line = [*OURS, "lint", "--select", "all", "--settings", "none", "--format", "json", file]
        took = min(seconds(line) for _ in range(times))
        lint_lines = sum(1 for _ in open(file, encoding="utf-8"))  # noqa: SIM115  # closed with the program
        print(f"{count + 1} services in {lint_lines} lines, all rules: {took:.2f} s")


def seconds(line: list[str]) -> float:
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(HERE), "NO_COLOR": "1"}
    began = time.perf_counter()
    done = subprocess.run(
        line, env=environment, cwd=os.path.dirname(HERE), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode not in (0, 1, 2):
        sys.exit(f"{shlex.join(line[:4])} ... exits with {done.returncode}: {done.stderr.decode()[-500:]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
