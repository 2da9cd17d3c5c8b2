"""apk, adduser and addgroup as Dockerfiles for Alpine call them, on a machine that is no Alpine.

Packages are installed by apt-get, under Debian's names for them where they differ; there is no virtual package, and
nothing is removed again. Users and groups are made by useradd and groupadd.
"""

import os
import re
import shutil
import subprocess
import sys

from composekit.errors import ComposekitError
from composekit.images.entry.view import become, say, without_own

# Alpine's name -> Debian's; an empty one is part of every Debian, or has no meaning there.
_PACKAGES = {
    "alpine-sdk": "build-essential",
    "build-base": "build-essential",
    "g++": "g++",
    "gcompat": "",
    "go": "golang-go",
    "icu-libs": "libicu-dev",
    "krb5-libs": "libkrb5-3",
    "libc-dev": "libc6-dev",
    "libc6-compat": "",
    "libffi-dev": "libffi-dev",
    "libgcc": "libgcc-s1",
    "libintl": "",
    "libssl1.1": "libssl-dev",
    "libstdc++": "libstdc++6",
    "libxml2-dev": "libxml2-dev",
    "libxslt-dev": "libxslt1-dev",
    "linux-headers": "linux-libc-dev",
    "mariadb-connector-c-dev": "libmariadb-dev",
    "mariadb-dev": "libmariadb-dev",
    "mysql-client": "default-mysql-client",
    "musl": "",
    "musl-dev": "libc6-dev",
    "musl-locales": "",
    "ncurses": "ncurses-bin",
    "openjdk17-jre": "openjdk-17-jre-headless",
    "openjdk17": "openjdk-17-jdk-headless",
    "openssh-client": "openssh-client",
    "openssl-dev": "libssl-dev",
    "postgresql-dev": "libpq-dev",
    "postgresql14-client": "postgresql-client",
    "postgresql15-client": "postgresql-client",
    "postgresql16-client": "postgresql-client",
    "postgresql17-client": "postgresql-client",
    "postgresql-libs": "libpq5",
    "py3-pip": "python3-pip",
    "python3-dev": "python3-dev",
    "redis": "redis-server",
    "shadow": "passwd",
    "sqlite": "sqlite3",
    "sqlite-dev": "libsqlite3-dev",
    "su-exec": "gosu",
    "yaml-dev": "libyaml-dev",
    "zlib-dev": "zlib1g-dev",
}
# A Debian package that is needed for one program's sake, which another package may have brought already.
_FOR_PROGRAM = {
    "default-mysql-client": "mysql",
    "git-core": "git",
    "mariadb-client": "mariadb",
    "nodejs": "node",
    "postgresql-client": "psql",
    "redis-tools": "redis-cli",
    "sqlite3": "sqlite3",
}
_WITH_VALUE = frozenset({"-t", "--virtual", "-X", "--repository", "-p", "--root", "--arch", "--keys-dir"})
_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "APT::Sandbox::User=root"]


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Do what the tool named by the first argument does."""
    name, rest = (arguments[0], arguments[1:]) if arguments else (program, [])
    environ = without_own(environ)
    folders = [folder for folder in environ.get("PATH", os.defpath).split(":") if "composekit" not in folder]
    path = ":".join(folders)
    if name == "apk":
        _apk(rest, {**environ, "PATH": path, "DEBIAN_FRONTEND": "noninteractive"})
    elif any(re.match(r"--[a-z]", word) for word in rest):
        become([name, *rest], environ, program=shutil.which(name, path=path) or name)  # Debian's own way to call it
    else:
        words = user_words(rest) if name == "adduser" else group_words(rest)
        become(words, {**environ, "PATH": path})


def packages(words: list[str]) -> list[str]:
    """Return Debian's names of the packages that `apk add` is given; options and versions are left out."""
    found, before = [], ""
    for word in words:
        if not word.startswith("-") and before not in _WITH_VALUE:
            name = re.split(r"[<>=~@]", word)[0]
            found.append(_PACKAGES.get(name, name))
        before = word
    return list(dict.fromkeys(name for name in found if name and not name.startswith(".")))


def _apk(words: list[str], environ: dict[str, str]) -> None:
    action = next((word for word in words if not word.startswith("-")), "")
    if action != "add":
        say(f"apk: '{action}' does nothing here")
        return
    wanted = packages(words[words.index("add") + 1 :])
    missing = [name for name in wanted if not is_installed(name, environ)]
    if not missing:
        return
    if shutil.which("apt-get", path=environ["PATH"]) is None:
        raise ComposekitError(
            f"this machine has neither apk nor apt-get to install {' '.join(missing)}",
            hint="install them on the machine; services see what it has",
        )
    subprocess.run(["apt-get", "update", "-o", "APT::Sandbox::User=root"], env=environ, check=False)
    code = subprocess.run([*_INSTALL, *missing], env=environ, check=False).returncode
    if code:
        sys.exit(code)


def is_installed(name: str, environ: dict[str, str]) -> bool:
    """Tell whether the machine has a package, or at least a program of its name."""
    if shutil.which(_FOR_PROGRAM.get(name, name), path=environ["PATH"]):
        return True
    if shutil.which("dpkg-query", path=environ["PATH"]) is None:
        return False
    words = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    return subprocess.run(words, env=environ, capture_output=True, text=True, check=False).stdout == "installed"


def user_words(words: list[str]) -> list[str]:
    """Return the useradd that does what BusyBox' adduser does: -h DIR -g GECOS -s SHELL -G GROUP -S -D -H -u UID."""
    options = {"-h": "-d", "-g": "-c", "-s": "-s", "-G": "-g", "-u": "-u", "-k": "-k"}
    made, names, home = ["useradd"], [], True
    rest = iter(words)
    for word in rest:
        if word in options:
            made += [options[word], next(rest, "")]
        elif re.fullmatch(r"-[SDH]+", word):
            made += ["-r"] if "S" in word else []
            home = home and "H" not in word
        else:
            names.append(word)
    if len(names) > 1:
        return ["usermod", "-aG", names[1], names[0]]  # adduser USER GROUP
    return [*made, "-m" if home else "-M", *names]


def group_words(words: list[str]) -> list[str]:
    """Return the groupadd that does what BusyBox' addgroup does: -g GID -S."""
    made, names = ["groupadd"], []
    rest = iter(words)
    for word in rest:
        if word in {"-g", "--gid"}:
            made += ["-g", next(rest, "")]
        elif word == "-S":
            made.append("-r")
        else:
            names.append(word)
    if len(names) > 1:
        return ["usermod", "-aG", names[1], names[0]]  # addgroup USER GROUP
    return [*made, *names]
