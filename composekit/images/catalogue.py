"""The image catalogue: which program of this machine an image's name stands for.

One recipe per image, `recipes/<name>.json`; what its keys mean is in `recipes/recipe.schema.json`. `RECIPES` is the
table of repositories; one that is not in it is not known, however much its name resembles one that is.
"""

import glob
import json
import os
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from composekit.images.program import PYTHON, Health, Missing, Program

RECIPES = {
    "adminer": "adminer",
    "alpine": "alpine",
    "amazoncorretto": "openjdk",
    "busybox": "busybox",
    "caddy": "caddy",
    "debian": "debian",
    "docker.elastic.co/elasticsearch/elasticsearch": "elasticsearch",
    "eclipse-temurin": "openjdk",
    "eclipse-mosquitto": "mosquitto",
    "elasticsearch": "elasticsearch",
    "fedora": "fedora",
    "gcr.io/etcd-development/etcd": "etcd",
    "golang": "golang",
    "grafana/grafana": "grafana",
    "grafana/grafana-oss": "grafana",
    "haproxy": "haproxy",
    "httpd": "httpd",
    "mailhog/mailhog": "mailhog",
    "axllent/mailpit": "mailpit",
    "mariadb": "mariadb",
    "mcr.microsoft.com/dotnet/aspnet": "dotnet",
    "mcr.microsoft.com/dotnet/runtime": "dotnet",
    "mcr.microsoft.com/dotnet/sdk": "dotnet",
    "mediawiki": "mediawiki",
    "memcached": "memcached",
    "minio/minio": "minio",
    "mongo": "mongo",
    "mysql": "mysql",
    "nats": "nats",
    "nginx": "nginx",
    "node": "node",
    "openjdk": "openjdk",
    "oliver006/redis_exporter": "redis-exporter",
    "opensearchproject/opensearch": "opensearch",
    "percona": "mysql",
    "percona/percona-server": "mysql",
    "php": "php",
    "phpmyadmin": "phpmyadmin",
    "phpmyadmin/phpmyadmin": "phpmyadmin",
    "postfixadmin": "postfixadmin",
    "postgres": "postgres",
    "prom/alertmanager": "alertmanager",
    "prom/blackbox-exporter": "blackbox-exporter",
    "prom/mysqld-exporter": "mysqld-exporter",
    "prom/node-exporter": "node-exporter",
    "prom/prometheus": "prometheus",
    "prom/pushgateway": "pushgateway",
    "prometheuscommunity/postgres-exporter": "postgres-exporter",
    "python": "python",
    "quay.io/coreos/etcd": "etcd",
    "quay.io/minio/minio": "minio",
    "quay.io/oliver006/redis_exporter": "redis-exporter",
    "quay.io/prometheus/alertmanager": "alertmanager",
    "quay.io/prometheus/blackbox-exporter": "blackbox-exporter",
    "quay.io/prometheus/mysqld-exporter": "mysqld-exporter",
    "quay.io/prometheus/node-exporter": "node-exporter",
    "quay.io/prometheus/prometheus": "prometheus",
    "quay.io/prometheus/pushgateway": "pushgateway",
    "quay.io/prometheuscommunity/postgres-exporter": "postgres-exporter",
    "rabbitmq": "rabbitmq",
    "redis": "redis",
    "registry": "registry",
    "ruby": "ruby",
    "rust": "rust",
    "traefik": "traefik",
    "ubuntu": "ubuntu",
    "valkey/valkey": "valkey",
    "wordpress": "wordpress",
    "zookeeper": "zookeeper",
}

# Entry programs that stand for tools of an image, not for its server: RUN steps of a build find them.
BUILD_TOOLS = frozenset({"alpine-tool"})

# Other names under which the official images are published: Docker Hub's own hosts, its per-architecture copies, and
# the two public mirrors of Docker's library.
_OFFICIAL = re.compile(
    r"(?:(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com)/)?"
    r"(?:(?:library|amd64|arm32v6|arm32v7|arm64v8|i386|ppc64le|riscv64|s390x)/)?([a-z0-9-]+)"
    r"|public\.ecr\.aws/docker/library/([a-z0-9-]+)"
    r"|mirror\.gcr\.io/library/([a-z0-9-]+)"
)
_HUB = re.compile(r"(?:docker\.io|index\.docker\.io|registry-1\.docker\.io|registry\.hub\.docker\.com)/")
_HERE = os.path.dirname(os.path.abspath(__file__))

