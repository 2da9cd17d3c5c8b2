"""One stage of a Dockerfile while its instructions are applied."""

import os
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from composekit.errors import BadValue
from composekit.images.context import Context
from composekit.images.expansion import expand, expand_words
from composekit.images.instructions import Instruction, Word
from composekit.images.program import PATH, FileCopy, Health, Program
from composekit.images.step import Origin, Step

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Build:
    """What is the same for all stages: the file's name in messages, and what `dockerfile.read` was given.

    `executes` tells that steps are collected for whoever executes them, instead of being thought through; `files` are
    then what COPY may take. `others` are the contexts that the build was given by name.
    """

    name: str
    context: str
    escape: str
    given: dict[str, str]
    global_args: dict[str, str]
    executes: bool = False
    files: Context | None = None
    others: dict[str, Origin] = field(default_factory=dict)


class Stage:
    """Starts empty, from an image's program (`inherit`), or where another stage ended (`child`)."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.values = {"PATH": PATH}
        self.env: dict[str, str] = {}
        self.entrypoint: tuple[str, ...] = ()
        self.command: tuple[str, ...] = ()
        self.has_own_command = False
        self.working_dir = "/"
        self.user = ""
        self.shell: tuple[str, ...] = ("/bin/sh", "-c")
        self.exposed: dict[str, None] = {}
        self.volumes: dict[str, None] = {}
        self.health: Health | None = None
        self.stop_signal: str | None = None
        self.files: tuple[FileCopy, ...] = ()
        self.directories = {"/"}
        self.runs: tuple[int, ...] = ()
        self.triggers: tuple[Instruction, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.image = Program(origin="")
        self.number = 0
        self.label = ""
        self.image_name = ""
        self.base: int | None = None
        self.steps: tuple[Step, ...] = ()

    def inherit(self, image: Program) -> None:
        """Take over what a base image stands for."""
        self.image = image
        self.env = dict(image.env)
        self.values.update(image.env)
        self.entrypoint, self.command, self.shell = image.entrypoint, image.command, image.shell
        self.working_dir, self.user = image.working_dir, image.user
        self.exposed, self.volumes = dict.fromkeys(image.exposed), dict.fromkeys(image.volumes)
        self.health, self.stop_signal = image.health, image.stop_signal
        self.files, self.notes = image.files, image.notes
        self.directories = {"/", image.working_dir, *image.volumes}

    def child(self) -> "Stage":
        """Return a new stage that goes on where this one ended."""
        made = Stage(self.build)
        for name, value in vars(self).items():
            setattr(made, name, value.copy() if isinstance(value, (dict, set)) else value)
        made.has_own_command, made.triggers, made.steps = False, (), ()
        return made

    def program(self, origin: str) -> Program:
        """Return what the stage stands for once all its instructions are applied."""
        notes = self.notes
        copied = self._copied_programs() if self.image.shims else set()
        if self.runs:
            many = f"{len(self.runs)} RUN steps are not executed; what they make"
            steps = "a RUN step is not executed; what it makes" if len(self.runs) == 1 else many
            notes += (f"{self.build.name}:{self.runs[0]}: {steps} must be here already",)
        return Program(
            origin=origin,
            entrypoint=self.entrypoint,
            command=self.command,
            env=self.env,
            working_dir=self.working_dir,
            user=self.user,
            exposed=tuple(self.exposed),
            volumes=tuple(self.volumes),
            health=self.health,
            stop_signal=self.stop_signal,
            shell=self.shell,
            files=self.files,
            supplied=self.image.supplied,
            shims={name: words for name, words in self.image.shims.items() if name not in copied},
            notes=tuple(dict.fromkeys(notes)),
            missing=self.image.missing,
            users=self.image.users,
        )

    def _copied_programs(self) -> set[str]:
        """Return the names of copied files that may be programs: they are meant when they have an image's names."""
        names = set()
        for copy in self.files:
            names.add(posixpath.basename(copy.target))
            if posixpath.basename(copy.target) in {"bin", "sbin"} and os.path.isdir(copy.source):
                names.update(os.listdir(copy.source))
        return names

    def note(self, line: int, text: str) -> None:
        """Remember something to tell the user about a line."""
        self.notes += (f"{self.build.name}:{line}: {text}",)

    def expand(self, instruction: Instruction, word: Word) -> str:
        """Return a word with its variables replaced by what ARG and ENV said last."""
        return located(instruction, word, lambda: expand(word.text, self.values, escape=self.build.escape))

    def expand_words(self, instruction: Instruction, word: Word) -> list[str]:
        """Return the words that a word becomes once variables are replaced."""
        return located(instruction, word, lambda: expand_words(word.text, self.values, escape=self.build.escape))


def located(instruction: Instruction, word: Word, read: Callable[[], _Read]) -> _Read:
    """Return what `read` makes of a word; its `BadValue` gets an offset into the file instead of into the word."""
    try:
        return read()
    except BadValue as wrong:
        start = word.start + (wrong.offset or 0)
        part = word.text[wrong.offset or 0 :][: wrong.length or None]
        raise instruction.error(str(wrong), Word(part, start), hint=wrong.hint) from None
