"""Printer: a shell script of docker commands that create the stack without a stack file.

Everything from the project stands in quotes. Values of environment variables do not: the script takes them from the
environment in which it is run, so that it can be kept and shown.
"""

import csv
import io
import re
import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal

from composekit.swarm.plan import (
    Attachment,
    ContainerPlan,
    HealthPlan,
    Mode,
    MountPlan,
    NetworkPlan,
    ObjectPlan,
    ObjectUse,
    Origin,
    PortPlan,
    ServicePlan,
    SwarmPlan,
    UpdatePlan,
)
from composekit.values.quantity import format_duration

Words = list[str]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def to_script(plan: SwarmPlan) -> str:
    """Return the script; it stops at the first command that fails."""
    lines = ["#!/bin/sh", f"# Creates the stack {_comment(plan.stack)}.", "set -eu"]
    for network in plan.networks:
        if not network.external:
            lines += ["", _command(_network(network))]
    for kind, objects in (("secret", plan.secrets), ("config", plan.configs)):
        for one in objects:
            if one.origin is not Origin.EXTERNAL:
                lines += ["", _object(kind, one)]
    for service in plan.services:
        lines += ["", *_notes(service), _command(_service(service))]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return " ".join(text.split())


def _command(words: Words) -> str:
    """Return a command, a line for each option."""
    lines, line = [], ""
    for word in words:
        quoted = shlex.quote(word)
        if word.startswith("--") and line:
            lines.append(line)
            line = f"  {quoted}"
        else:
            line = f"{line} {quoted}" if line else quoted
    return " \\\n".join([*lines, line])


def _pairs(option: str, pairs: Mapping[str, str]) -> Iterator[str]:
    for name, value in pairs.items():
        yield from (option, f"{name}={value}")


def _given(option: str, value: str | int | None) -> Words:
    return [option, str(value)] if value else []


def _time(option: str, nanoseconds: int | None) -> Words:
    return [option, format_duration(nanoseconds)] if nanoseconds is not None else []


def _each(option: str, values: tuple[str, ...]) -> Words:
    return [word for value in values for word in (option, value)]


