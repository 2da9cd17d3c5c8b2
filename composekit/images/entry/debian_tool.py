"""apt-get and apt as Dockerfiles for other releases of Debian call them: names that this machine's release has changed.

An image's tag may mean an older Debian (`python:3.11-buster`) than the machine has. A package whose name became one of
several others cannot be installed by it any more; such names are replaced, which is said. All else is apt-get's own.
"""

import os
import shutil
import subprocess
from typing import NamedTuple

from composekit.images.entry.view import become, say, without_own

# What took the place of names that Debian 9 to 11 had: what can be told from the packages themselves is not here.
_NOW = {
    "libgl1-mesa-glx": "libgl1",
    "libmysqlclient-dev": "default-libmysqlclient-dev",
    "libmysqlclient20": "libmariadb3",
    "libmysqlclient21": "libmariadb3",
    "libpng12-0": "libpng16-16",
    "libpng12-dev": "libpng-dev",
    "libssl1.0-dev": "libssl-dev",
    "libssl1.1": "libssl3",
    "mysql-client": "default-mysql-client",
    "mysql-server": "default-mysql-server",
    "netcat": "netcat-traditional",
    "openjdk-11-jdk": "default-jdk",
    "openjdk-11-jdk-headless": "default-jdk-headless",
    "openjdk-11-jre": "default-jre",
    "openjdk-11-jre-headless": "default-jre-headless",
    "openjdk-8-jdk": "default-jdk",
    "openjdk-8-jdk-headless": "default-jdk-headless",
    "openjdk-8-jre": "default-jre",
    "openjdk-8-jre-headless": "default-jre-headless",
    "python": "python-is-python3",
    "python-dev": "python-dev-is-python3",
    "python-pip": "python3-pip",
    "python-setuptools": "python3-setuptools",
    "python-virtualenv": "python3-virtualenv",
    "ttf-freefont": "fonts-freefont-ttf",
}
_WITH_VALUE = frozenset(
    {"-o", "--option", "-c", "--config-file", "-t", "--target-release", "-a", "--host-architecture"}
)


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become the machine's apt-get or apt, named by the first argument."""
    name, rest = (arguments[0], arguments[1:]) if arguments else (program, [])
    environ = without_own(environ)
    folders = [folder for folder in environ.get("PATH", os.defpath).split(":") if "composekit" not in folder]
    path = ":".join(folders)
    known = replacements(_standings(wanted(rest), {**environ, "PATH": path}))
    for word, now in known.items():
        say(f"{name}: this Debian has no package '{word}', {now} is taken")
    words = [known.get(word, word) for word in rest]
    become([name, *words], environ, program=shutil.which(name, path=path) or name)


def wanted(words: list[str]) -> list[str]:
    """Return the names of packages that an install is given; those with a version or a release are not among them."""
    found, before = [], ""
    for word in words:
        if not word.startswith("-") and before not in _WITH_VALUE and not set("=/*:").intersection(word):
            found.append(word)
        before = word
    return found[1:] if found[:1] == ["install"] else []


class Standing(NamedTuple):
    """Whether there is a package of a name, and which others provide it."""

    exists: bool
    providers: tuple[str, ...] = ()


def replacements(standings: dict[str, Standing]) -> dict[str, str]:
    """Return name -> the one to install, for packages that do not exist; apt-get refuses one with several providers."""
    found = {}
    for name, standing in standings.items():
        now = _NOW.get(name) or (standing.providers[0] if len(standing.providers) > 1 else "")
        if now and not standing.exists:
            found[name] = now
    return found


def _standings(names: list[str], environ: dict[str, str]) -> dict[str, Standing]:
    if not names or shutil.which("apt-cache", path=environ["PATH"]) is None:
        return {}
    done = subprocess.run(["apt-cache", "showpkg", *names], env=environ, capture_output=True, text=True, check=False)
    known = read_standings(done.stdout)
    return {name: known.get(name, Standing(exists=False)) for name in names}


def read_standings(text: str) -> dict[str, Standing]:
    """Return what `apt-cache showpkg` says of packages."""
    found: dict[str, Standing] = {}
    for block in text.split("Package: ")[1:]:
        name, _, rest = block.partition("\n")
        versions = rest.partition("Versions:")[2].partition("Reverse Depends:")[0]
        providers = [line.split()[0] for line in rest.partition("Reverse Provides:")[2].splitlines() if line.strip()]
        found[name.strip()] = Standing(bool(versions.strip()), tuple(sorted(set(providers))))
    return found
