"""The nginx image's entrypoint: templates are filled, the service's scripts run, nginx starts on copied files."""

import os
import posixpath
import re
import socket
import subprocess

from composekit.errors import ComposekitError
from composekit.images.entry.identity import user_named, within_reach
from composekit.images.entry.nginx_config import Configuration
from composekit.images.entry.view import View, become, read_view, say, without_own

_NAMES = frozenset({"nginx", "nginx-debug"})
_NO_CONFIGURATION = frozenset({"-v", "-V", "-h", "-?"})
_USERS = ("nginx", "www-data", "http", "nobody")


def main(program: str, arguments: list[str], environ: dict[str, str]) -> None:
    """Become nginx, or the command that was given instead."""
    name = os.path.basename(arguments[0]) if arguments else ""
    if name not in _NAMES or _NO_CONFIGURATION.intersection(arguments):
        become(arguments, environ, program=program if name in _NAMES else None)
    view = read_view(environ)
    if not view.scratch:
        raise ComposekitError("COMPOSEKIT_SCRATCH names no directory, and nginx needs one to write to")
    if "-s" not in arguments:
        _run_scripts(view, environ)
    view, user = _worker(view)
    configuration = Configuration(view, user=user, made=templates(view, environ), dns=environ.get("COMPOSEKIT_DNS", ""))
    path, rest = configuration_path(arguments[1:])
    given = " ".join(word for before, word in zip(["", *rest], rest, strict=False) if before == "-g")
    copy = configuration.write(path, given=given)
    if os.geteuid() != 0 and "-s" not in rest:
        _refuse_closed_ports(view, configuration.ports)
    become([name, "-c", copy, *rest], without_own(environ), program=program)


def configuration_path(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the configuration's path in the image and the arguments without it."""
    path, rest = "/etc/nginx/nginx.conf", list(arguments)
    while "-c" in rest[:-1]:
        at = rest.index("-c")
        path = posixpath.join("/etc/nginx", rest[at + 1])
        del rest[at : at + 2]
    return path, rest


def templates(view: View, environ: dict[str, str]) -> dict[str, str]:
    """Return the files that the image makes from templates: path in the image -> text.

    The three variables are those of the image (https://hub.docker.com/_/nginx).
    """
    top = environ.get("NGINX_ENVSUBST_TEMPLATE_DIR") or "/etc/nginx/templates"
    suffix = environ.get("NGINX_ENVSUBST_TEMPLATE_SUFFIX") or ".template"
    output = environ.get("NGINX_ENVSUBST_OUTPUT_DIR") or "/etc/nginx/conf.d"
    wanted = re.compile(environ.get("NGINX_ENVSUBST_FILTER") or "")
    values = {name: value for name, value in without_own(environ).items() if wanted.search(name)}
    made = {}
    for relative, real in _files(view, top):
        if relative.endswith(suffix):
            with open(real, encoding="utf-8", errors="surrogateescape") as file:
                made[posixpath.join(output, relative.removesuffix(suffix))] = substituted(file.read(), values)
    return made


def substituted(text: str, values: dict[str, str]) -> str:
    """Return text with $name and ${name} replaced where the name has a value; nginx' own variables stay."""
    pattern = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", re.ASCII)
    return pattern.sub(lambda match: values.get(match[1] or match[2], match[0]), text)


def _files(view: View, top: str) -> list[tuple[str, str]]:
    """Return the provided files below a directory of the image: (path below it, path on this machine)."""
    found = []
    for name, real in view.listing(top).items():
        if os.path.isfile(real):
            found.append((name, real))
        for directory, _, names in os.walk(real, followlinks=True) if os.path.isdir(real) else ():
            below = os.path.relpath(directory, real)
            found += [(os.path.normpath(os.path.join(name, below, one)), os.path.join(directory, one)) for one in names]
    return sorted(found)


def _run_scripts(view: View, environ: dict[str, str]) -> None:
    """Run the service's own scripts of /docker-entrypoint.d; like the image, skip those that are not executable."""
    for name, real in view.listing("/docker-entrypoint.d").items():
        if name.endswith(".sh") and os.access(real, os.X_OK) and os.path.isfile(real):
            say(f"nginx: running {name}")
            if subprocess.run([real], env=environ, check=False).returncode != 0:
                raise ComposekitError(f"'/docker-entrypoint.d/{name}' failed")
        else:
            say(f"nginx: ignoring {name}")


def _refuse_closed_ports(view: View, ports: set[str]) -> None:
    """Raise `ComposekitError` for a port that only root may listen on: nginx itself would not say what to do."""
    for address in view.addresses:
        for port in sorted(port for port in ports if port.isdigit() and int(port) < 1024):
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((address, int(port)))
                except PermissionError:
                    raise ComposekitError(
                        f"port {port} is closed to ordinary users on this machine",
                        hint=f"let them use it with sysctl net.ipv4.ip_unprivileged_port_start={port}, or run as root",
                    ) from None
                except OSError:
                    continue  # taken or not ours: nginx says that well


def _worker(view: View) -> tuple[View, str | None]:
    """Return the view that the workers can read, and the user they run as: `None` when we are not root."""
    if os.geteuid() != 0:
        return view, None
    user = user_named(*_USERS)
    if user is None:
        return view, "root"
    try:
        return within_reach(view, user), user.pw_name
    except ComposekitError as wrong:
        say(f"nginx: {wrong}, so its workers run as root")
        return view, "root"