def _fields(*fields: str) -> str:
    """Return one value of comma-separated fields, quoted as the docker client reads them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([one for one in fields if one])
    return text.getvalue()


def _field(name: str, value: str | int | None) -> str:
    return f"{name}={value}" if value else ""


def _network(plan: NetworkPlan) -> Words:
    words = ["docker", "network", "create", "--driver", plan.driver]
    words += [*_pairs("--opt", plan.options), *_pairs("--label", plan.labels)]
    if plan.ipam is not None:
        words += _given("--ipam-driver", plan.ipam.driver)
        words += _each("--subnet", tuple(subnet for subnet in plan.ipam.subnets if subnet))
    words += ["--internal"] * plan.internal + ["--attachable"] * plan.attachable
    return [*words, "--", plan.name]


def _object(kind: str, plan: ObjectPlan) -> str:
    words = ["docker", kind, "create", *_pairs("--label", plan.labels)]
    if plan.driver is not None:
        words += ["--driver", plan.driver.name]
    words += _given("--template-driver", plan.templating)
    match plan.origin:
        case Origin.DRIVER:
            note = (
                "# docker secret create hands no options to a driver.\n" if plan.driver and plan.driver.options else ""
            )
            return note + _command([*words, "--", plan.name])
        case Origin.FILE:
            return _command([*words, "--", plan.name, plan.place])
        case Origin.ENVIRONMENT:
            value = _variable(plan.place)
        case _:
            value = shlex.quote(plan.data.decode())
    return f"printf %s {value} | {_command([*words, '--', plan.name, '-'])}"


def _variable(name: str) -> str:
    """Return what a shell puts the value of a variable for; a name that no shell knows is asked of a program."""
    if _IDENTIFIER.fullmatch(name):
        return f'"${{{name}?}}"'
    return f'"$(printenv {shlex.quote(name)})"'


def _notes(plan: ServicePlan) -> Words:
    """Return comments on what the command line cannot say."""
    notes = []
    if plan.container.open_stdin:
        notes.append(f"# {plan.name}: docker service create cannot keep standard input open (stdin_open).")
    if plan.log_driver is not None and not plan.log_driver.name and plan.log_driver.options:
        notes.append(f"# {plan.name}: docker service create takes log options only with a log driver.")
    if plan.container.health and plan.container.health.test[:1] == ("CMD",):
        notes.append(f"# {plan.name}: docker service create runs the health check in a shell.")
    return notes


def _service(plan: ServicePlan) -> Words:
    return [
        *("docker", "service", "create", "--name", plan.name, "--detach", "--no-resolve-image"),
        *_pairs("--label", plan.labels),
        *_mode(plan),
        *_container(plan.container),
        *_logging(plan),
        *_resources(plan),
        *_restart(plan),
        *_each("--constraint", plan.placement.constraints),
        *_each("--placement-pref", tuple(f"spread={one}" for one in plan.placement.spread)),
        *_given("--replicas-max-per-node", plan.placement.max_replicas),
        *_each("--network", tuple(_attachment(one) for one in plan.networks)),
        *_update("--update", plan.update),
        *_update("--rollback", plan.rollback),
        *_given("--endpoint-mode", plan.endpoint_mode),
        *_each("--publish", tuple(_port(one) for one in plan.ports)),
        "--",
        plan.container.image,
        *plan.container.args,
    ]


def _mode(plan: ServicePlan) -> Words:
    words = [] if plan.mode is Mode.REPLICATED else ["--mode", plan.mode.value]
    if plan.replicas is None:
        return words
    words += ["--replicas", str(plan.replicas)]
    return [*words, "--max-concurrent", str(plan.replicas)] if plan.mode is Mode.REPLICATED_JOB else words


def _container(plan: ContainerPlan) -> Words:
    words = [*_pairs("--container-label", plan.labels)]
    if plan.command:
        words += ["--entrypoint", shlex.join(plan.command)]
    words += _given("--hostname", plan.hostname)
    words += _each("--env", tuple(n if value is None else f"{n}={value}" for n, value in plan.environment))
    words += [*_given("--workdir", plan.directory), *_given("--user", plan.user), *_credential(plan)]
    if plan.init is not None:
        words.append(f"--init={'true' if plan.init else 'false'}")
    words += [*_given("--stop-signal", plan.stop_signal), *_time("--stop-grace-period", plan.stop_grace_period)]
    words += ["--tty"] * plan.tty + ["--read-only"] * plan.read_only
    words += _each("--mount", tuple(_mount(one) for one in plan.mounts))
    words += _health(plan.health)
    words += _each("--host", tuple(f"{host}:{address}" for host, address in plan.hosts))
    if plan.dns is not None:
        words += [*_each("--dns", plan.dns.servers), *_each("--dns-search", tuple(filter(None, plan.dns.search)))]
    words += _each("--secret", tuple(_use(one) for one in plan.secrets))
    words += _each("--config", tuple(_use(one) for one in plan.configs if not one.runtime))
    words += [*_given("--isolation", plan.isolation), *_pairs("--sysctl", plan.sysctls)]
    words += [*_each("--cap-add", plan.capabilities_added), *_each("--cap-drop", plan.capabilities_dropped)]
    return words + _each("--ulimit", tuple(f"{one.name}={one.soft}:{one.hard}" for one in plan.ulimits))


def _credential(plan: ContainerPlan) -> Words:
    spec = plan.credential
    if spec is None:
        return []
    kinds = (("config", spec.config), ("file", spec.file), ("registry", spec.registry))
    return ["--credential-spec", next(f"{kind}://{value}" for kind, value in kinds if value)]


def _mount(plan: MountPlan) -> str:
    fields = [
        _field("type", plan.type),
        _field("source", plan.source),
        _field("target", plan.target),
        "readonly" if plan.read_only else "",
        _field("consistency", plan.consistency),
        _field("bind-propagation", plan.propagation),
        _field("tmpfs-size", plan.tmpfs_size),
    ]
    if plan.volume is not None and plan.type == "volume":
        fields += [
            "volume-nocopy=true" if plan.volume.no_copy else "",
            _field("volume-subpath", plan.volume.subpath),
            *(f"volume-label={name}={value}" for name, value in plan.volume.labels.items()),
        ]
        if plan.volume.driver is not None:
            options = plan.volume.driver.options.items()
            fields.append(_field("volume-driver", plan.volume.driver.name))
            fields += [f"volume-opt={name}={value}" for name, value in options]
    return _fields(*fields)


def _health(plan: HealthPlan | None) -> Words:
    """Return the health check's options; the program of an exec form becomes a line for the shell."""
    if plan is None:
        return []
    if plan.test[:1] == ("NONE",):
        return ["--no-healthcheck"]
    words: Words = []
    if plan.test:
        command = plan.test[1] if plan.test[0] == "CMD-SHELL" and len(plan.test) == 2 else shlex.join(plan.test[1:])
        words = ["--health-cmd", command]
    words += _time("--health-interval", plan.interval or None) + _time("--health-timeout", plan.timeout or None)
    words += _time("--health-start-period", plan.start_period or None)
    words += _time("--health-start-interval", plan.start_interval or None)
    return [*words, *_given("--health-retries", plan.retries)]


