"""`exec`: one more program in the view of a service that runs. Its exit code is the command's."""

import os
import stat
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from composekit.cli.behind import leave_behind
from composekit.cli.context import CommandContext
from composekit.cli.options import Argument, Option, Row
from composekit.errors import ComposekitError

if TYPE_CHECKING:
    from composekit.cli.running import Running
    from composekit.runtime.visit import Visit

    Ended = Callable[[int], object]

ARGUMENTS: tuple[Row, ...] = (
    Option(("-d", "--detach"), "Detached mode: Run command in the background", "flag"),
    Option(("-e", "--env"), "Set environment variables", "many", metavar="KEY[=VALUE]"),
    Option(("--index",), "Index of the container if service has multiple replicas", "int", default=0),
    Option(("-i", "--interactive"), "Keep STDIN open even if not attached", "flag", default=True, hidden=True),
    Option(
        ("-T", "--no-tty"),
        "Disable pseudo-TTY allocation. By default 'exec' allocates a TTY where it writes to one.",
        "flag",
    ),
    Option(("--no-TTY",), "Disable pseudo-TTY allocation", "flag", hidden=True, to="no_tty_old"),
    Option(("--privileged",), "Give extended privileges to the process (root's; others have none to give)", "flag"),
    Option(("-t", "--tty"), "Allocate a pseudo-TTY", "flag", default=True, hidden=True),
    Option(("-u", "--user"), "Run the command as this user", metavar="USER[:GROUP]"),
    Option(("-w", "--workdir"), "Path to workdir directory for this command", metavar="DIRECTORY"),
    Argument("service", many=False, required=True, metavar="SERVICE"),
    Argument("words", rest=True, required=True, metavar="COMMAND [ARGS...]"),
)


def run(ctx: CommandContext, **values: Any) -> int:
    from composekit.cli.relay import is_terminal
    from composekit.cli.running import open_running
    from composekit.cli.targets import check_not_paused, running_replica
    from composekit.runtime.visit import begin, host_of, plan_visit

    running = open_running(ctx)
    status = running_replica(running.statuses(running.client()), values["service"], values["index"])
    check_not_paused(status)
    terminal = not (values["no_tty"] or values["no_tty_old"]) and values["tty"] and is_terminal(1)
    if terminal and not values["detach"] and not is_terminal(0):
        raise ComposekitError("the input device is not a TTY", hint="-T runs it without one")
    env = chosen_variables(values["env"], ctx)
    if terminal:
        env = {"TERM": ctx.environ.get("TERM") or "xterm", **env}
    host = host_of(running.home, status.name)
    user = wanted_user(values["user"], host[0].view)
    if user is not None:
        env = {"HOME": _home(user[0]), **env}
    visit = plan_visit(
        host, values["words"], env=env, cwd=values["workdir"] or "", user=user, privileged=values["privileged"]
    )
    if ctx.dry_run:
        if not values["detach"]:
            raise ComposekitError("interactive exec is not supported in dry-run mode")
        return 0
    ended = _noted(running, status.name, visit)
    if not values["detach"]:
        return _attached(visit, ctx, ended, terminal=terminal, interactive=values["interactive"])
    null = os.open(os.devnull, os.O_RDWR)
    visitor = begin(visit, (null, null, null), ended=ended)
    visitor.wait(started=True)
    if visitor.trouble:  # with the code of a request that failed: there is no command to have one of its own
        raise ComposekitError(visitor.trouble)
    return 0


def _noted(running: "Running", name: str, visit: "Visit") -> "Ended":
    """Note that a program is started, for `events`; return what notes its end."""
    from composekit.runtime.journal import journal_path, note

    path, facts = journal_path(running.home), {"execID": os.urandom(32).hex()}
    words = f"{visit.argv[0]} {' '.join(visit.argv[1:])}"  # also the engine leaves a space behind a single word
    for action in ("exec_create", "exec_start"):
        note(path, name, f"{action}: {words}", facts, now=time.time())
    return lambda code: note(path, name, "exec_die", {**facts, "exitCode": str(code)}, now=time.time())


