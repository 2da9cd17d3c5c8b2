"""What the supervisor is asked to run, as values that travel as JSON.

Owns: ProcessSpec and its parts, and their JSON form (whole for the wire, without the environment for the disk).
Knows nothing of: Compose. `view`, `network` and `labels` are opaque facts for the hooks and for clients.
"""

import dataclasses
import re
import signal
from dataclasses import dataclass, field
from typing import Any

# A name is a directory of the state folder and a word of the shims' notices, so it has no slash, space or leading dot.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}")

RESTART_NAMES = ("no", "always", "on-failure", "unless-stopped")
CONDITIONS = ("started", "healthy", "completed")


class BadSpec(ValueError):
    """A spec that cannot be run; the message says which field is wrong."""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When to run again: without `delay_seconds` the delay is Docker's, 100 ms doubling to one minute.

    `max_attempts` counts restarts; with `window_seconds` the count starts anew once a run lasted that long.
    """

    name: str = "no"
    max_attempts: int | None = None
    delay_seconds: float | None = None
    window_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """A health check with Docker's meaning and defaults; all times in seconds."""

    argv: tuple[str, ...]
    interval_seconds: float = 30
    timeout_seconds: float = 30
    start_period_seconds: float = 0
    start_interval_seconds: float = 5
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Need:
    """Start only when every replica of `group` meets `condition`: started, healthy or completed (with code 0)."""

    group: str
    condition: str = "started"
    required: bool = True
    restart: bool = False


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """A segment is closed once it has `max_bytes` (`None`: never); the newest `max_files` segments are kept."""

    max_bytes: int | None = None
    max_files: int = 1


@dataclass(frozen=True, slots=True)
class HookSpec:
    """A command to run in the view of the process; empty `cwd`: the process's own. `user` is for the view.

    `privileged` gives it all capabilities of the supervisor, whatever the view takes away.
    """

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = ""
    user: tuple[int, int, tuple[int, ...]] | None = None
    privileged: bool = False


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One wanted process.

    `group` is what needs, and commands given a service name, refer to. `user` is applied by the launch hook.
    `view` is for the launch hook and `network` for the network hook; what stands under the key "private" of either is
    never written to disk, nor is `env`. `labels` come back in the status. Equal `config_hash`: nothing to change.
    `post_start` runs after a start that somebody asked for, `pre_stop` before the stop signal. With `terminal` the
    process has a pseudo-terminal; with `stdin` what is written to the FIFO `in` of its directory is its input.
    """

    name: str
    group: str
    index: int
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "/"
    user: str | None = None
    stop_signal: str = "SIGTERM"
    grace_seconds: float = 10
    restart: RestartPolicy = RestartPolicy()
    probe: ProbeSpec | None = None
    needs: tuple[Need, ...] = ()
    view: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)
    log: LogPolicy = LogPolicy()
    config_hash: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    post_start: tuple[HookSpec, ...] = ()
    pre_stop: tuple[HookSpec, ...] = ()
    terminal: bool = False
    stdin: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return everything, environment included: for the socket, never for the disk."""
        return dataclasses.asdict(self)

    def to_disk(self) -> dict[str, Any]:
        """Return what may be written down: no environment, nothing private."""
        raw = dataclasses.asdict(self)
        raw["env"] = {}
        for hook in (*raw["post_start"], *raw["pre_stop"]):
            hook["env"] = {}
        for opaque in (raw["view"], raw["network"]):
            opaque.pop("private", None)
        return raw

    @classmethod
    def from_json(cls, raw: Any) -> "ProcessSpec":
        """Read what `to_json` made; raises `BadSpec`."""
        try:
            values = dict(raw)
            values["argv"] = tuple(values["argv"])
            values["restart"] = RestartPolicy(**values.get("restart", {}))
            values["log"] = LogPolicy(**values.get("log", {}))
            values["needs"] = tuple(Need(**need) for need in values.get("needs", ()))
            probe = values.get("probe")
            for when in ("post_start", "pre_stop"):
                values[when] = tuple(_hook(one) for one in values.get(when, ()))
            values["probe"] = ProbeSpec(**{**probe, "argv": tuple(probe["argv"])}) if probe else None
            spec = cls(**values)
        except (TypeError, KeyError, ValueError) as error:
            raise BadSpec(f"a process specification cannot be read: {error}") from error
        check(spec)
        return spec


def _hook(raw: dict[str, Any]) -> HookSpec:
    user = raw.get("user")
    return HookSpec(
        tuple(raw["argv"]),
        dict(raw.get("env") or {}),
        raw.get("cwd") or "",
        (int(user[0]), int(user[1]), tuple(user[2])) if user else None,
        privileged=bool(raw.get("privileged")),
    )


def check(spec: ProcessSpec) -> None:
    """Raise `BadSpec` for what could never run."""
    if not isinstance(spec.name, str) or not _NAME.fullmatch(spec.name):
        raise BadSpec(f"'{spec.name}' cannot be the name of a process")
    if not spec.argv or not all(isinstance(word, str) and "\0" not in word for word in spec.argv):
        raise BadSpec(f"'{spec.name}' has no command to run")
    for key, value in spec.env.items():
        if not isinstance(value, str) or not key or "=" in key or "\0" in key + value:
            raise BadSpec(f"'{spec.name}' has the impossible environment variable '{key}'")
    if spec.restart.name not in RESTART_NAMES:
        raise BadSpec(f"'{spec.name}' has the unknown restart policy '{spec.restart.name}'")
    for need in spec.needs:
        if need.condition not in CONDITIONS:
            raise BadSpec(f"'{spec.name}' has the unknown condition '{need.condition}' on '{need.group}'")
    signal_number(spec.stop_signal)


def signal_number(name: str | int) -> int:
    """Return the number of "SIGTERM", "TERM", "term", "15", 15 or "SIGRTMIN+3"; raises `BadSpec` for others."""
    text = str(name).strip().upper()
    if text.isdigit():
        number = int(text)
    else:
        base, _, offset = text.removeprefix("SIG").partition("+")
        found = getattr(signal, f"SIG{base}", None)
        if not isinstance(found, signal.Signals) or (offset and not offset.isdigit()):
            raise BadSpec(f"'{name}' is not a signal")
        number = int(found) + int(offset or 0)
    if not 0 < number < signal.NSIG:
        raise BadSpec(f"'{name}' is not a signal")
    return number