def _use(plan: ObjectUse) -> str:
    return _fields(
        _field("source", plan.name),
        _field("target", plan.target),
        _field("uid", plan.uid),
        _field("gid", plan.gid),
        f"mode={plan.mode:04o}",
    )


def _logging(plan: ServicePlan) -> Words:
    if plan.log_driver is None:
        return []
    return [*_given("--log-driver", plan.log_driver.name), *_pairs("--log-opt", plan.log_driver.options)]


def _resources(plan: ServicePlan) -> Words:
    words: Words = []
    if (limits := plan.limits) is not None:
        words += [*_given("--limit-cpu", _cpus(limits.nano_cpus)), *_given("--limit-memory", limits.memory)]
        words += _given("--limit-pids", limits.pids)
    if (wanted := plan.reservations) is not None:
        words += [*_given("--reserve-cpu", _cpus(wanted.nano_cpus)), *_given("--reserve-memory", wanted.memory)]
        words += _each("--generic-resource", tuple(f"{kind}={value}" for kind, value in wanted.generic))
    return words


def _cpus(nano: int) -> str:
    return f"{(Decimal(nano) / 1_000_000_000).normalize():f}" if nano else ""


def _restart(plan: ServicePlan) -> Words:
    policy = plan.restart
    if policy is None:
        return []
    words = [*_given("--restart-condition", policy.condition), *_time("--restart-delay", policy.delay)]
    if policy.max_attempts is not None:
        words += ["--restart-max-attempts", str(policy.max_attempts)]
    return [*words, *_time("--restart-window", policy.window)]


def _attachment(plan: Attachment) -> str:
    aliases = (f"alias={alias}" for alias in (*plan.aliases, *plan.own_name))
    options = (f"driver-opt={name}={value}" for name, value in plan.options.items())
    return _fields(f"name={plan.target}", *aliases, *options)


def _update(prefix: str, plan: UpdatePlan | None) -> Words:
    if plan is None:
        return []
    return [
        *(f"{prefix}-parallelism", str(plan.parallelism)),
        *_time(f"{prefix}-delay", plan.delay or None),
        *_given(f"{prefix}-failure-action", plan.failure_action),
        *_time(f"{prefix}-monitor", plan.monitor or None),
        *(f"{prefix}-max-failure-ratio", str(plan.max_failure_ratio)),
        *_given(f"{prefix}-order", plan.order),
    ]


def _port(plan: PortPlan) -> str:
    return _fields(
        f"target={plan.target}",
        _field("published", plan.published),
        _field("protocol", plan.protocol),
        _field("mode", plan.mode),
    )
