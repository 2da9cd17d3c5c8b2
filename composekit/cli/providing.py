"""Services that somebody else provides: `up` asks their provider for them, `down` tells it, as Docker Compose does.

A provider is a program, `provider.type`: a plugin of the docker CLI (`docker-TYPE`) or one on PATH. It is started as
`TYPE compose --project-name=P up --OPTION=VALUE... SERVICE`, and answers in JSON lines of the types info, error, setenv
and debug; what it sets becomes variables of the services that depend on it, SERVICE_NAME=VALUE. Providers are asked
before other services start. The protocol: https://github.com/docker/compose/blob/main/docs/extension.md.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.cli.progress import DONE, ERROR, Progress
from composekit.errors import ComposekitError
from composekit.source.node import Mapping as MappingNode
from composekit.source.node import Node, Scalar, Sequence

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.model.project import Project

_SYSTEM_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


class Provider(NamedTuple):
    """Who provides a service, and what it is told."""

    service: str
    type: str
    options: dict[str, list[str]]


class _Outside(NamedTuple):
    """What of the project a provider sees: its name, its environment, where the command was started."""

    project: str
    environ: dict[str, str]
    cwd: str


def providers_of(running: "Running") -> dict[str, Provider]:
    """Return the services of the file that are provided, by name."""
    found = {}
    for name, service in running.services.items():
        node = service.get("provider")
        if isinstance(node, MappingNode):
            options = node.get("options")
            items = options.items if isinstance(options, MappingNode) else {}
            found[name] = Provider(name, _text(node.get("type")), {key: _texts(one) for key, one in items.items()})
    return found


def _text(node: Node | None) -> str:
    value = node.value if isinstance(node, Scalar) else None
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _texts(node: Node) -> list[str]:
    return [_text(one) for one in node.items] if isinstance(node, Sequence) else [_text(node)]


def provide(running: "Running", selected: Collection[str], progress: Progress) -> None:
    """Bring about the provided services among `selected`; from then on the project is one without them.

    Their variables are those of the services that depend on them. Raises `ComposekitError` when a provider cannot be
    started, refuses, or fails.
    """
    providers, project = providers_of(running), running.project
    if not providers or project is None:
        return
    found: dict[str, dict[str, str]] = {}
    for name in _in_order(project, [name for name in providers if name in selected]):
        if running.ctx.dry_run:
            progress.event(name, "Created", DONE)
        else:
            found[name] = _ask(providers[name], "up", _outside(running), progress)
    running.use_project(without_provided(project, providers, found))


def release(running: "Running", services: Collection[str], progress: Progress) -> list[str]:
    """Tell the providers of the file's services (of `services`, if any are named) that they are over; return these."""
    providers, project = providers_of(running), running.project
    if project is None:
        return []
    names = [name for name in _in_order(project, providers) if not services or name in services]
    for name in reversed(names):
        _ask(providers[name], "down", _outside(running), progress)
    return names


def without_provided(
    project: "Project", providers: Collection[str], variables: Mapping[str, Mapping[str, str]]
) -> "Project":
    """Return a project without the provided services, whose dependents have the variables that were set."""
    services = {}
    for name, service in project.services.items():
        if name in providers:
            continue
        env: dict[str, str | None] = dict(service.environment)
        for needed in service.depends_on:
            prefix = needed.upper() + "_"
            env.update({prefix + key: value for key, value in variables.get(needed, {}).items()})
        needs = {key: one for key, one in service.depends_on.items() if key not in providers}
        services[name] = service.with_values(environment=env, depends_on=needs)
    return project.with_values(services=services)


def _in_order(project: "Project", names: Collection[str]) -> list[str]:
    """Return provided services, each after those that it depends on."""
    found: list[str] = []

    def add(name: str) -> None:
        for needed in project.services[name].depends_on:
            if needed in names and needed not in found:
                add(needed)
        if name not in found:
            found.append(name)

    for name in names:
        add(name)
    return found


def _outside(running: "Running") -> _Outside:
    project = running.project
    environ = {**running.ctx.environ, **(project.environment if project is not None else {})}
    return _Outside(running.name, environ, running.ctx.cwd)


