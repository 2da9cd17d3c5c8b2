"""Project -> specs for the supervisor. Nothing is started or written here; what must exist first is returned.

service -> stanza -> program -> words, environment, files, names -> (without a private view: rewritten) -> spec
"""

import dataclasses
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from composekit.images.program import PATH, PYTHON, REMOVED, Program, shim_script
from composekit.model.project import Project
from composekit.model.service import Hook, Service
from composekit.runtime import policies
from composekit.runtime.config_hash import Run, config_hash
from composekit.runtime.confine import confinement_of, group_name, machine_for, spaces_of
from composekit.runtime.files import service_files
from composekit.runtime.health import probe_of
from composekit.runtime.identity import home_of, image_users, user_of
from composekit.runtime.labels import labels_of, ports_label
from composekit.runtime.layers import Store
from composekit.runtime.lifecycle import hooks_of
from composekit.runtime.machine import Machine
from composekit.runtime.names import host_name, hosts_of, is_on_machine, known_names
from composekit.runtime.places import place
from composekit.runtime.plain import Plain, first_addresses
from composekit.runtime.problems import NO_HEALTH_CHECK, NO_VIEW, NOTE, ONE_ADDRESS, report_not_emulated
from composekit.runtime.program import choose_program, command_line, fill_python
from composekit.runtime.replicas import Replica
from composekit.runtime.rewrite import rewrite_loopback
from composekit.runtime.stanza import KEY, Stanza, read_stanza
from composekit.source.diagnostic import Report
from composekit.supervise.home import Home
from composekit.supervise.spec import HookSpec, ProcessSpec

# Where a view shows what is composekit's own.
_INSIDE = "/run/composekit"
_MACHINE_ADDRESS = "127.0.0.1"

Ports = Mapping[str, list[dict[str, Any]]]


