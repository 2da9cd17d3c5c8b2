"""What `lint`, `fmt` and `rules` share: the settings file that counts, and which projects the words of a line name."""

import os
from typing import TYPE_CHECKING

from composekit.cli.context import CommandContext
from composekit.errors import ComposekitError, UsageError

if TYPE_CHECKING:
    from composekit.lint.rule import RuleInfo
    from composekit.lint.settings_file import Given
    from composekit.load.opened import OpenedFiles
    from composekit.load.request import LoadRequest

NO_SETTINGS = "none"
"""As the value of --settings: look for no settings file."""


class SettingsFiles:
    """Reads the settings files of projects, each once."""

    def __init__(self, ctx: CommandContext, named: str | None) -> None:
        self._ctx = ctx
        self._named = named
        self._read: dict[str | None, Given] = {}
        self._found: dict[str, str | None] = {}
        self._infos: dict[bool, list[RuleInfo]] = {}

    def of(self, directory: str) -> "Given":
        """Return the settings for projects in a folder; raises `UsageError` where they are wrong, which is shown."""
        path = self._find(directory)
        if path not in self._read:
            self._read[path] = self._load(path)
        return self._read[path]

    def infos(self, *, plugins: bool) -> "list[RuleInfo]":
        """Return the facts of every rule."""
        if plugins not in self._infos:
            from composekit.lint.session import known_rules

            self._infos[plugins] = [rule.INFO for rule in known_rules(plugins=plugins)]
        return self._infos[plugins]

    def _find(self, directory: str) -> str | None:
        from composekit.lint.settings_file import find_settings

        if self._named is not None:
            return None if self._named == NO_SETTINGS else os.path.normpath(os.path.join(self._ctx.cwd, self._named))
        if directory not in self._found:
            self._found[directory] = find_settings(directory)
        return self._found[directory]

    def _load(self, path: str | None) -> "Given":
        from composekit.lint.settings_file import Given, read_settings, read_tree, wants_plugins
        from composekit.source.diagnostic import Report

        if path is None:
            return Given()
        report = Report()
        given = Given()
        tree = read_tree(path, self._ctx.cwd, report)
        if tree is not None:
            given = read_settings(tree, path, self.infos(plugins=wants_plugins(tree)), report)
        if report.has_errors:
            self._ctx.show(report.sorted())
            raise UsageError("the settings are wrong")
        return given


def requests(
    ctx: CommandContext, words: tuple[str, ...], settings: SettingsFiles, *, each: bool, named: str | None
) -> "list[LoadRequest]":
    """Return what to load: the project here, the files as one project, or every project below the folders.

    With `each`, every file stands for the project that it belongs to. `named` is the file name of standard input.
    Raises `ComposekitError` when a folder has no project, since that would look like a pass.
    """
    folders = [word for word in words if word != "-" and os.path.isdir(os.path.join(ctx.cwd, word))]
    files = [word for word in words if word not in folders]
    if folders and ctx.shared.get("files"):
        raise UsageError("folders and -f do not go together", hint="name the files without -f, or leave them out")
    from composekit.load.opened import OpenedFiles

    opened = OpenedFiles(ctx.cwd)
    found = []
    if named is not None:
        found.append(_from_stdin(ctx, files, named))
    elif each and files:
        found += _of_files(ctx, files, opened)
    elif files or not words:
        found.append(ctx.request(files or None, all_resources=True))
    for folder in folders:
        found += _below(ctx, folder, settings, opened)
    return found


def _of_files(ctx: CommandContext, files: list[str], opened: "OpenedFiles") -> "list[LoadRequest]":
    from composekit.lint.projects import projects_of

    absolute = [os.path.normpath(os.path.join(ctx.cwd, name)) for name in files if name != "-"]
    projects = projects_of(absolute, opened=opened)
    made = [ctx.request(one, all_resources=True, stdin=None, opened=opened) for one in projects]
    return made + ([ctx.request(["-"], all_resources=True)] if "-" in files else [])


def _from_stdin(ctx: CommandContext, files: list[str], named: str) -> "LoadRequest":
    """Return the request for a text on standard input that belongs to a file of a project."""
    from composekit.lint.projects import projects_of
    from composekit.load.locate import read_source
    from composekit.source.diagnostic import Report

    if files != ["-"]:
        raise UsageError("--stdin-filename needs '-' as the only file", hint="composekit lint --stdin-filename NAME -")
    file = os.path.normpath(os.path.join(ctx.cwd, named))
    report = Report()
    source = read_source("-", ctx.cwd, report, ctx.stdin)
    if source is None:
        ctx.show(report.sorted())
        raise ComposekitError("standard input cannot be read")
    project = projects_of([file])[0]
    return ctx.request(project, all_resources=True, stdin=None, texts={file: source.text})


def _below(ctx: CommandContext, folder: str, settings: SettingsFiles, opened: "OpenedFiles") -> "list[LoadRequest]":
    from composekit.lint.projects import projects_below

    top = os.path.normpath(os.path.join(ctx.cwd, folder))
    given = settings.of(top)
    found = list(projects_below(top, given.exclude, given.root or top, opened=opened))
    if not found:
        raise ComposekitError(f"no Compose file in '{folder}' or the folders below it")
    return [ctx.request(files, all_resources=True, stdin=None, opened=opened) for files in found]