Which = Callable[[str], str | None]
Expand = Callable[[str], list[str]]


def find(image: str, which: Which, expand: Expand = glob.glob) -> Program | None:
    """Return what an image name stands for on this machine, or `None` when the catalogue does not know it.

    `which` finds a program on PATH, `expand` the paths that match a pattern. A known image whose program is not
    installed is returned with `missing` set.
    """
    repository, tag = split_image(image)
    name = known_name(repository)
    if name is None:
        return None
    recipe = _for_tag(read_recipe(RECIPES[name]), tag)
    wanted = recipe.get("program", {})
    program, version, missing = _locate(wanted, tag, which, expand)
    found = program or wanted.get("name", "")
    entry = _entry_name(recipe, RECIPES[name])
    return Program(
        origin=f"catalogue: {name}",
        entrypoint=_entry(entry, found) if entry else (),
        command=tuple(recipe["command"]),
        env=dict(recipe.get("env", {})),
        working_dir=recipe.get("working_dir", "/"),
        user=recipe.get("user", ""),
        exposed=tuple(recipe.get("exposed", [])),
        volumes=tuple(recipe.get("volumes", [])),
        health=_health(recipe.get("health")),
        stop_signal=recipe.get("stop_signal"),
        supplied=tuple(recipe.get("supplied", [])),
        shims={**_alpine_shims(name, tag, which), **_shims(recipe, RECIPES[name], found, which, expand)},
        notes=(*_version_note(name, tag, version), *_other_program_note(image, wanted, program)),
        missing=missing,
        users={user: (uid, home) for user, (uid, home) in recipe.get("users", {}).items()},
    )


def split_image(image: str) -> tuple[str, str]:
    """Return repository and tag; the digest is dropped, and a missing tag is empty (a port is no tag)."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ""
    return head, tag


def official_name(repository: str) -> str | None:
    """Return the name of the official image that a repository is, or `None` when it is someone else's."""
    match = _OFFICIAL.fullmatch(repository)
    return next(group for group in match.groups() if group) if match else None


def known_name(repository: str) -> str | None:
    """Return the name under which `RECIPES` has a repository, or `None` when it is not known."""
    name = official_name(repository) or _HUB.sub("", repository, count=1)
    return name if name in RECIPES else None


def missing_programs(images: Iterable[str], which: Which, expand: Expand = glob.glob) -> list[Missing]:
    """Return what known images need and this machine does not have, each program once; unknown images are passed by."""
    found = (find(image, which, expand) for image in images)
    return list(dict.fromkeys(one.missing for one in found if one is not None and one.missing is not None))


@cache
def read_recipe(name: str) -> dict[str, Any]:
    """Return a shipped recipe as it is written."""
    with open(os.path.join(_HERE, "recipes", f"{name}.json"), encoding="utf-8") as file:
        recipe: dict[str, Any] = json.load(file)
    return recipe


def _for_tag(recipe: dict[str, Any], tag: str) -> dict[str, Any]:
    major = tag_version(tag)
    for variant in recipe.get("variants", []):
        if "tag" in variant:
            is_meant = re.search(variant["tag"], tag) is not None
        else:
            is_meant = bool(major) and int(major.split(".")[0]) >= variant["from_major"]
        if is_meant:
            recipe = {**recipe, **variant["replace"]}
    return recipe


def tag_version(tag: str) -> str:
    """Return the version number a tag starts with, such as 16 or 3.12, or nothing."""
    match = re.match(r"v?(\d{1,6}(?:\.\d{1,6})*)", tag)
    return match[1] if match else ""