@dataclass(slots=True)
class Translation:
    """`specs` in the order of the file; `make` directories (and who owns them), `write` files that must exist first.

    `protect` says owner, group and mode of some of the files, `link` where symbolic links lead.
    """

    specs: list[ProcessSpec] = field(default_factory=list)
    make: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    write: dict[str, bytes] = field(default_factory=dict)
    programs: dict[str, bytes] = field(default_factory=dict)
    protect: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)

    def drop_needs_except(self, groups: Collection[str]) -> None:
        """Let nothing wait for a service that is not among `groups`, as `--no-deps` asks."""
        self.specs = [
            dataclasses.replace(spec, needs=tuple(need for need in spec.needs if need.group in groups))
            for spec in self.specs
        ]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a translation depends on beside the project. `token` tells its scratch folders from those of others."""

    home: Home
    machine: Machine
    addresses: Mapping[str, str]
    ports: Ports
    token: str


def translate(
    project: Project,
    replicas: list[Replica],
    around: Surroundings,
    report: Report,
    *,
    only: Collection[str] | None = None,
) -> Translation:
    """Return what to run for `replicas` (of the services `only`, if given).

    Services that cannot be run are reported and left out. Hosts files are made for all replicas.
    """
    result = Translation()
    chosen: dict[str, tuple[Stanza, Program] | None] = {}
    mine = [one for one in project.services.values() if only is None or one.name in only]
    for service in mine:
        stanza = read_stanza(service, report)
        machine = machine_for(service, stanza, around.machine, report)
        program = choose_program(project, service, stanza, machine, report)
        chosen[service.name] = (stanza, program) if program is not None else None
        report_not_emulated(service, machine, report)
    _check_health(project, chosen, report)
    _say_limits(around.machine, project, report)
    programs = {name: pair[1] for name, pair in chosen.items() if pair is not None}
    counts = {name: sum(one.service == name for one in replicas) for name in project.services}
    for replica in replicas:
        service = project.services[replica.service]
        names = known_names(project, service, replicas, around.addresses)
        address = around.addresses.get(replica.name, _MACHINE_ADDRESS)
        hosts = hosts_of(service, replica, host_name(service, replica, around.home), address, names)
        result.write[place(around.home, "hosts", replica.name)] = hosts.encode()
        pair = chosen.get(replica.service)
        if pair is None:
            continue
        here = dataclasses.replace(around, machine=machine_for(service, pair[0], around.machine))
        maker = _Maker(project, service, replica, pair[0], programs, here, report)
        maker.names = names
        maker.spaces = spaces_of(project, service, here.machine, around.home, replicas)
        spec = maker.spec(counts)
        if spec is not None:
            result.specs.append(spec)
            maker.hand_over(result)
    return result


class _Maker:
    """One replica's way from service to spec."""

    def __init__(
        self,
        project: Project,
        service: Service,
        replica: Replica,
        stanza: Stanza,
        programs: Mapping[str, Program],
        around: Surroundings,
        report: Report,
    ) -> None:
        self.project = project
        self.service = service
        self.replica = replica
        self.stanza = stanza
        self.program = program = programs[service.name]
        self.around = around
        self.machine = around.machine
        self.home = around.home
        self.report = report
        self.names: dict[str, list[str]] = {}
        self.user = user_of(service, program, self.machine, report)
        self.files = service_files(
            project, service, replica, programs, user=self.user, home=self.home, machine=self.machine, report=report
        )
        self.address = around.addresses.get(replica.name, _MACHINE_ADDRESS)
        self.hostname = host_name(service, replica, self.home)
        self.spaces: dict[str, Any] = {}
        self.links: dict[str, str] = {}
        self.shims = place(self.home, "bin", service.name)
        self.scratch = place(self.home, "scratch", replica.name)
        self.hosts = place(self.home, "hosts", replica.name)

    def spec(self, counts: Mapping[str, int]) -> ProcessSpec | None:
        words = command_line(self.service, self.program, self.report)
        if not words:
            return None
        meant = self._meant(words)
        digest = config_hash(self.service, meant, files=self.files, view=self._kind(), hostname=self.service.hostname)
        run = self._here(meant)
        return ProcessSpec(
            name=self.replica.name,
            group=self.service.name,
            index=self.replica.index,
            argv=run.words,
            env={**run.env, **self._own_variables()},
            cwd=run.cwd,
            stop_signal=self.service.stop_signal or self.program.stop_signal or "SIGTERM",
            grace_seconds=policies.grace_seconds(self.service),
            restart=policies.restart_policy(self.service),
            probe=run.probe,
            needs=policies.needs_of(self.service, counts),
            view=self._view(run.cwd),
            network=self._network(),
            log=policies.log_policy(self.service),
            config_hash=digest,
            labels=self._labels(words, digest),
            post_start=self._hooks(self.service.post_start),
            pre_stop=self._hooks(self.service.pre_stop),
            terminal=self.service.tty,
            stdin=self.service.stdin_open,
        )

    def _hooks(self, hooks: tuple[Hook, ...]) -> tuple[HookSpec, ...]:
        users = image_users(self.program, self.machine) if hooks else {}
        plain = None if self.machine.has_view else self._plain
        return hooks_of(self.service, hooks, self.machine, self.report, users=users, plain=plain)

    def _meant(self, words: tuple[str, ...]) -> Run:
        """Return what runs as the service means it, whatever machine it is on."""
        cwd = self.service.working_dir if self.program.origin != KEY else ""
        probe = probe_of(self.service, self.program, self.stanza)
        return Run(words, self._environment(), cwd or self.program.working_dir, probe)

    def _here(self, meant: Run) -> Run:
        """Return what runs as this machine must be told."""
        probe = meant.probe and policies.with_words(meant.probe, self._with_own_address)
        words = fill_python(meant.words, self.machine)
        if self.machine.has_view:
            return meant._replace(words=words, probe=probe)
        plain = self._plain
        return Run(
            plain.words(words),
            {key: plain.value(key, value) for key, value in meant.env.items()},
            self._directory(meant.cwd),
            probe and policies.with_words(probe, plain.words),
        )

    def _directory(self, cwd: str) -> str:
        plain = self._plain
        found = plain.directory(cwd)
        self.links.update(plain.links)
        return found

    def _labels(self, words: tuple[str, ...], digest: str) -> dict[str, str]:
        ports = self.around.ports.get(self.replica.name, [])
        own = {
            "address": self.around.addresses.get(self.replica.name, ""),
            "command": _shown(words),
            "label": self.replica.label,
            "ports": ports_label(ports, (*self.program.exposed, *self.service.expose)),
            "view": place(self.home, "view", self._view_name()),
        }
        return labels_of(self.project, self.service, index=self.replica.index, digest=digest, own=own)

    def hand_over(self, result: Translation) -> None:
        """Add what must be on disk before the spec runs."""
        owner = self.user[:2] if self.user else None
        for directory in self.files.make:
            result.make[directory] = owner or result.make.get(directory)
        result.make[self.scratch] = owner
        if "shm" in self.spaces:
            result.make[self.spaces["shm"]] = None
        result.write.update(self.files.write)
        result.protect.update(self.files.protect)
        result.link.update(self.links)
        for name, arguments in self.program.shims.items():
            script = shim_script(arguments, python=self.machine.python)
            result.programs[os.path.join(self.shims, name)] = script.encode()

    def _environment(self) -> dict[str, str]:
        """Return the variables as the service means them: the basics, the image's, the service's, the stanza's."""
        given = {
            "PATH": self.machine.path,
            "HOSTNAME": self.hostname,
            "HOME": home_of(self.user, self.machine),
            **({"TERM": "xterm"} if self.service.tty else {}),
            **self.program.env,
            **{key: value for key, value in self.service.environment.items() if value is not None},
            **self.stanza.environment,
        }
        given["PATH"] = given["PATH"].replace(PATH, self.machine.path)
        if self.program.shims:
            folder = f"{_INSIDE}/bin" if self.machine.has_view else self.shims
            given["PATH"] = f"{folder}:{given['PATH']}"
        if not self.machine.has_view:
            # The machine's host name is not the service's: programs that listen on $HOSTNAME get their own address.
            given["HOSTNAME"] = self.address
        return given

    def _own_variables(self) -> dict[str, str]:
        """Return what the entry programs of the catalogue need; see `composekit.images.program`."""
        own = {} if is_on_machine(self.service) else {"COMPOSEKIT_ADDRESS": self.address}
        if PYTHON in self.program.entrypoint or self.program.shims:
            import json

            own["COMPOSEKIT_PATHS"] = json.dumps(self._told_paths())
            own["COMPOSEKIT_SCRATCH"] = f"{_INSIDE}/scratch" if self.machine.has_view else self.scratch
        return own

    def _told_paths(self) -> dict[str, str]:
        """Return where the service's paths are. Without a view its words and values have such paths already.

        So what it may write to is told by that name too, and is the same.
        """
        paths = self.files.paths
        if self.machine.has_view:
            return {target: target for target in paths}
        closed = {one["target"] for one in self.files.mounts if one.get("read_only")}
        own = {real: real for target, real in paths.items() if target not in closed and real not in ("/", REMOVED)}
        return {**own, **paths}

    def _view(self, cwd: str) -> dict[str, Any]:
        group = group_name(self.home, self.replica)
        view: dict[str, Any] = {
            "kind": self.machine.view,
            "cwd": cwd,
            **confinement_of(self.service, self.machine, self.user, self.report, group=group),
            **self.spaces,
        }
        if not self.machine.has_view:
            view["plain"] = self._plain.told()
        else:
            view["read_only"] = self.service.read_only
            view["shm_size"] = int(self.service.shm_size)
            view["masks"] = self.machine.uid == 0 and not self.service.privileged
            view["hide"] = [self.machine.root]
            if self.service.domainname:
                view["domainname"] = self.service.domainname
            view["scratch"] = place(self.home, "view", self._view_name())
            if self.program.layers:
                view["layers"] = list(self.program.layers)
                view["layers_folder"] = Store(self.machine.root).folder
            if self.user is not None:
                view["reach"] = list(self.machine.own_files)
            view["hostname"] = self.hostname if self.service.uts != "host" else ""
            view["mounts"] = [*self._own_mounts(), *self.files.mounts]
        return view

    def _own_mounts(self) -> list[dict[str, Any]]:
        mounts: list[dict[str, Any]] = []
        if not is_on_machine(self.service):
            mounts.append({"kind": "bind", "source": self.hosts, "target": "/etc/hosts", "read_only": False})
        mounts.append({"kind": "bind", "source": self.scratch, "target": f"{_INSIDE}/scratch", "read_only": False})
        if self.program.shims:
            mounts.append({"kind": "bind", "source": self.shims, "target": f"{_INSIDE}/bin", "read_only": True})
        if self.program.origin == KEY:  # a program of this machine works on the project's own files
            directory = self.project.directory
            mounts.append({"kind": "bind", "source": directory, "target": directory, "read_only": False})
        return mounts

    def _kind(self) -> str:
        """Return what the view is made of: another build of the image makes another one."""
        return " ".join((self.machine.view, *self.program.layers))

    def _view_name(self) -> str:
        return f"{self.replica.name}.{self.around.token}"

    def _network(self) -> dict[str, Any]:
        if is_on_machine(self.service):
            return {}
        return {"address": self.address, "ports": self.around.ports.get(self.replica.name, [])}

    def _with_own_address(self, words: Sequence[str]) -> tuple[str, ...]:
        return tuple(rewrite_loopback(word, self.address) for word in words)

    @property
    def _plain(self) -> Plain:
        """Return what the service is told without a view."""
        return Plain(
            self.files.paths,
            first_addresses(self.names, self.replica.index - 1),
            made=self.files.make,
            spare=self.scratch,
            miss=self._miss_directory,
        )

    def _miss_directory(self, path: str) -> None:
        note = f"its working directory '{path}' does not exist on this machine; it works in an empty one"
        self.report.add(
            NOTE, self.service.key_span("working_dir"), path=("services", self.service.name), service=self.service.name,
            note=note,
        )  # fmt: skip


def _check_health(project: Project, chosen: Mapping[str, tuple[Stanza, Program] | None], report: Report) -> None:
    for service in project.services.values():
        for name, dependency in service.depends_on.items():
            pair = chosen.get(name)
            if dependency.condition != "service_healthy" or pair is None:
                continue
            if probe_of(project.services[name], pair[1], pair[0]) is None:
                report.add(
                    NO_HEALTH_CHECK,
                    dependency.span,
                    path=("services", service.name, "depends_on", name),
                    service=service.name,
                    needed=name,
                )


def _say_limits(machine: Machine, project: Project, report: Report) -> None:
    if not machine.has_view and machine.view_reason:
        report.add(NO_VIEW, project.span, reason=machine.view_reason)
    if not machine.own_addresses:
        report.add(ONE_ADDRESS, project.span)


def _shown(words: tuple[str, ...]) -> str:
    """Return a command as people know it: without the program of ours that prepares an image's."""
    if words[0] == PYTHON and len(words) > 4:
        words = words[5:] or words[3:]
    return " ".join(f"'{word}'" if " " in word else word for word in words)  # quoted as plainly as an engine does
