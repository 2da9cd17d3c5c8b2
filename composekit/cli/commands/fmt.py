"""`composekit fmt`."""

import os
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.findings import rewrite
from composekit.cli.linting import SettingsFiles, requests
from composekit.cli.options import Argument, Option, Row
from composekit.errors import UsageError

if TYPE_CHECKING:
    from composekit.lint.fixer import Fixed
    from composekit.lint.formatter import Style
    from composekit.load.request import LoadRequest

_SORTED = ("services", "environment", "ports")

ARGUMENTS: tuple[Row, ...] = (
    Argument("files", metavar="[FILE|FOLDER...]"),
    Option(("--check",), "Write no file; exit with 1 when one would change", "flag"),
    Option(("--diff",), "Write no file; show what would change, and exit with 1 when something would", "flag"),
    Option(("--sort",), "Sort services, environment or ports", "many", metavar="WHAT"),
    Option(("--quotes",), "Quotes around texts that have some", "choice", choices=("double", "single", "keep")),
    Option(("--environment",), "Form of environments", "choice", choices=("keep", "mapping", "list")),
    Option(("--settings",), "Settings file in place of the nearest one; 'none' for none", metavar="FILE"),
    Option(("--each",), "Every file stands for the project it belongs to", "flag"),
    Option(("--stdin-filename",), "With '-': the file whose text standard input is", metavar="FILE"),
)


def run(ctx: CommandContext, *, files: tuple[str, ...], **given: Any) -> int:
    """Format the files of projects. Return 1 when one cannot be read, or with --check when a file would change."""
    for what in given["sort"]:
        if what not in _SORTED:
            raise UsageError(f"'{what}' cannot be sorted", hint=f"the choices are {', '.join(_SORTED)}")
    settings = SettingsFiles(ctx, given["settings"])
    from_stdin = "-" in files
    if from_stdin and given["stdin_filename"] is None:
        raise UsageError("'-' needs a name for its text", hint="give --stdin-filename")
    wanted = requests(ctx, files, settings, each=given["each"], named=given["stdin_filename"])
    texts = dict(wanted[0].texts) if from_stdin else {}
    given_text = next(iter(texts), "")
    before = dict(texts)
    failed = False
    for request in wanted:
        style = _style(settings, request, given)
        fixed = _format(ctx, request, style, texts, before)
        failed = failed or fixed is None
        texts = texts if fixed is None else fixed.texts
    changed = {file: text for file, text in texts.items() if before[file] != text}
    if from_stdin and not (given["check"] or given["diff"]):
        ctx.out.write(texts[given_text])
        return 1 if failed else 0
    return _finish(ctx, changed, before, given, failed=failed)


def _style(settings: SettingsFiles, request: "LoadRequest", given: dict[str, Any]) -> "Style":
    from composekit.lint.formatter import make_style

    first = next((name for name in request.files if name != "-"), None)
    directory = os.path.dirname(os.path.normpath(os.path.join(request.cwd, first))) if first else request.cwd
    style = make_style(settings.of(directory).fmt)
    chosen = {name: given[name] for name in ("quotes", "environment") if given[name] is not None}
    return style._replace(sort=style.sort + given["sort"], **chosen)


def _format(
    ctx: CommandContext, request: "LoadRequest", style: "Style", texts: dict[str, str], before: dict[str, str]
) -> "Fixed | None":
    """Return the new texts of a project's files; `None` when it cannot be read, which is shown."""
    from composekit.lint.fixer import fix
    from composekit.lint.formatter import changes, same_for
    from composekit.load.pipeline import Loaded, load

    def check(over: dict[str, str]) -> Any:
        loaded = load(request._replace(texts={**request.texts, **over}))
        for document in loaded.documents:
            source = document.span.source
            before.setdefault(str(source.path), source.text)
        return loaded, changes(loaded, style)

    loaded: Loaded = check(texts)[0]
    if loaded.report.has_errors or loaded.tree is None:
        ctx.show([one for one in loaded.report.sorted() if one.severity.word == "error"])
        return None
    return fix(check, texts, same=same_for(style))


def _finish(
    ctx: CommandContext, changed: dict[str, str], before: dict[str, str], given: dict[str, Any], *, failed: bool
) -> int:
    """Write the files that change, or show what would; return the exit code."""
    from composekit.load.locate import shown_name
    from composekit.source.edit import unified_diff

    dry = given["check"] or given["diff"]
    for file, text in sorted(changed.items()):
        name = shown_name(file, ctx.cwd)
        if given["diff"]:
            ctx.out.write(unified_diff(name, before[file], text))
        elif given["check"]:
            ctx.out.write(f"{name}\n")
        else:
            rewrite(ctx, file, before[file], text)
    verb = "would be formatted" if dry else "formatted"
    ctx.say(f"{len(changed)} {'file' if len(changed) == 1 else 'files'} {verb}")
    return 1 if failed or (dry and changed) else 0
