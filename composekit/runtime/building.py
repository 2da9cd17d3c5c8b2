"""Building an image: the steps of a Dockerfile, each a layer on the one before, taken from the cache where it can be.

A layer's key is made of the layer below, of what the step says and of the content it copies. A step that fails, or is
interrupted, leaves nothing behind; the layers before it stay in the cache.
"""

import dataclasses
import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from composekit.errors import ComposekitError
from composekit.images.context import Context, read_context
from composekit.images.copying import home_of, owner_of
from composekit.images.dockerfile import StagePlan
from composekit.images.program import PYTHON, REMOVED, FileCopy, Program, shim_script
from composekit.images.remote import is_fetched
from composekit.images.step import Origin, RunMount, Step
from composekit.runtime import builds_adding as adding
from composekit.runtime import carrying
from composekit.runtime.builds_mounting import Tools, take_away_places
from composekit.runtime.layers import Image, Store
from composekit.runtime.stepping import Ground, go_inside, perform
from composekit.sandbox.layering import gather

_VERSION = 1  # of what goes into a key
# Where files that RUN makes are of interest to the entry programs of the catalogue.
_CONFIGURED = (
    "/docker-entrypoint-initdb.d", "/docker-entrypoint.d", "/etc/apache2", "/etc/caddy", "/etc/grafana", "/etc/mysql",
    "/etc/nginx", "/etc/prometheus", "/etc/rabbitmq", "/etc/redis", "/usr/local/apache2", "/usr/local/etc",
    "/usr/share/nginx/html",
)  # fmt: skip
_MOST_PROVIDED = 1000