def _attached(visit: "Visit", ctx: CommandContext, ended: "Ended", *, terminal: bool, interactive: bool) -> int:
    from composekit.cli.relay import Relay, passed_on
    from composekit.runtime.visit import begin

    ctx.out.flush()
    if terminal:
        return _on_terminal(visit, ctx, ended, interactive=interactive)
    relay = Relay()
    theirs = [_piped(relay, number) if _is_ours_alone(number, visit.view) else number for number in (0, 1, 2)]
    if not interactive:
        theirs[0] = os.open(os.devnull, os.O_RDONLY)
    visitor = begin(visit, (theirs[0], theirs[1], theirs[2]), ended=ended)
    for one in theirs:
        if one > 2:
            os.close(one)
    relay.on(visitor.report, visitor.hear)
    with passed_on(visitor.send):
        relay.run(lambda: visitor.code is not None)
    return _ended(visitor, ctx)


def _on_terminal(visit: "Visit", ctx: CommandContext, ended: "Ended", *, interactive: bool) -> int:
    from composekit.cli.attachment import LEAVING_KEYS, key_bytes
    from composekit.cli.relay import Relay, copy_size, passed_on, raw_terminal
    from composekit.runtime.visit import begin

    pty, inner = os.openpty()
    copy_size(0, pty)
    visitor = begin(visit, (inner, inner, inner), terminal=True, ended=ended)
    os.close(inner)
    relay = Relay()
    relay.on(visitor.report, visitor.hear)
    relay.take(pty, 1)
    if interactive:
        relay.give(0, os.dup(pty), close=False, keys=key_bytes(LEAVING_KEYS))
    with raw_terminal(0, lambda: copy_size(0, pty)) if interactive else passed_on(visitor.send):
        relay.run(lambda: visitor.code is not None or relay.detached)
    if relay.detached:
        leave_behind(lambda: _hold(pty))
        ctx.say("read escape sequence")
        return 0
    return _ended(visitor, ctx)


def _hold(pty: int) -> None:
    """Keep a program's terminal open, and drop what is written to it, to its end; a pty ends with an error."""
    os.set_blocking(pty, True)
    while os.read(pty, 65536):
        pass


def _is_ours_alone(number: int, view: Mapping[str, Any]) -> bool:
    """Tell whether a program may not have a stream of ours, or could not open it by its name, such as /dev/stdout.

    Nameless pipes become its user's; what has a name keeps its owner.
    """
    mode, user = os.fstat(number).st_mode, view.get("user")
    if os.isatty(number) or stat.S_ISSOCK(mode):
        return True
    if not user or user[0] in (0, os.geteuid()):
        return False
    return stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and not os.readlink(f"/dev/fd/{number}").startswith("pipe:"))


def _piped(relay: Any, number: int) -> int:
    """Return the program's end of a pipe that stands for a terminal of ours, and copy between the two."""
    read, write = os.pipe()
    theirs, mine = (read, write) if number == 0 else (write, read)
    if number == 0:
        relay.give(0, mine, close=True)
    else:
        relay.take(mine, number)
    return theirs


def _ended(visitor: Any, ctx: CommandContext) -> int:
    if visitor.trouble:
        ctx.say(f"error: {visitor.trouble}")
    return int(visitor.code or 0)


def chosen_variables(texts: tuple[str, ...], ctx: CommandContext) -> dict[str, str]:
    """Return what `-e` asks for: KEY=VALUE, or KEY with the value of this command's own environment."""
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key:
            raise ComposekitError(f"invalid environment variable: {text}")
        if equals:
            found[key] = value
        elif key in ctx.environ:
            found[key] = ctx.environ[key]
    return found


def wanted_user(text: str | None, view: Mapping[str, Any]) -> tuple[int, int, list[int]] | None:
    """Return the user that `-u` means, of this machine or of the image that a view shows, `None` for the service's own.

    Raises `ComposekitError` with Docker's code.
    """
    if not text:
        return None
    from composekit.runtime.identity import layer_users, resolve_user
    from composekit.runtime.visit import NOT_RUNNABLE

    try:
        user = resolve_user(text, layer_users(view.get("layers_folder", ""), view.get("layers") or ()))
    except KeyError as error:
        raise ComposekitError(
            f"unable to find user or group {error.args[0]} on this machine", exit_code=NOT_RUNNABLE
        ) from None
    if os.geteuid() not in (0, user[0]):
        raise ComposekitError(f"only root can run programs as '{text}'", exit_code=NOT_RUNNABLE)
    return user


def _home(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_dir
    except KeyError:
        return "/"
