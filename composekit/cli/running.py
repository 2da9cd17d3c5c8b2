"""A project that runs or is to run: which one the command line means, its supervisor, what is to be said about it."""

import os
import re
from collections.abc import Collection
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError, LoadFailed
from composekit.runtime.control import reach, statuses_of
from composekit.runtime.places import place, state_root
from composekit.source.diagnostic import Diagnostic
from composekit.source.node import Mapping
from composekit.supervise.client import Client
from composekit.supervise.home import Home, default_runtime_dir, read_json, write_json
from composekit.supervise.light import sha256
from composekit.supervise.starting import Spare
from composekit.supervise.status import ReplicaStatus

if TYPE_CHECKING:
    from composekit.cli.progress import Progress
    from composekit.load.pipeline import Loaded
    from composekit.model.project import Project


_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Running:
    """A project by its name, which is enough for what exists already; `loaded` is what its file says, if read."""

    def __init__(
        self, ctx: CommandContext, name: str, loaded: "Loaded | None" = None, others: Collection[str] = ()
    ) -> None:
        if not _NAME.fullmatch(name):  # it becomes the name of folders that are removed with all in them
            raise ComposekitError(
                f"invalid project name '{name}'",
                hint="use lower-case letters, digits, '-' and '_', starting with a letter or digit",
            )
        self.ctx = ctx
        self.name = name
        self.home = Home(state_root(ctx.environ), name, default_runtime_dir(ctx.environ))
        self._loaded = loaded
        self._others = others
        self.spare: Spare | None = None
        self._project: Project | None = None

    @property
    def services(self) -> dict[str, Mapping]:
        """The services of the file by name, as canonical nodes; none without a file."""
        return _services_of(self._loaded)

    @property
    def hidden(self) -> Collection[str]:
        """The services of the file that are not in the project: their profiles are off, or others were chosen."""
        return {*(self._loaded.disabled if self._loaded is not None else ()), *self._others}

    @property
    def project(self) -> "Project | None":
        """The typed project; `None` without a file. Costly: `ps` and `logs` do without."""
        if self._project is None and self._loaded is not None and self._loaded.tree is not None:
            from composekit.model.bind import bind_project

            self._project = bind_project(
                self._loaded.tree,
                directory=self._loaded.directory,
                environment=dict(self._loaded.environment),
                files=tuple(self._loaded.files),
            )
        return self._project

    def use_project(self, project: "Project") -> None:
        """Go on with another project than the file's: one without what others provide."""
        self._project = project

    def client(self, *, start: bool = False) -> Client | None:
        """Connect to the supervisor, and tell what it has to say that was not told yet."""
        client = reach(self.home, self.ctx.environ, start=start, spare=self.spare)
        if client is not None:
            self._tell_notices(client.notices())
        return client

    def look(self) -> list[ReplicaStatus]:
        """Return what there is, and tell what the supervisor has to say, with one question to it."""
        client = reach(self.home, self.ctx.environ)
        if client is None:
            return self.statuses(None)
        replicas, notices = client.overview()
        self._tell_notices(notices)
        return replicas

    def statuses(self, client: Client | None) -> list[ReplicaStatus]:
        return statuses_of(self.home, client)

    def chosen(self, statuses: Collection[ReplicaStatus], services: Collection[str]) -> list[ReplicaStatus]:
        """Return the replicas of the named services (none: all of the project); raises for a name nobody knows."""
        known = {one.group for one in statuses} | set(self.services) | set(self.hidden)
        for name in services:
            if name not in known:
                raise ComposekitError(f"no such service: {name}")
        wanted = set(services) or set(self.services) or known
        return [one for one in statuses if one.group in wanted]

    def changing(self) -> AbstractContextManager[None]:
        """Hold the project against other commands that create or remove."""
        from composekit.runtime.changing import changing

        try:
            os.makedirs(self.home.root, mode=0o700, exist_ok=True)
        except OSError as error:
            raise ComposekitError(
                f"the folder for state '{self.home.root}' cannot be made: {error.strerror}",
                hint="set COMPOSEKIT_HOME to another",
            ) from None
        wait = f"waiting for another command that changes the project '{self.name}'"
        return changing(self.home.root, self.name, lambda: self.ctx.say(wait))

    def progress(self, title: str = "Running") -> "Progress":
        from composekit.cli.progress import Progress, progress_mode

        ctx = self.ctx
        mode = progress_mode(ctx.progress, ctx.err, ansi=ctx.ansi)
        return Progress(ctx.err, mode, title=title, color=ctx.color_err, dry_run=ctx.dry_run)

    def show_once(self, diagnostics: Collection[Diagnostic]) -> None:
        """Show diagnostics unless exactly these were shown for this project before; see `remember_shown`."""
        if diagnostics and self._told().get("diagnostics") != _digest(diagnostics):
            self.ctx.show(diagnostics)

    def remember_shown(self, diagnostics: Collection[Diagnostic]) -> None:
        """Keep in the project's state, once there is one, that these have been shown."""
        self._remember(diagnostics=_digest(diagnostics))

    def _tell_notices(self, notices: list[dict[str, Any]]) -> None:
        last = float(self._told().get("notices") or 0)
        fresh = [one for one in notices if float(one["at"]) > last]
        for one in fresh:
            self.ctx.say(f"notice: {one['text']}")
        if fresh:
            self._remember(notices=max(float(one["at"]) for one in fresh))

    def _told(self) -> dict[str, Any]:
        return read_json(place(self.home, "told.json")) or {}

    def _remember(self, **facts: Any) -> None:
        if self.home.exists():
            with suppress(OSError):  # on a full disk it is told again, and that is all
                os.makedirs(place(self.home), mode=0o700, exist_ok=True)
                write_json(place(self.home, "told.json"), {**self._told(), **facts})


def _digest(diagnostics: Collection[Diagnostic]) -> str:
    return sha256(repr([(one.code, one.message) for one in diagnostics]).encode()).hexdigest()


def open_running(ctx: CommandContext) -> Running:
    """Return the project that the global options mean: by `-p` alone without its file, otherwise by its file.

    As in Docker Compose, COMPOSE_PROJECT_NAME is enough when there is no file that can be loaded.
    """
    name = ctx.shared.get("project_name") or ""
    if name and not ctx.shared.get("files"):
        return Running(ctx, name)
    fallback = ctx.environ.get("COMPOSE_PROJECT_NAME", "")
    if fallback and not _can_be_loaded(ctx):
        return Running(ctx, fallback)
    return load_running(ctx)


def _can_be_loaded(ctx: CommandContext) -> bool:
    from composekit.load.pipeline import load

    try:
        return not load(ctx.request()).report.has_errors
    except ComposekitError:
        return False


def load_running(ctx: CommandContext, services: tuple[str, ...] = ()) -> Running:
    """Load the project; with `services` that their profiles hide, once more with these."""
    loaded = ctx.load()
    others = {*_services_of(loaded), *loaded.disabled}
    if any(name not in _services_of(loaded) for name in services):
        loaded = ctx.load(services=services)
    if loaded.tree is None:
        raise LoadFailed
    return Running(ctx, loaded.name, loaded, others)


def _services_of(loaded: "Loaded | None") -> dict[str, Mapping]:
    found = loaded.tree.get("services") if loaded is not None and loaded.tree is not None else None
    if not isinstance(found, Mapping):
        return {}
    return {name: service for name, service in found.items.items() if isinstance(service, Mapping)}
