"""`up` that stays: whose output it shows, when it ends, and the menu it offers at a terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from composekit.cli.attach import Attached, AttachOptions
from composekit.cli.context import CommandContext
from composekit.cli.logview import LogView
from composekit.cli.running import Running
from composekit.cli.watching import WatchSwitch
from composekit.errors import ComposekitError
from composekit.runtime.places import OWN
from composekit.runtime.up import Prepared

_TRUE = ("1", "true", "yes", "y", "on")


def stay_with(running: Running, prepared: Prepared, values: dict[str, Any]) -> int:
    """Start what was prepared, show its output until it ends or is left, and return the exit code of `up`."""
    ctx = running.ctx
    specs = {spec.name: spec for spec in prepared.translation.specs}
    show = _attached_services(running, prepared, values)
    shown = sorted(name for name, spec in specs.items() if spec.group in show)
    labels = {name: specs[name].labels.get(OWN + "label", name) for name in shown}
    watch = WatchSwitch(running, values["services"])
    color = ctx.color_out and not values["no_color"]
    with _menu(ctx, watch, values["menu"]) as menu:
        view = LogView(
            ctx.out, ctx.err, color=color, prefix=not values["no_log_prefix"], timestamps=values["timestamps"]
        )
        view.register(labels.items())
        attached = Attached(running, view, _options(values, tuple(specs), tuple(shown)), menu.hide)
        menu.attached = attached
        if values["watch"]:
            watch.turn()
        ctx.out.write(f"Attaching to {', '.join(labels.values())}\n")
        ctx.out.flush()
        try:
            return attached.run()
        finally:
            menu.hide()
            watch.stop()


def _options(values: dict[str, Any], mine: tuple[str, ...], shown: tuple[str, ...]) -> AttachOptions:
    grace = values["timeout"]
    on_exit = "any" if values["abort_on_container_exit"] else "failure" if values["abort_on_container_failure"] else ""
    return AttachOptions(
        start=mine,
        mine=mine,
        show=shown,
        on_exit=on_exit,
        code_from=values["exit_code_from"] or "",
        grace_seconds=None if grace is None else float(grace),
        stay=values["watch"],
    )


def _attached_services(running: Running, prepared: Prepared, values: dict[str, Any]) -> set[str]:
    """Return the services whose output is shown, by Docker Compose's rules."""
    project = running.project
    services = {} if project is None else project.services
    if values["attach"]:
        unknown = [name for name in values["attach"] if name not in services]
        if unknown:
            raise ComposekitError(f"cannot attach to services not included in up: {', '.join(unknown)}")
        chosen = set(values["attach"])
    elif values["services"] and not values["attach_dependencies"]:
        chosen = {name for name in values["services"] if services[name].attach is not False}
    else:
        chosen = {name for name in prepared.selected if services[name].attach is not False}
    return chosen - set(values["no_attach"])


class _NoMenu:
    """What there is where nobody can press keys."""

    attached: Attached | None = None

    def hide(self) -> None:
        """There is nothing to hide."""


class _Shortcuts(_NoMenu):
    """The keys of `up`: d leaves, w turns watching on and off."""

    def __init__(self, ctx: CommandContext, watch: WatchSwitch) -> None:
        from composekit.cli.menu import Keys, Menu

        self._watch = watch
        self.menu = Menu(ctx.out, columns=_columns)
        out = ctx.out
        ctx.out, ctx.err = self.menu.above(ctx.out), self.menu.above(ctx.err)
        self.keys = Keys(self.menu, lambda: self.menu.print_line(out))
        self.keys.on("d", "Detach", self._leave)
        self.keys.on("w", self._watch_words(), self._turn)

    def hide(self) -> None:
        self.menu.hide()

    def _leave(self) -> None:
        if self.attached is not None:
            self.attached.leave()

    def _turn(self) -> None:
        self._watch.turn()
        self.menu.offer("w", self._watch_words())

    def _watch_words(self) -> str:
        return "Disable Watch" if self._watch.is_on() else "Enable Watch"


@contextmanager
def _menu(ctx: CommandContext, watch: WatchSwitch, wanted: "bool | str") -> Iterator[_NoMenu]:
    """Offer the menu meanwhile, if it is wanted and there is a terminal to press keys at."""
    from composekit.cli.menu import may_read_keys, pressed

    if wanted == "auto":
        wanted = ctx.environ.get("COMPOSE_MENU", "true").lower() in _TRUE
    plain = ctx.ansi == "never" or ctx.progress == "plain" or ctx.environ.get("TERM") == "dumb"
    if not wanted or plain or not ctx.out.isatty() or not ctx.stdin.isatty() or not may_read_keys(ctx.stdin.fileno()):
        yield _NoMenu()
        return
    streams = ctx.out, ctx.err
    shortcuts = _Shortcuts(ctx, watch)
    try:
        with pressed(ctx.stdin.fileno(), shortcuts.keys.press, shortcuts.menu.redraw):
            yield shortcuts
    finally:
        ctx.out, ctx.err = streams


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80
