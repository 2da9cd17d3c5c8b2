"""What each Dockerfile instruction does to the stage it stands in, as a table."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from signal import Signals
from typing import NamedTuple

from composekit.images.copies import copy_files
from composekit.images.instructions import Flag, Instruction, Word, json_words, plain_words, split_words
from composekit.images.paths import inside
from composekit.images.program import REMOVED, FileCopy, Health
from composekit.images.stage import Stage, located
from composekit.images.steps import FromStage, copy_step, run_step, workdir_step
from composekit.values.quantity import SECOND, parse_duration

_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?", re.IGNORECASE | re.ASCII)
_REAL_TIME = re.compile(r"(?:SIG)?RT(?:MIN(?:\+\d{1,2})?|MAX(?:-\d{1,2})?)", re.ASCII)
_REMOVAL = re.compile(r"(?:^|[;&]\s*)rm\s+(?:-[a-zA-Z]+\s+)*([^;&|\n]+)")
_LEAST_INTERVAL = 1_000_000  # nanoseconds; Docker refuses less, except 0, which means its default


def check(instruction: Instruction, escape: str) -> None:
    """Refuse what Docker refuses in any stage, used or not: unknown names and flags, missing arguments."""
    rule = RULES.get(instruction.name)
    if rule is None:
        raise instruction.error(f"unknown instruction '{instruction.name}'", hint=_nearest(instruction.name))
    names = [flag.name for flag in instruction.flags]
    for flag in instruction.flags:
        word = Word("--" + flag.name, flag.start)
        if flag.name not in rule.flags:
            raise instruction.error(f"{instruction.name} has no flag '--{flag.name}'", word)
        if names.count(flag.name) > 1 and flag.name not in {"exclude", "mount"}:
            raise instruction.error(f"flag '--{flag.name}' stands twice", word)
    if rule.needs_words and not instruction.text:
        raise instruction.error(f"{instruction.name} needs at least one argument")
    if instruction.name == "ONBUILD":
        if instruction.text.split()[0].upper() in {"FROM", "MAINTAINER", "ONBUILD"}:
            raise instruction.error("ONBUILD may not be followed by FROM, MAINTAINER or ONBUILD")
        check(instruction.trigger(escape), escape)


def apply(
    stage: Stage, instruction: Instruction, source: Stage | None = None, from_stage: FromStage = lambda _name: None
) -> None:
    """Apply an instruction; `source` is the stage that COPY --from means, `from_stage` finds numbers of stages.

    In a build, what changes files is not done but becomes a step. Raises `BadValue` with an offset into the file.
    """
    if stage.build.executes and instruction.name in {"ADD", "COPY", "RUN"}:
        make = run_step if instruction.name == "RUN" else copy_step
        stage.steps += (make(stage, instruction, from_stage),)
    elif instruction.name in {"ADD", "COPY"}:
        copy_files(stage, instruction, source)
    else:
        RULES[instruction.name].apply(stage, instruction)


def _nearest(name: str) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, RULES, 1)
    return f"did you mean {near[0]}?" if near else None


def name_values(instruction: Instruction, escape: str) -> list[tuple[Word, Word]]:
    """Return the pairs of ENV and LABEL: `name=value ...`, or the old `name value with spaces`."""
    words = split_words(instruction.text, escape)
    if "=" not in words[0].text:
        parts = instruction.text.split(maxsplit=1)
        if len(parts) < 2:
            raise instruction.error(f"{instruction.name} takes name=value", words[0])
        return [(Word(parts[0], 0), Word(parts[1], len(instruction.text) - len(parts[1])))]
    pairs = []
    for word in words:
        name, equals, value = word.text.partition("=")
        if not equals or not name:
            raise instruction.error(f"'{word.text}' is not name=value", word, hint="quote a value that has spaces")
        pairs.append((Word(name, word.start), Word(value, word.start + len(name) + 1)))
    return pairs


def _arg(stage: Stage, instruction: Instruction) -> None:
    build = stage.build
    for word in split_words(instruction.text, build.escape):
        name, equals, default = word.text.partition("=")
        if not name:
            raise instruction.error("an ARG has no name", word)
        if name in build.given:
            stage.values[name] = build.given[name]
        elif equals:
            stage.values[name] = stage.expand(instruction, Word(default, word.start + len(name) + 1))
        elif name in build.global_args:
            stage.values[name] = build.global_args[name]


def _env(stage: Stage, instruction: Instruction) -> None:
    pairs = name_values(instruction, stage.build.escape)
    written = {stage.expand(instruction, name): stage.expand(instruction, value) for name, value in pairs}
    stage.env.update(written)
    stage.values.update(written)


def _label(stage: Stage, instruction: Instruction) -> None:
    for _, value in name_values(instruction, stage.build.escape):
        stage.expand(instruction, value)


def _cmd(stage: Stage, instruction: Instruction) -> None:
    stage.command = _command_line(stage, instruction)
    stage.has_own_command = True


def _entrypoint(stage: Stage, instruction: Instruction) -> None:
    stage.entrypoint = _command_line(stage, instruction)
    if not stage.has_own_command:
        stage.command = ()  # a CMD that was inherited was meant for the old entrypoint


def _command_line(stage: Stage, instruction: Instruction) -> tuple[str, ...]:
    words = json_words(instruction, instruction.text)
    if words is not None:
        return tuple(words)
    return (*stage.shell, instruction.text)


def _shell(stage: Stage, instruction: Instruction) -> None:
    words = json_words(instruction, instruction.text)
    if not words:
        raise instruction.error('SHELL takes a JSON array, such as ["/bin/bash", "-c"]')
    stage.shell = tuple(words)


def _workdir(stage: Stage, instruction: Instruction) -> None:
    stage.working_dir = inside(stage.working_dir, stage.expand(instruction, Word(instruction.text, 0)))
    stage.directories.add(stage.working_dir)
    if stage.build.executes:
        stage.steps += (workdir_step(stage, instruction),)


def _user(stage: Stage, instruction: Instruction) -> None:
    stage.user = stage.expand(instruction, Word(instruction.text, 0))


def _stopsignal(stage: Stage, instruction: Instruction) -> None:
    word = Word(instruction.text, 0)
    signal = stage.expand(instruction, word)
    name = signal.upper()
    known = name in Signals.__members__ or "SIG" + name in Signals.__members__ or _REAL_TIME.fullmatch(name)
    if not known and not (re.fullmatch(r"\d{1,2}", signal, re.ASCII) and 1 <= int(signal) <= 64):
        raise instruction.error(f"'{signal}' is no signal", word)
    stage.stop_signal = signal


def _expose(stage: Stage, instruction: Instruction) -> None:
    for word in plain_words(instruction.text):
        for port in stage.expand_words(instruction, word):
            match = _PORT.fullmatch(port.rpartition(":")[2])  # an address or host port before it means nothing here
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if match is None or first > last or last > 65535:
                raise instruction.error(f"'{port}' is no port to expose", word, hint="write 80, 80/udp or 8000-8010")
            protocol = (match[3] or "tcp").lower()
            stage.exposed.update(dict.fromkeys(f"{number}/{protocol}" for number in range(first, last + 1)))


def _volume(stage: Stage, instruction: Instruction) -> None:
    written = json_words(instruction, instruction.text)
    words = plain_words(instruction.text) if written is None else [Word(text, 0) for text in written]
    for word in words:
        path = stage.expand(instruction, word)
        if not path.strip():
            raise instruction.error("a VOLUME may not be empty", word)
        stage.volumes[inside("/", path)] = None


def _healthcheck(stage: Stage, instruction: Instruction) -> None:
    kind, *more = instruction.text.split(maxsplit=1)
    rest = more[0] if more else ""
    if kind.upper() == "NONE":
        if rest:
            raise instruction.error("HEALTHCHECK NONE takes nothing more", Word(kind, 0))
        stage.health = Health(test=("NONE",))
        return
    if kind.upper() != "CMD":
        raise instruction.error(f"HEALTHCHECK takes CMD or NONE, not '{kind}'", Word(kind, 0))
    words = json_words(instruction, rest, len(instruction.text) - len(rest))
    if not rest or words == []:
        raise instruction.error("HEALTHCHECK CMD needs a command", Word(kind, 0))
    flags = {flag.name: flag for flag in instruction.flags}
    stage.health = Health(
        test=("CMD-SHELL", rest) if words is None else ("CMD", *words),
        interval_seconds=_seconds(instruction, flags.get("interval")),
        timeout_seconds=_seconds(instruction, flags.get("timeout")),
        start_period_seconds=_seconds(instruction, flags.get("start-period")),
        start_interval_seconds=_seconds(instruction, flags.get("start-interval")),
        retries=_retries(instruction, flags.get("retries")),
    )


def _seconds(instruction: Instruction, flag: Flag | None) -> float | None:
    if flag is None or not flag.value:
        return None
    word = Word(flag.value, flag.start + len(flag.name) + 3)
    nanoseconds = located(instruction, word, lambda: parse_duration(word.text))
    if nanoseconds == 0:
        return None
    if nanoseconds < _LEAST_INTERVAL:
        raise instruction.error(f"'{word.text}' is less than a millisecond", word)
    return nanoseconds / SECOND


def _retries(instruction: Instruction, flag: Flag | None) -> int | None:
    if flag is None or not flag.value:
        return None
    if not re.fullmatch(r"\d{1,9}", flag.value, re.ASCII):
        raise instruction.error(f"'{flag.value}' is no number of retries", Word(flag.value, flag.start))
    return int(flag.value) or None


def _onbuild(stage: Stage, instruction: Instruction) -> None:
    stage.triggers += (instruction.trigger(stage.build.escape),)


def _run(stage: Stage, instruction: Instruction) -> None:
    """Note that it is not executed; only the removal of a file that we would make up ourselves is understood."""
    stage.runs += (instruction.line,)
    for match in _REMOVAL.finditer(instruction.text):
        for pattern in match[1].split():
            gone = [path for path in stage.image.supplied if fnmatchcase(path, pattern) or _is_below(path, pattern)]
            stage.files += tuple(FileCopy(REMOVED, path) for path in gone)


def _is_below(path: str, directory: str) -> bool:
    return directory.startswith("/") and path.startswith(directory.rstrip("/") + "/")


def _nothing(_stage: Stage, _instruction: Instruction) -> None:
    """FROM begins a stage, MAINTAINER says nothing about the program, copies are made by `copy_files`."""


class Rule(NamedTuple):
    """How an instruction is applied, which flags it has, and whether it may stand alone."""

    apply: Callable[[Stage, Instruction], None]
    flags: frozenset[str] = frozenset()
    needs_words: bool = True


RULES: dict[str, Rule] = {
    "ADD": Rule(_nothing, frozenset({"checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"})),
    "ARG": Rule(_arg),
    "CMD": Rule(_cmd, needs_words=False),
    "COPY": Rule(_nothing, frozenset({"chmod", "chown", "exclude", "from", "link", "parents"})),
    "ENTRYPOINT": Rule(_entrypoint, needs_words=False),
    "ENV": Rule(_env),
    "EXPOSE": Rule(_expose),
    "FROM": Rule(_nothing, frozenset({"platform"})),
    "HEALTHCHECK": Rule(_healthcheck, frozenset({"interval", "retries", "start-interval", "start-period", "timeout"})),
    "LABEL": Rule(_label),
    "MAINTAINER": Rule(_nothing),
    "ONBUILD": Rule(_onbuild),
    "RUN": Rule(_run, frozenset({"device", "mount", "network", "security"}), needs_words=False),
    "SHELL": Rule(_shell),
    "STOPSIGNAL": Rule(_stopsignal),
    "USER": Rule(_user),
    "VOLUME": Rule(_volume),
    "WORKDIR": Rule(_workdir),
}