def _ask(provider: Provider, action: str, outside: _Outside, progress: Progress) -> dict[str, str]:
    """Run a provider to its end; return the variables that it sets."""
    program = _program(provider, outside.environ)
    options = _options(provider, action, program, outside)
    words = [*program, "compose", f"--project-name={outside.project}", action, *options, provider.service]
    progress.event(provider.service, "Creating" if action == "up" else "Removing")
    try:
        asked = subprocess.Popen(
            words, env=outside.environ, cwd=outside.cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
    except OSError as wrong:
        raise ComposekitError(
            f"provider '{provider.type}' cannot be started: {(wrong.strerror or '').lower()}"
        ) from None
    with asked:
        try:
            variables = _listen(provider, asked, progress)
        except BaseException:
            asked.terminate()
            raise
    if asked.returncode != 0:
        what = "create" if action == "up" else "remove"
        progress.event(provider.service, f"exit status {asked.returncode}", ERROR)
        raise ComposekitError(f"failed to {what} service provider: exit status {asked.returncode}")
    progress.event(provider.service, "Created" if action == "up" else "Removed", DONE)
    return variables


def _listen(provider: Provider, asked: "subprocess.Popen[str]", progress: Progress) -> dict[str, str]:
    variables: dict[str, str] = {}
    for line in asked.stdout or ():
        if not line.strip():
            continue
        kind, message = _message(provider, line)
        if kind == "error":
            progress.event(provider.service, message, ERROR)
            raise ComposekitError(f"service '{provider.service}': {message}")
        if kind == "info":
            progress.event(provider.service, message)
        elif kind == "setenv":
            key, equals, value = message.partition("=")
            if not equals:
                raise ComposekitError(f"invalid response from plugin: {message}")
            variables[key] = value
        elif kind != "debug":
            raise ComposekitError(f"invalid response from plugin: {kind}")
    return variables


def _message(provider: Provider, line: str) -> tuple[str, str]:
    try:
        value = json.loads(line)
        return str(value["type"]), str(value.get("message", ""))
    except (ValueError, TypeError, KeyError):
        said = line.strip()[:80]
        raise ComposekitError(
            f"provider '{provider.type}' answers '{said}', which is no JSON message",
            hint="each line is an object with 'type' and 'message'",
        ) from None


def _options(provider: Provider, action: str, program: list[str], outside: _Outside) -> list[str]:
    """Return the options as flags; where the provider says which it has, others are left out."""
    about = _metadata(program, outside)
    known: list[dict[str, Any]] | None = None
    if about:
        known = (about.get(action) or {}).get("parameters") or []
        for one in known:
            if one.get("required") and one.get("name") not in provider.options:
                raise ComposekitError(
                    f"required parameter '{one.get('name')}' is missing from provider '{provider.type}' definition",
                    hint=f"add it under provider.options of service '{provider.service}'",
                )
    names = None if known is None else {one.get("name") for one in known}
    return [
        f"--{name}={value}"
        for name, values in provider.options.items()
        for value in values
        if names is None or name in names
    ]


def _metadata(program: list[str], outside: _Outside) -> dict[str, Any]:
    """Return what a provider says about its parameters; nothing when it does not."""
    try:
        done = subprocess.run(
            [*program, "compose", "metadata"], env=outside.environ, cwd=outside.cwd, capture_output=True, text=True,
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return found if isinstance(found, dict) else {}


def _program(provider: Provider, environ: Mapping[str, str]) -> list[str]:
    """Return how to start a provider: the docker CLI's plugin of that name, else a program on PATH."""
    if provider.type == "compose":
        raise ComposekitError("'compose' is not a valid provider type")
    from composekit.cli.plugin import docker_folder

    folders = [os.path.join(docker_folder(environ), "cli-plugins"), *_SYSTEM_PLUGINS]
    places = [os.path.join(folder, f"docker-{provider.type}") for folder in folders]
    there = next((place for place in places if os.access(place, os.X_OK)), None)
    there = there or shutil.which(provider.type, path=environ.get("PATH", os.defpath))
    if there is not None:
        return [there]
    if provider.type == "composekit":
        return [sys.executable, "-m", "composekit"]
    raise ComposekitError(
        f"service '{provider.service}': the provider '{provider.type}' is not on this machine",
        hint=f"it is a program called '{provider.type}' on PATH, or a plugin of the docker CLI",
    )