class StepFailed(ComposekitError):
    """A RUN ended with another code than 0; `lines` are the last ones it printed."""

    def __init__(self, wanted: "Wanted", step: Step, code: int, lines: list[str], title: str) -> None:
        words = " ".join(step.words)
        super().__init__(f'process "{words}" did not complete successfully: exit code: {code}')
        self.wanted = wanted
        self.step = step
        self.lines = lines
        self.title = title


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to build: the plan's stages, the last one is the target; `name` is the image's, `label` for messages.

    `file` is what messages call the Dockerfile, whose text is `text`.
    """

    name: str
    label: str
    stages: Mapping[int, StagePlan]
    context: Context
    file: str
    text: str = ""
    tags: tuple[str, ...] = ()
    use_cache: bool = True
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    ssh: str = ""
    network: str = ""
    git: str = ""


class Teller:
    """What is told about a build while it runs; does nothing by itself. `number` counts the steps of one command."""

    def begin(self, title: str) -> int:
        """A step begins; returns its number."""
        raise NotImplementedError

    def line(self, number: int, text: str) -> None:
        """A step printed a line."""
        raise NotImplementedError

    def done(self, number: int, *, cached: bool = False, failed: str = "") -> None:
        """A step has ended."""
        raise NotImplementedError


def build(wanted: Wanted, store: Store, teller: Teller, *, path: str, python: str) -> Image:
    """Build an image and keep it under its names. `path` is the machine's PATH, `python` our interpreter.

    Raises `StepFailed` for a RUN that failed, `ComposekitError` for what else cannot be done.
    """
    with store.building(), tempfile.TemporaryDirectory(prefix="composekit-build-") as folder:
        run = _Build(wanted, store, teller, path=path, python=python, folder=folder)
        chains: dict[int, tuple[str, ...]] = {}
        for number, stage in wanted.stages.items():
            chains[number] = run.stage(number, stage, chains)
        last = max(wanted.stages)
        program = run.program(wanted.stages[last], chains[last])
        number = teller.begin(f"[{wanted.label}] exporting to image")
        for tag in wanted.tags:
            store.write_image(tag, program)
        image = store.write_image(wanted.name, program)
        teller.line(number, f"naming to {wanted.name} done")
        teller.done(number)
        return image


class _Build:
    """One build: a chain of layer names per stage; names that begin with a dash stand for steps that wrote nothing."""

    def __init__(self, wanted: Wanted, store: Store, teller: Teller, *, path: str, python: str, folder: str) -> None:
        self.wanted = wanted
        self.store = store
        self.teller = teller
        self.path = path
        self.python = python
        self.folder = folder
        self.elsewhere = adding.Elsewhere(store, wanted.git or None, folder)

    def stage(self, number: int, stage: StagePlan, chains: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
        chain = chains[stage.base] if stage.base is not None else stage.layers or self.store.ground_layers()
        count = len(stage.steps) + 1
        several = len(self.wanted.stages) > 1
        name = f" {stage.name or f'stage-{number}'}" if several else ""
        if stage.base is None:
            begun = self.teller.begin(f"[{self.wanted.label}{name} 1/{count}] FROM {stage.image}")
            for note in stage.program.notes:
                self.teller.line(begun, note)
            self.teller.done(begun, cached=True)
            chain = self._supply(stage, chain)
        for at, step in enumerate(stage.steps, 2):
            title = f"[{self.wanted.label}{name} {at}/{count}] {step.text}"
            chain = (*chain, self._step(step, stage, chain, chains, title))
        return chain

    def _supply(self, stage: StagePlan, chain: tuple[str, ...]) -> tuple[str, ...]:
        """Add a layer with what the base image has and this machine may not have, if there is such."""
        program = stage.program
        users = {**_users_of_unknown(stage.image), **program.users}
        if not program.supplied and not users:
            return chain
        key = _key("supply", program.supplied, users, chain)
        ground = Ground(self.store.folder, _real(chain), "")
        name = self.store.find(key)
        if name is None:
            name = self._layer(key, ground, carrying.carry_supplied(program.supplied, users), lambda _line: None)
        return (*chain, name)

    def _step(
        self,
        step: Step,
        stage: StagePlan,
        chain: tuple[str, ...],
        chains: Mapping[int, tuple[str, ...]],
        title: str,
    ) -> str:
        """Carry out a step, or find what it made earlier; returns the layer's name."""
        begun = self.teller.begin(title)
        files = self._context_of(step)
        paths = [path for pattern in step.sources if files is not None and not _is_address(step, pattern)
                 for path in files.find(pattern, deep=step.parents)]  # fmt: skip
        addresses = [source for source in step.sources if _is_address(step, source)]
        takers: tuple[Step | RunMount, ...] = (step, *step.mounts)
        others = [_origin_chain(self.store, chains, one.origin) for one in takers]
        ground_of = tuple(_real(one) for one in others if one is not None)
        try:
            content = files.digest(paths) if paths and files is not None else ""
            bound = [context.digest(context.find(mount.source or "/")) for mount in step.mounts
                     if mount.kind == "bind" and (context := self._context_of(mount)) is not None]  # fmt: skip
            added = [self.elsewhere.identify(source, step) for source in addresses]
        except ComposekitError as wrong:
            self.teller.done(begun, failed=str(wrong))
            raise ComposekitError(f"{self.wanted.file}:{step.line}: {wrong}", hint=wrong.hint) from None
        key = _key(_facts(step), content, bound, added, chain[-1:], [one[-1:] for one in others if one is not None])
        found = self.store.find(key) if self.wanted.use_cache else None
        if found is not None:
            self.teller.done(begun, cached=True)
            return found
        network = step.network or self.wanted.network
        ground = Ground(self.store.folder, _real(chain), "", ground_of, network=network != "none")
        lines: list[str] = []
        try:
            action = self._action(step, stage, paths)
            name = self._layer(key, ground, action, lambda line: self._said(begun, line, lines), self._waits(begun))
        except _Ended as ended:
            failed = StepFailed(self.wanted, step, ended.code, lines[-20:], title)
            self.teller.done(begun, failed=str(failed))
            raise failed from None
        except ComposekitError as wrong:
            self.teller.done(begun, failed=str(wrong))
            raise ComposekitError(f"{self.wanted.file}:{step.line}: {wrong}", hint=wrong.hint) from None
        self.teller.done(begun)
        return name

    def _context_of(self, one: Step | RunMount) -> Context | None:
        """Return the files of this machine that a step or mount takes from; `None` where a stage or image has them."""
        if one.origin is None:
            return self.wanted.context
        return read_context(one.origin.directory) if one.origin.directory else None

    def _waits(self, number: int) -> Callable[[float], None]:
        return lambda took: self.teller.line(number, f"still runs after {took:.0f} s (Ctrl-C stops the build)")

    def _said(self, number: int, line: str, lines: list[str]) -> None:
        self.teller.line(number, line)
        lines.append(line)

    def _action(self, step: Step, stage: StagePlan, paths: list[str]) -> Callable[[Ground], int]:
        if step.kind == "workdir":
            return carrying.carry_directory(step)
        if step.kind == "run":
            tools = Tools(self.path, self._shims(stage.program), self.wanted.secrets, self.store.cache, self.wanted.ssh)
            folders = [context.directory if (context := self._context_of(mount)) else None for mount in step.mounts]
            return carrying.carry_run(step, tools, folders)
        fetched = [self.elsewhere.fetch(source, step) for source in step.sources if _is_address(step, source)]
        if fetched:
            return adding.carry_added(step, self.wanted.context, paths, fetched)
        return carrying.carry_copy(step, self._context_of(step), paths, self.path)

    def _layer(
        self,
        key: str,
        ground: Ground,
        act: Callable[[Ground], int],
        on_line: Callable[[str], None],
        on_quiet: Callable[[float], None] | None = None,
    ) -> str:
        """Make a layer; nothing is left of it when that fails."""
        with self.store.new_layer() as place:
            code = perform(dataclasses.replace(ground, place=place), act, on_line, on_quiet)
            if code != 0:
                raise _Ended(code)
            gather(place)
            take_away_places(place)
            return self.store.keep(place, key)

    def _shims(self, program: Program) -> str:
        """Return a folder with the small programs that stand for the image's; entry programs are no use in a build."""
        from composekit.images.catalogue import BUILD_TOOLS, build_tools

        own = {name: words for name, words in program.shims.items() if words[0] != PYTHON or words[3] in BUILD_TOOLS}
        wanted = {**build_tools(lambda name: shutil.which(name, path=self.path)), **own}
        if not wanted:
            return ""
        folder = os.path.join(self.folder, hashlib.sha256(repr(wanted).encode()).hexdigest()[:16])
        os.makedirs(folder, mode=0o755, exist_ok=True)
        os.chmod(self.folder, 0o755)  # noqa: S103  # a step's own user reads it
        for name, words in wanted.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(shim_script(words, python=self.python))
            os.chmod(os.path.join(folder, name), 0o755)  # noqa: S103  # as above
        return folder

    def program(self, stage: StagePlan, chain: tuple[str, ...]) -> Program:
        """Return what the target stage stands for, now that its files are there."""
        program = stage.program
        layers = _real(chain)
        try:
            facts = self._look(layers, program)
        except ComposekitError as wrong:
            raise ComposekitError(f"{self.wanted.file}: USER: {wrong}", hint=wrong.hint) from None
        removed = tuple(FileCopy(REMOVED, path) for path in facts["removed"])
        env = dict(program.env)
        if facts["home"]:
            env.setdefault("HOME", facts["home"])
        return dataclasses.replace(
            program,
            env=env,
            user=facts["user"],
            files=(*program.files, *removed),
            layers=layers,
            provided=tuple(sorted({*facts["provided"], *self._copied(stage)})),
        )

    def _copied(self, stage: StagePlan) -> set[str]:
        """Return the targets of COPY that are directories or files by now: what entry programs may look for."""
        found = {step.target for step in stage.steps if step.kind in {"add", "copy"}}
        base = self.wanted.stages.get(stage.base) if stage.base is not None else None
        return {path for path in found if path != "/"} | (self._copied(base) if base else set())

    def _look(self, layers: tuple[str, ...], program: Program) -> dict[str, Any]:
        """Look into the finished image: who its user is, and which files the entry programs should know of."""
        names = _written(self.store.folder, layers)

        def act(ground: Ground) -> int:
            go_inside(ground)
            user, home = "", ""
            if program.user:
                uid, gid = owner_of(program.user)
                user, home = f"{uid}:{gid}", home_of(program.user)
            there = [name for name in names if os.path.lexists(name)]
            removed = [path for path in program.supplied if not os.path.lexists(path)]
            empty = [path for path in program.supplied if os.path.exists(path) and os.path.getsize(path) == 0]
            provided = [name for name in there if name not in empty and os.path.isfile(name)]
            facts = {"user": user, "home": home, "removed": removed, "provided": provided}
            os.write(1, json.dumps(facts).encode())
            return 0

        lines: list[str] = []
        with self.store.new_layer() as place:
            perform(Ground(self.store.folder, layers, place), act, lines.append)
        found: dict[str, Any] = json.loads(lines[-1])
        return found


