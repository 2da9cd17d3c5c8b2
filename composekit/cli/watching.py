"""Keeping what runs as its sources are: what `watch` and `up --watch` do with changes."""

import os
import shutil
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from composekit.cli.running import Running
from composekit.errors import ComposekitError
from composekit.runtime import watching
from composekit.runtime.watching import Rule, Work
from composekit.supervise.client import Client

if TYPE_CHECKING:
    from composekit.model.service import Hook
    from composekit.supervise.status import ReplicaStatus


class Watcher:
    """Watches until `stop` is called; says what it does in Docker Compose's words."""

    def __init__(self, running: Running, services: Collection[str], *, quiet: bool = False) -> None:
        self._running = running
        self._quiet = quiet
        self._stopped = threading.Event()
        if running.project is None:
            raise ComposekitError("there is no Compose file to watch")
        try:
            self.rules: list[Rule] = watching.rules_of(running.project, services)
        except ValueError as error:
            raise ComposekitError(str(error)) from None
        if not self.rules:
            raise ComposekitError(
                "none of the selected services is configured for watch, consider setting a 'develop' section"
            )

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        """Watch; what goes wrong with one change is said, and the next one is waited for."""
        seen = watching.look(self.rules)
        self._carry_out(watching.initial(self.rules, seen))
        self._say("Watch enabled")
        for _ in watching.waiting({rule.path for rule in self.rules}, self._stopped.is_set):
            now = watching.look(self.rules)
            if now != seen:
                works = watching.plan(self.rules, *watching.changes(seen, now))
                seen = now
                self._carry_out(works)

    def _say(self, text: str) -> None:
        out = self._running.ctx.out
        out.write(f"{text}\n")
        out.flush()

    def _carry_out(self, works: dict[str, Work]) -> None:
        try:
            rebuild = [name for name, work in works.items() if work.rebuild]
            if rebuild:
                self._rebuild(rebuild)
            for name, work in works.items():
                if not work.rebuild:
                    self._sync(name, work)
            restart = [name for name, work in works.items() if work.restart and not work.rebuild]
            if restart:
                self._restart(restart)
        except ComposekitError as error:
            self._say(f"Error handling changed files: {error}")

    def _replicas(self, service: str) -> "list[ReplicaStatus]":
        from composekit.cli.targets import UP

        client = self._running.client()
        return [one for one in self._running.statuses(client) if one.group == service and one.phase in UP]

    def _sync(self, service: str, work: Work) -> None:
        count = len(work.put) + len(work.remove)
        if not count:
            return
        self._say(f'Syncing service "{service}" after {count} changes were detected')
        for replica in self._replicas(service):
            self._put(replica.name, work)
            for hook in work.execs:
                self._exec(replica.name, hook)

    def _put(self, name: str, work: Work) -> None:
        from composekit.runtime.copying import in_view, pack, unpack
        from composekit.runtime.visit import host_of

        spec, pid = host_of(self._running.home, name)

        def clear(_stream: Any) -> None:
            for place in work.remove.values():
                if os.path.isdir(place) and not os.path.islink(place):
                    shutil.rmtree(place)
                elif os.path.lexists(place):
                    os.unlink(place)
            for place in work.put.values():
                os.makedirs(os.path.dirname(place), exist_ok=True)

        in_view(pid, spec.view, clear, writes=False).finish()
        for path, place in work.put.items():
            inside = in_view(pid, spec.view, _unpacker(unpack, place), writes=False)
            try:
                pack(path, inside.stream)
                inside.stream.flush()
            except (BrokenPipeError, FileNotFoundError):
                pass  # the other side says why; or the file is gone again, and the next look tells
            finally:
                inside.finish()

    def _exec(self, name: str, hook: "Hook") -> None:
        from composekit.cli.commands.exec import wanted_user
        from composekit.runtime.visit import begin, host_of, plan_visit

        env = {key: value for key, value in hook.environment.items() if value is not None}
        host = host_of(self._running.home, name)
        visit = plan_visit(host, hook.command, env=env, cwd=hook.working_dir, user=wanted_user(hook.user, host[0].view))
        null = os.open(os.devnull, os.O_RDONLY)
        self._running.ctx.out.flush()
        visitor = begin(visit, (null, 1, 2))
        os.close(null)
        visitor.wait()
        if visitor.code:
            raise ComposekitError(visitor.trouble or f"exit code {visitor.code}")

    def _restart(self, services: list[str]) -> None:
        client = Client.connect(self._running.home)
        if client is None:
            raise ComposekitError("the supervisor went away")
        with client:
            client.restart(services)
        self._say(f"service(s) {_listed(services)} restarted")

    def _rebuild(self, services: list[str]) -> None:
        from composekit.cli.commands import up
        from composekit.cli.options import initial_values

        self._say(f"Rebuilding service(s) {_listed(services)} after changes were detected...")
        values = initial_values(up.ARGUMENTS)
        values.update(
            services=tuple(services), detach=True, build=True, no_deps=True, force_recreate=True,
            quiet_build=self._quiet,
        )  # fmt: skip
        if up.run(self._running.ctx, **values) == 0:
            self._say(f"service(s) {_listed(services)} successfully built")


class WatchSwitch:
    """Watching that can be turned on and off while `up` stays."""

    def __init__(self, running: Running, services: Collection[str]) -> None:
        self._running = running
        self._services = services
        self._watcher: Watcher | None = None

    def is_on(self) -> bool:
        return self._watcher is not None

    def turn(self) -> None:
        """Begin to watch, or end it; raises `ComposekitError` where there is nothing to watch."""
        if self._watcher is not None:
            self.stop()
            self._running.ctx.out.write("Watch disabled\n")
            self._running.ctx.out.flush()
            return
        self._watcher = Watcher(self._running, self._services)
        threading.Thread(target=self._watcher.run, daemon=True).start()

    def stop(self) -> None:
        """End it, without a word."""
        if self._watcher is not None:
            self._watcher.stop()
        self._watcher = None


def _unpacker(unpack: Any, place: str) -> Any:
    return lambda stream: unpack(stream, place)


def _listed(services: list[str]) -> str:
    return "[" + " ".join(f'"{name}"' for name in services) + "]"
