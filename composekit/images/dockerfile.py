"""A Dockerfile read as a recipe: the program that its target stage stands for, without building it.

RUN is not executed here, so what only RUN makes is missing; that is said in the program's notes. The rules are those of
BuildKit's Dockerfile front end. This module finds the stages that are needed; `application` applies their instructions.
"""

import os
import re
from collections.abc import Callable
from typing import NamedTuple

from composekit.errors import BadValue
from composekit.images.application import apply, check
from composekit.images.context import Context
from composekit.images.expansion import expand
from composekit.images.instructions import Instruction, Word, plain_words, read_instructions, split_words
from composekit.images.program import Program
from composekit.images.stage import Build, Stage, located
from composekit.images.step import Origin, Step

Base = Callable[[str], Program | None]
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


class _Part:
    """One FROM and what follows; `image` is its base as written, with variables replaced.

    `given` is the context of that name, if the build was given one: it comes before stages and images.
    """

    __slots__ = ("body", "given", "image", "line", "name")

    def __init__(self, image: str, name: str, line: int) -> None:
        self.image = image
        self.name = name
        self.line = line
        self.given: Origin | None = None
        self.body: list[Instruction] = []


def read(
    text: str,
    *,
    context: str,
    target: str | None,
    args: dict[str, str],
    base: Base,
    name: str = "Dockerfile",
    others: dict[str, Origin] | None = None,
) -> Program:
    """Return the program of a Dockerfile's target stage (the last one when `target` is `None`).

    `context` is the build context on this machine, `args` the values given for ARG, `base` answers for images (the
    catalogue), `name` is what messages call the file, `others` are further contexts by their names. Raises `BadValue`
    with an offset into the text.
    """
    stages = _applied(text, Context(context), target, args, base, name, others or {}, executes=False)
    return stages[max(stages)].program(f"Dockerfile {name}")


class StagePlan(NamedTuple):
    """How to build a stage: `base` is the stage it starts from, if one, otherwise it starts from `image`.

    `layers` are those of an image that was built here itself.
    """

    name: str
    base: int | None
    image: str
    program: Program
    steps: tuple[Step, ...]
    layers: tuple[str, ...] = ()


def plan(
    text: str,
    *,
    context: Context,
    target: str | None,
    args: dict[str, str],
    base: Base,
    name: str = "Dockerfile",
    others: dict[str, Origin] | None = None,
) -> dict[int, StagePlan]:
    """Return the stages to build, in the order of the file; the last one is the target. Arguments are those of `read`.

    Programs have no files of their own: these are what the steps make. Raises `BadValue` with an offset.
    """
    stages = _applied(text, context, target, args, base, name, others or {}, executes=True)
    return {number: _planned(stage, name) for number, stage in stages.items()}


def _planned(stage: Stage, name: str) -> StagePlan:
    layers = stage.image.layers if stage.base is None else ()
    program = stage.program(f"Dockerfile {name}")
    return StagePlan(stage.label, stage.base, stage.image_name, program, stage.steps, layers)


def _applied(
    text: str,
    context: Context,
    target: str | None,
    args: dict[str, str],
    base: Base,
    name: str,
    others: dict[str, Origin],
    *,
    executes: bool,
) -> dict[int, Stage]:
    """Return the stages that the target is made of, itself last, with their instructions applied."""
    instructions, escape = read_instructions(text)
    for instruction in instructions:
        check(instruction, escape)
    stages, global_args = _stages(instructions, args, escape)
    wanted = _target(stages, target)
    build = Build(name, context.directory, escape, args, global_args, executes, context, others)
    built: dict[int, Stage] = {}
    for part in stages:
        part.given = others.get(part.image)
    for number in _needed(stages, wanted):
        stage = built[number] = _start(stages, number, built, base, build)
        stage.number, stage.label, stage.image_name = number, stages[number].name, stages[number].image
        stage.base = _base_number(stages, number)
        for instruction in stages[number].body:
            _apply(stage, instruction, stages[:number], built)
    return built


def _apply(stage: Stage, instruction: Instruction, earlier: list[_Part], built: dict[int, Stage]) -> None:
    source = _from_number(instruction, earlier)
    known = built.get(source) if source is not None else None
    apply(stage, instruction, known, lambda name: _stage_number(earlier, name))


def _stages(instructions: list[Instruction], given: dict[str, str], escape: str) -> tuple[list[_Part], dict[str, str]]:
    """Split at FROM; ARG before the first one gives the values that FROM lines may use."""
    global_args = {**_platform_args(), **{key: given[key] for key in _platform_args() if key in given}}
    stages: list[_Part] = []
    for instruction in instructions:
        if instruction.name == "FROM":
            stages.append(_from(instruction, global_args, escape))
        elif stages:
            stages[-1].body.append(instruction)
        elif instruction.name == "ARG":
            for word in split_words(instruction.text, escape):
                key, equals, default = word.text.partition("=")
                if key in given:
                    global_args[key] = given[key]
                elif equals:
                    global_args[key] = _expanded(
                        instruction, Word(default, word.start + len(key) + 1), global_args, escape
                    )
        else:
            raise instruction.error(f"{instruction.name} stands before the first FROM", hint="start with a FROM line")
    if not stages:
        raise BadValue("the Dockerfile has no FROM", offset=0)
    return stages, global_args


