"""Instructions -> steps, for a build: RUN, COPY, ADD and WORKDIR with everything in them expanded."""

import os
import re
from collections.abc import Callable

from composekit.errors import BadValue
from composekit.images.context import GLOB, Context, read_context
from composekit.images.expansion import expand
from composekit.images.instructions import HEREDOC, Instruction, Word, json_words, plain_words, split_words
from composekit.images.modes import read_mode
from composekit.images.mounts import read_mount
from composekit.images.paths import inside
from composekit.images.program import PATH
from composekit.images.remote import is_fetched, read_repository, redacted
from composekit.images.stage import Stage
from composekit.images.step import Origin, Step

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
_CHECKSUM = re.compile(r"sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_TRUE = frozenset({"", "1", "t", "true", "yes"})

FromStage = Callable[[str], int | None]


def origin_of(stage: Stage, name: str, from_stage: FromStage) -> Origin:
    """Return what `--from=NAME` means: a context that the build was given under that name, a stage, or an image."""
    given = stage.build.others.get(name)
    if given is not None:
        return given
    number = from_stage(name)
    return Origin(stage=number) if number is not None else Origin(image=name)


def run_step(stage: Stage, instruction: Instruction, from_stage: FromStage) -> Step:
    """Return the step that a RUN stands for. Raises `BadValue` with an offset for a wrong --mount or --network."""
    words = json_words(instruction, instruction.text)
    if words is None:
        words = _shell_words(stage, instruction)
    if not words:
        raise instruction.error("RUN needs a command")
    given = {name: value for name, value in stage.build.given.items() if name.upper() in _PROXIES}
    mounts = tuple(
        read_mount(stage, instruction, flag, lambda name: origin_of(stage, name, from_stage))
        for flag in instruction.flags
        if flag.name == "mount"
    )
    network = next((flag.value or "" for flag in instruction.flags if flag.name == "network"), "")
    security = next((flag.value or "" for flag in instruction.flags if flag.name == "security"), "sandbox")
    if security not in {"insecure", "sandbox"}:
        raise instruction.error(f"'{security}' is no security of a RUN", hint="write sandbox or insecure")
    if network not in {"", "default", "host", "none"}:
        raise instruction.error(f"'{network}' is no network of a RUN", hint="write default, none or host")
    return Step(
        kind="run",
        line=instruction.line,
        text=_shown(instruction),
        directory=stage.working_dir,
        user=stage.user,
        words=tuple(words),
        env={name: value for name, value in stage.values.items() if not (name == "PATH" and value == PATH)},
        given=given,
        mounts=mounts,
        network=network,
    )


def copy_step(stage: Stage, instruction: Instruction, from_stage: FromStage) -> Step:
    """Return the step that COPY or ADD stands for."""
    flags = _expanded_flags(stage, instruction)
    origin = origin_of(stage, flags["from"], from_stage) if flags.get("from") else None
    files = stage.build.files
    if origin is not None:
        files = read_context(origin.directory) if origin.directory else None
    written = json_words(instruction, instruction.text)
    words = plain_words(instruction.text) if written is None else [Word(text, 0) for text in written]
    if len(words) < 2:
        raise instruction.error(f"{instruction.name} takes one or more sources and a destination")
    *sources, last = words
    destination = stage.expand(instruction, last)
    contents = _contents(stage, instruction, sources)
    patterns = []
    for word in sources:
        if not (instruction.heredocs and HEREDOC.fullmatch(word.text)):
            patterns.append(stage.expand(instruction, word))
            _refuse_absent(files, instruction, word, patterns[-1])
    _check_mode(instruction, flags.get("chmod", ""))
    excluded = [flag.value or "" for flag in instruction.flags if flag.name == "exclude"]
    return Step(
        kind=instruction.name.lower(),
        line=instruction.line,
        text=_shown(instruction),
        directory=stage.working_dir,
        sources=tuple(patterns),
        contents=contents,
        origin=origin,
        target=inside(stage.working_dir, destination),
        into=destination.endswith("/") or destination in {".", ""} or len(words) > 2,
        owner=flags.get("chown", ""),
        mode=flags.get("chmod", ""),
        parents=flags.get("parents", "false").lower() in _TRUE,
        exclude=tuple(excluded),
        unpack=instruction.name == "ADD" and flags.get("unpack", "true").lower() in _TRUE,
        unpack_fetched=flags.get("unpack", "false").lower() in _TRUE,
        checksum=flags.get("checksum", ""),
        keep_git_dir=flags.get("keep-git-dir", "false").lower() in _TRUE,
    )


def _refuse_absent(files: Context | None, instruction: Instruction, word: Word, pattern: str) -> None:
    """Raise `BadValue` for a source that the context does not have; a pattern may match nothing."""
    if instruction.name == "ADD" and _is_address(instruction, word, pattern):
        _check_checksum(instruction, pattern)
        return
    if any(flag.name == "checksum" for flag in instruction.flags):
        raise instruction.error("--checksum is for sources on the web and in repositories", word)
    if files is None or files.find(pattern) or GLOB.intersection(pattern):
        return
    left_out = os.path.lexists(os.path.join(files.directory, inside("/", pattern).lstrip("/")))
    where = "is left out by .dockerignore" if left_out else "is not in the build context"
    raise instruction.error(f"'{pattern}' {where}", word, hint=f"the context is {files.directory}")


def _check_mode(instruction: Instruction, mode: str) -> None:
    try:
        read_mode(mode)
    except BadValue as wrong:
        flag = next(flag for flag in instruction.flags if flag.name == "chmod")
        raise instruction.error(str(wrong), Word(f"--chmod={flag.value}", flag.start), hint=wrong.hint) from None


def _is_address(instruction: Instruction, word: Word, source: str) -> bool:
    try:
        return is_fetched(source)
    except BadValue as wrong:
        raise instruction.error(str(wrong), word, hint=wrong.hint) from None


def _check_checksum(instruction: Instruction, source: str) -> None:
    flag = next((flag for flag in instruction.flags if flag.name == "checksum"), None)
    if flag is None or "$" in (flag.value or ""):
        return
    kinds, form = (_COMMIT, "a commit's id") if read_repository(source) else (_CHECKSUM, "such as sha256:24454f8...")
    if not kinds.fullmatch(flag.value or ""):
        message = f"'{flag.value or ''}' is no checksum of '{redacted(source)}'"
        raise instruction.error(message, Word(f"--checksum={flag.value or ''}", flag.start), hint=f"write {form}")


def workdir_step(stage: Stage, instruction: Instruction) -> Step:
    """Return the step of a WORKDIR that has been applied: its directory is made when it is missing."""
    return Step("workdir", instruction.line, _shown(instruction), target=stage.working_dir, user=stage.user)


def _shown(instruction: Instruction) -> str:
    flags = "".join(f"--{flag.name}{'' if flag.value is None else '=' + flag.value} " for flag in instruction.flags)
    return redacted(f"{instruction.name} {flags}{' '.join(instruction.text.split())}")


def _expanded_flags(stage: Stage, instruction: Instruction) -> dict[str, str]:
    return {
        flag.name: "" if flag.value is None else stage.expand(instruction, Word(flag.value, flag.start))
        for flag in instruction.flags
    }


def _shell_words(stage: Stage, instruction: Instruction) -> list[str]:
    """Return the command line of a RUN in shell form; a heredoc alone is the script itself."""
    if not instruction.heredocs:
        return [*stage.shell, instruction.text] if instruction.text else []
    marks = [
        match for word in split_words(instruction.text, stage.build.escape) if (match := HEREDOC.fullmatch(word.text))
    ]
    if len(marks) == 1 and HEREDOC.fullmatch(instruction.text.strip()):
        body = instruction.heredocs[0]
        if body.startswith("#!"):
            interpreter = body[2:].partition("\n")[0].split()
            return ["/bin/sh", "-c", _as_file(interpreter, body)]
        return [*stage.shell, body]
    parts = [instruction.text]
    for match, body in zip(marks, instruction.heredocs, strict=True):
        parts.append(f"{body}{match[3]}")
    return [*stage.shell, "\n".join(parts)]


def _as_file(interpreter: list[str], body: str) -> str:
    """Return a shell command that runs a script by its own interpreter, from a file."""
    from shlex import join, quote

    return f'f=$(mktemp) && printf %s {quote(body)} > "$f" && {join(interpreter)} "$f"; c=$?; rm -f "$f"; exit $c'


def _contents(stage: Stage, instruction: Instruction, sources: list[Word]) -> tuple[tuple[str, str], ...]:
    """Return the files that stand in the Dockerfile itself; variables in them count unless their mark is quoted."""
    found = []
    marks = [match for word in sources if (match := HEREDOC.fullmatch(word.text))]
    for match, body in zip(marks, instruction.heredocs, strict=False):
        text = body if match[2] else _expanded_body(stage, instruction, body)
        found.append((match[3], text))
    return tuple(found)


def _expanded_body(stage: Stage, instruction: Instruction, body: str) -> str:
    # Quotes in the body are text, so they are hidden from the expansion, which would take them off.
    pieces = re.split(r"([\"'])", body)
    try:
        return "".join(
            piece if piece in {'"', "'"} else expand(piece, stage.values, escape=stage.build.escape) for piece in pieces
        )
    except BadValue as wrong:
        raise instruction.error(str(wrong), hint=wrong.hint) from None