def _locate(wanted: dict[str, Any], tag: str, which: Which, expand: Expand) -> tuple[str, str, Missing | None]:
    """Return the program's path, its version where the path tells it, and what is missing."""
    if not wanted:
        return "", "", None
    asked = tag_version(tag).split(".")[0]
    found = [(_number_in(path, pattern), path) for pattern in wanted.get("search", []) for path in expand(pattern)]
    if found:
        same = [one for one in found if str(one[0]) == asked]
        number, path = max(same or found)
        return path, str(number or ""), None
    for name in (wanted["name"], *wanted.get("alternatives", ())):
        program = which(name)
        if program:
            return program, "", None
    package = wanted.get("package", "")
    hint = wanted.get("hint", f"install it, on Debian and Ubuntu: apt-get install {package}")
    return "", "", Missing(wanted["name"], package, hint)


def _number_in(path: str, pattern: str) -> int:
    """Return the number that stands where a search pattern has its star: the major version; 0 when there is none."""
    head, _, tail = pattern.partition("*")
    middle = path[len(head) : len(path) - len(tail)]
    return int(middle) if middle.isdigit() else 0


def _version_note(name: str, tag: str, version: str) -> tuple[str, ...]:
    asked = tag_version(tag).split(".")[0]
    if not asked or not version or asked == version:
        return ()
    return (f"image '{name}:{tag}' is served by version {version}, which is what this machine has",)


def _other_program_note(image: str, wanted: dict[str, Any], program: str) -> tuple[str, ...]:
    others = wanted.get("alternatives", ())
    # A link such as mysqld may be to another program, mariadbd, and a program's own file may have any name.
    names = (os.path.basename(os.path.realpath(program)), os.path.basename(program)) if program else ()
    name = next((name for name in names if name in others), "")
    if not name:
        return ()
    return (f"image '{image}' is served by {name}, which is what this machine has",)


def _entry_name(recipe: dict[str, Any], recipe_name: str) -> str | None:
    """Return which entry program to start; the one for servers in general is told the recipe."""
    entry: str | None = recipe.get("entry")
    return f"server:{recipe_name}" if entry == "server" else entry


def _entry(name: str, program: str, arguments: tuple[str, ...] = ()) -> tuple[str, ...]:
    # Isolated (-I), and by its folder instead of -m: neither the service's PYTHONPATH nor its working directory decides
    # what is imported, and composekit need not be installed in the interpreter.
    return (PYTHON, "-I", os.path.join(_HERE, "entry"), name, program, *arguments)


def _shims(
    recipe: dict[str, Any], recipe_name: str, found: str, which: Which, expand: Expand
) -> dict[str, tuple[str, ...]]:
    """Return the names to put on PATH; one whose program is missing, or that is not needed, is left out.

    Programs beside the image's own one are found before those on PATH.
    """
    shims: dict[str, tuple[str, ...]] = {}
    entry = _entry_name(recipe, recipe_name)
    if entry:
        shims[recipe.get("script", "docker-entrypoint.sh")] = _entry(entry, found)
    for name, shim in recipe.get("shims", {}).items():
        if shim.get("only_if_absent") and which(name):
            continue
        target = shim.get("program", name)
        if shim.get("own"):
            shims[name] = _entry(_entry_name(shim, recipe_name) or "", found, tuple(shim.get("arguments", ())))
            continue
        near = expand(os.path.join(os.path.dirname(found), target)) if os.path.dirname(found) else []
        path = near[0] if near else which(target)
        if path and shim.get("entry"):
            shims[name] = _entry(shim["entry"], path, tuple(shim.get("arguments", ())))
        elif path:
            shims[name] = (path,)
    return shims


def _alpine_shims(name: str, tag: str, which: Which) -> dict[str, tuple[str, ...]]:
    """Return Alpine's own tools, for images that are made of it, on a machine that is not."""
    if (name != "alpine" and "alpine" not in tag) or which("apk"):
        return {}
    return {tool: _entry("alpine-tool", tool, (tool,)) for tool in ("addgroup", "adduser", "apk")}


def build_tools(which: Which) -> dict[str, tuple[str, ...]]:
    """Return the tools that RUN steps find in front of the machine's own, whatever their image is."""
    return {tool: _entry("debian-tool", tool, (tool,)) for tool in ("apt", "apt-get") if which(tool)}


def _health(written: dict[str, Any] | None) -> Health | None:
    return None if written is None else Health(**{**written, "test": tuple(written["test"])})