def _from(instruction: Instruction, global_args: dict[str, str], escape: str) -> _Part:
    words = plain_words(instruction.text)
    if len(words) not in {1, 3} or (len(words) == 3 and words[1].text.lower() != "as"):
        raise instruction.error("FROM takes an image, or an image, AS and a name")
    for flag in instruction.flags:
        _expanded(instruction, Word(flag.value or "", flag.start), global_args, escape)
    image = _expanded(instruction, words[0], global_args, escape)
    if not image:
        raise instruction.error(
            f"the image's name is empty: '{words[0].text}'", words[0], hint="give its ARG a default"
        )
    name = words[2].text.lower() if len(words) == 3 else ""
    if name and not _STAGE_NAME.fullmatch(name):
        message = f"'{words[2].text}' is no stage name"
        raise instruction.error(message, words[2], hint="use letters, digits, '-', '_' and '.', a letter first")
    return _Part(image, name, instruction.line)


def _expanded(instruction: Instruction, word: Word, values: dict[str, str], escape: str) -> str:
    return located(instruction, word, lambda: expand(word.text, values, escape=escape))


def _target(stages: list[_Part], target: str | None) -> int:
    if target is None or target == "":
        return len(stages) - 1
    number = _stage_number(stages, target)
    if number is None:
        names = [stage.name for stage in stages if stage.name]
        hint = "its stages are: " + ", ".join(names) if names else "no stage of it has a name"
        raise BadValue(f"the Dockerfile has no stage '{target}'", hint=hint)
    return number


def _stage_number(stages: list[_Part], name: str) -> int | None:
    """Return which stage a name or a number means; of two with one name, the later."""
    for number in range(len(stages) - 1, -1, -1):
        if stages[number].name == name.lower():
            return number
    if name.isascii() and name.isdigit() and len(name) < 9 and int(name) < len(stages):
        return int(name)
    return None


def _base_number(stages: list[_Part], number: int) -> int | None:
    """Return the earlier stage that a stage builds on; a number is an image's name here."""
    image = stages[number].image.lower()
    if stages[number].given is not None:
        return None
    named = [at for at in range(number) if stages[at].name == image]
    return named[-1] if named else None


def _from_number(instruction: Instruction, earlier: list[_Part]) -> int | None:
    """Return the stage that COPY --from means, or `None` for no such flag, or an image."""
    flag = next((flag for flag in instruction.flags if flag.name == "from"), None)
    if flag is None or not flag.value:
        return None
    number = _stage_number(earlier, flag.value)
    if number is None and flag.value.isdigit():
        raise instruction.error(
            f"there is no stage {flag.value} before this one", Word(f"--from={flag.value}", flag.start)
        )
    return number


def _mounted(instruction: Instruction, earlier: list[_Part]) -> list[int | None]:
    """Return the stages that RUN --mount=from=... means."""
    values = [flag.value or "" for flag in instruction.flags if flag.name == "mount"]
    names = [part[len("from=") :] for value in values for part in value.split(",") if part.startswith("from=")]
    return [_stage_number(earlier, name) for name in names]


def _needed(stages: list[_Part], wanted: int) -> list[int]:
    """Return the stages that the wanted one is made of, in the order of the file: only these are looked at."""
    needed, waiting = set(), [wanted]
    while waiting:
        number = waiting.pop()
        if number in needed:
            continue
        needed.add(number)
        uses = [_base_number(stages, number)]
        uses += [_from_number(instruction, stages[:number]) for instruction in stages[number].body]
        uses += [one for instruction in stages[number].body for one in _mounted(instruction, stages[:number])]
        waiting.extend(use for use in uses if use is not None)
    return sorted(needed)


def _start(stages: list[_Part], number: int, built: dict[int, Stage], base: Base, build: Build) -> Stage:
    earlier = _base_number(stages, number)
    if earlier is not None:
        child = built[earlier].child()
        for trigger in built[earlier].triggers:  # ONBUILD: executed by whoever builds on that stage
            _apply(child, trigger, stages[:number], built)
        return child
    stage = Stage(build)
    part = stages[number]
    if part.given is not None and part.given.directory:
        if build.executes:
            text = f"FROM {part.image}"
            stage.steps = (Step("copy", part.line, text, sources=("/",), origin=part.given, target="/", into=True),)
        return stage
    image = part.image if part.given is None else part.given.image
    if image == "scratch":
        return stage
    known = base(image)
    if known is None:
        stage.note(part.line, f"image '{image}' is not in the catalogue: what it contains is not known here")
    else:
        stage.inherit(known)
    return stage


def _platform_args() -> dict[str, str]:
    """Return the ARGs that are there without being given, for the machine that we run on."""
    machine = os.uname().machine
    architecture = _ARCHITECTURES.get(machine, machine)
    parts = {"PLATFORM": f"linux/{architecture}", "OS": "linux", "ARCH": architecture, "VARIANT": ""}
    return {f"{side}{part}": value for side in ("BUILD", "TARGET") for part, value in parts.items()}
