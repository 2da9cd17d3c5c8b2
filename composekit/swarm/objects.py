"""Configs and secrets: their bytes, and how services use them."""

import os
from collections.abc import Callable
from typing import NamedTuple

from composekit.model.project import FileObject, Project
from composekit.model.service import FileReference, Service
from composekit.source.diagnostic import Problem, Report, Severity
from composekit.swarm.naming import Naming
from composekit.swarm.plan import Driver, ObjectPlan, ObjectUse, Origin

ReadFile = Callable[[str], bytes]

UNREADABLE_FILE = Problem(
    "CK790",
    Severity.ERROR,
    "the file of {kind} '{name}' cannot be read: {reason}",
    "a stack's {kind}s are stored in the swarm, so their files must be here when it is converted",
)
UNSET_VARIABLE = Problem(
    "CK791",
    Severity.ERROR,
    "{kind} '{name}' takes its value from '{variable}', which is not set",
    "set the variable, or put it into .env",
)
LEFT_OUT = Problem("CK798", Severity.WARNING, "{kind} '{name}', which no service uses, is left out: {reason}")
TOO_LARGE = Problem(
    "CK792",
    Severity.WARNING,
    "{kind} '{name}' has {size} bytes; a swarm stores at most {limit}",
    "put large files into an image or a volume",
)

# What swarmkit accepts: https://github.com/moby/swarmkit/blob/master/manager/controlapi/{secret,config}.go
LIMITS = {"secret": 500 * 1024, "config": 1000 * 1024}


def read_file(path: str) -> bytes:
    """Return a file's bytes; raises `OSError`."""
    with open(path, "rb") as file:
        return file.read()


class _Store(NamedTuple):
    """One kind of object, and what planning it takes. `used` are the keys that services use."""

    kind: str
    declared: dict[str, FileObject]
    used: frozenset[str]
    project: Project
    naming: Naming
    report: Report
    read: ReadFile


def plan_secrets(project: Project, naming: Naming, report: Report, read: ReadFile) -> tuple[ObjectPlan, ...]:
    """Return the secrets to create, unused ones too, as `docker stack deploy` does; external ones are marked."""
    used = frozenset(use.source for service in project.services.values() for use in service.secrets)
    return _plan_objects(_Store("secret", project.secrets, used, project, naming, report, read))


def plan_configs(project: Project, naming: Naming, report: Report, read: ReadFile) -> tuple[ObjectPlan, ...]:
    """Return the configs to create, unused ones too, as `docker stack deploy` does; external ones are marked."""
    services = project.services.values()
    used = {use.source for service in services for use in service.configs}
    used |= {service.credential_spec.config for service in services if service.credential_spec}
    return _plan_objects(_Store("config", project.configs, frozenset(used), project, naming, report, read))


def _plan_objects(store: _Store) -> tuple[ObjectPlan, ...]:
    plans = (_plan_object(store, key, one) for key, one in store.declared.items())
    return tuple(sorted((plan for plan in plans if plan), key=lambda plan: plan.name))


def _plan_object(store: _Store, key: str, one: FileObject) -> ObjectPlan | None:
    """Return an object's plan; `None` for an unused one without a value, which nobody will miss."""
    name = store.naming.object_name(key, one)
    if one.external:
        return ObjectPlan(key, name, Origin.EXTERNAL)
    labels = store.naming.mark(one.labels)
    if store.kind == "secret" and one.driver:
        driver = Driver(one.driver, one.driver_opts)
        return ObjectPlan(key, name, Origin.DRIVER, labels=labels, driver=driver, templating=one.template_driver)
    origin, place, data = _bytes_of(store, key, one)
    if data is None and key not in store.used:
        return None
    data = data or b""
    if len(data) > LIMITS[store.kind]:
        store.report.add(TOO_LARGE, one.span, kind=store.kind, name=key, size=len(data), limit=LIMITS[store.kind])
    return ObjectPlan(key, name, origin, place, data, labels, templating=one.template_driver)


def _bytes_of(store: _Store, key: str, one: FileObject) -> tuple[Origin, str, bytes | None]:
    """Return where an object's bytes come from, the place's name, and the bytes; `None` after a diagnostic."""
    if one.content is not None:
        return Origin.CONTENT, "", one.content.encode()
    if one.environment:
        value = store.project.environment.get(one.environment)
        if value is None:
            problem = UNSET_VARIABLE if key in store.used else LEFT_OUT
            span, reason = one.value_span("environment"), f"{one.environment} is not set"
            store.report.add(problem, span, kind=store.kind, name=key, variable=one.environment, reason=reason)
        return Origin.ENVIRONMENT, one.environment, None if value is None else value.encode()
    path = os.path.join(store.project.directory, one.file)
    try:
        return Origin.FILE, path, store.read(path)
    except OSError as error:
        problem = UNREADABLE_FILE if key in store.used else LEFT_OUT
        reason = f"{path}: {(error.strerror or str(error)).lower()}"
        store.report.add(problem, one.value_span("file"), kind=store.kind, name=key, reason=reason)
        return Origin.FILE, path, None


def plan_secret_uses(service: Service, project: Project, naming: Naming) -> tuple[ObjectUse, ...]:
    uses = [_plan_use(use, project.secrets, naming, "/run/secrets/") for use in service.secrets]
    return tuple(sorted(uses, key=lambda use: (use.name, use.target)))


def plan_config_uses(service: Service, project: Project, naming: Naming) -> tuple[ObjectUse, ...]:
    """Return the configs that become files, and the one that the container runtime reads."""
    uses = [_plan_use(use, project.configs, naming, "/") for use in service.configs]
    if service.credential_spec and (key := service.credential_spec.config):
        uses.append(ObjectUse(key, naming.object_name(key, project.configs.get(key)), runtime=True))
    return tuple(sorted(uses, key=lambda use: (use.name, use.target)))


def _plan_use(use: FileReference, declared: dict[str, FileObject], naming: Naming, folder: str) -> ObjectUse:
    """Return a use of an object in the swarm's terms.

    The canonical form spells out the default target; a swarm is told the plain name and puts it into the same place.
    """
    target = use.target or use.source
    if target == folder + use.source and not _is_written(use, "target"):
        target = use.source
    return ObjectUse(
        use.source,
        naming.object_name(use.source, declared.get(use.source)),
        target=target,
        uid=use.uid or "0",
        gid=use.gid or "0",
        mode=0o444 if use.mode is None else use.mode,
    )


def _is_written(use: FileReference, key: str) -> bool:
    return use.key_span(key) is not use.span