def _origin_chain(store: Store, chains: Mapping[int, tuple[str, ...]], origin: Origin | None) -> tuple[str, ...] | None:
    """Return the layers that files come from; those of an image nobody built are this machine's own files."""
    if origin is None or origin.directory:
        return None
    if origin.stage is not None:
        return chains[origin.stage]
    built = store.image(origin.image)
    return built.program.layers if built is not None else store.ground_layers()


def _users_of_unknown(image: str) -> dict[str, tuple[int, str]]:
    """Return the user of images that are made for it, and have nothing else that counts."""
    return {"nonroot": (65532, "/home/nonroot")} if "distroless" in image or "chainguard" in image else {}


def _is_address(step: Step, source: str) -> bool:
    return step.kind == "add" and is_fetched(source)


class _Ended(Exception):  # no mistake by itself: a program ended
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _written(folder: str, layers: tuple[str, ...]) -> list[str]:
    """Return the paths that layers have in the folders of configurations."""
    found: set[str] = set()
    for layer in layers:
        for top in _CONFIGURED:
            tree = os.path.join(folder, layer)
            for directory, _, names in os.walk(tree + top):
                found.update(os.path.join(directory, name)[len(tree) :] for name in names)
    return sorted(found)[:_MOST_PROVIDED]


def _real(chain: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in chain if not name.startswith("-"))


def _facts(step: Step) -> dict[str, object]:
    """Return what of a step makes a difference to its result."""
    facts = dataclasses.asdict(step)
    for name in ("line", "text", "given"):
        del facts[name]
    return facts


def _key(*facts: object) -> str:
    # A machine's own files are below all layers, so that layers are not for another machine or another user.
    about = [_VERSION, platform.node(), os.geteuid(), *facts]
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
