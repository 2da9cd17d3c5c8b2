"""`composekit fmt`."""

import os
from typing import TYPE_CHECKING, Any

from composekit.cli.context import CommandContext
from composekit.cli.findings import rewrite
from composekit.cli.linting import SettingsFiles, requests
from composekit.cli.options import Argument, Option, Row
from composekit.errors import UsageError

if TYPE_CHECKING:
    from composekit.lint.formatter import Style
    from composekit.load.request import LoadRequest
    from composekit.source.diagnostic import Diagnostic

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
    from composekit.lint.projects import sharing

    settings = SettingsFiles(ctx, given["settings"])
    from_stdin = "-" in files
    if from_stdin and given["stdin_filename"] is None:
        raise UsageError("'-' needs a name for its text", hint="give --stdin-filename")
    wanted = requests(ctx, files, settings, each=given["each"], named=given["stdin_filename"])
    texts = dict(wanted[0].texts) if from_stdin else {}
    given_text = next(iter(texts), "")
    before = dict(texts)
    failed = False
    for numbers in sharing(request.files for request in wanted):
        group = [wanted[number] for number in numbers]
        style = _style(settings, group[0], given)
        readable = [request for request in group if _is_readable(ctx, request, texts)]
        failed = failed or readable != group
        texts = _format(readable, style, texts, before)
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


def _is_readable(ctx: CommandContext, request: "LoadRequest", texts: dict[str, str]) -> bool:
    """Tell whether a project can be read; show why it cannot."""
    from composekit.load.pipeline import load

    loaded = load(request._replace(texts={**request.texts, **texts}))
    errors = [one for one in loaded.report.sorted() if one.severity.word == "error"]
    ctx.show(errors)
    return loaded.tree is not None and not errors


def _format(
    group: "list[LoadRequest]", style: "Style", texts: dict[str, str], before: dict[str, str]
) -> dict[str, str]:
    """Return the new texts of projects that share files; `before` gets those that the files have."""
    from composekit.lint.fixer import fix
    from composekit.lint.formatter import changes, same_for
    from composekit.load.pipeline import load

    def check(over: dict[str, str]) -> Any:
        projects = [load(request._replace(texts={**request.texts, **over})) for request in group]
        for document in (document for loaded in projects for document in loaded.documents):
            before.setdefault(str(document.span.source.path), document.span.source.text)
        return projects, lambda: list({_place(one): one for each in projects for one in changes(each, style)}.values())

    return fix(check, texts, same=same_for(style)).texts


def _place(one: "Diagnostic") -> tuple[Any, ...]:
    assert one.span is not None
    edits = tuple((edit.span.start, edit.span.end, edit.text) for edit in one.fix.edits) if one.fix else ()
    return (one.span.source.path, edits)


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
