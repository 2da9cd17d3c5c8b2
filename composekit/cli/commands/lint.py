"""`composekit lint`."""

import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from composekit.cli.context import CommandContext
from composekit.cli.findings import Output, read_outputs, rewrite, write_outputs
from composekit.cli.linting import SettingsFiles, requests
from composekit.cli.options import Argument, Option, Row
from composekit.errors import UsageError
from composekit.lint.once import place_of
from composekit.lint.rule import PROFILES
from composekit.lint.session import Job, known_rules
from composekit.load.collection import CollectionOff
from composekit.source.diagnostic import Diagnostic, Severity

if TYPE_CHECKING:
    from composekit.lint.rule import Rule
    from composekit.lint.settings_file import Given
    from composekit.lint.suppress import Ruling
    from composekit.load.request import LoadRequest
    from composekit.report import Suppressed

_LEVELS = ("error", "warning", "info")
_WORTH_PROGRESS = 10
"""Projects from which one wants to see that something happens."""

ARGUMENTS: tuple[Row, ...] = (
    Argument("files", metavar="[FILE|FOLDER...]"),
    Option(("--format",), "Format of the findings, FORMAT or FORMAT=FILE; several may be given", "many"),
    Option(("--select",), "Run only these rules: ids, patterns, names or categories", "many", metavar="RULES"),
    Option(("--extend-select",), "Run these rules too", "many", metavar="RULES"),
    Option(("--ignore",), "Leave out these rules", "many", metavar="RULES"),
    Option(("--rule-profile",), "Set of rules to start from", "choice", choices=PROFILES),
    Option(("--target",), "What the project is meant for; swarm is --rule-profile swarm", "choice", choices=("swarm",)),
    Option(("--severity",), "Show findings of at least this severity", "choice", "info", _LEVELS),
    Option(("--fail-on",), "Exit with 1 on findings of at least this severity", "choice", choices=_LEVELS),
    Option(("--settings",), "Settings file in place of the nearest one; 'none' for none", metavar="FILE"),
    Option(("--baseline",), "File with findings that are known and not told", metavar="FILE"),
    Option(("--update-baseline",), "Write the findings of now into the baseline", "flag"),
    Option(("--since",), "Only findings at lines that changed since a revision of git", metavar="REV"),
    Option(("--fix",), "Repair what can be repaired without changing the project", "flag"),
    Option(("--unsafe-fixes",), "With --fix: also where the project may change", "flag"),
    Option(("--diff",), "With --fix: show the changes and write no file", "flag"),
    Option(("--each",), "Every file stands for the project it belongs to", "flag"),
    Option(("--stdin-filename",), "With '-': the file whose text standard input is", metavar="FILE"),
    Option(("--list-rules",), "List the rules that would run, and exit", "flag"),
)


class Found(NamedTuple):
    """The result of a run."""

    findings: list[Diagnostic]
    suppressed: "list[Suppressed]"


def run(ctx: CommandContext, *, files: tuple[str, ...], **given: Any) -> int:
    """Lint projects and print the findings. Return 1 when findings reach --fail-on."""
    with CollectionOff():
        return _run(ctx, files, given)


def _run(ctx: CommandContext, files: tuple[str, ...], given: dict[str, Any]) -> int:
    outputs = read_outputs(given["format"])
    _check_line(files, given)
    settings = SettingsFiles(ctx, given["settings"])
    if given["list_rules"]:
        return _list(ctx, _settings(settings, ctx.cwd, given), outputs)
    wanted = requests(ctx, files, settings, each=given["each"], named=given["stdin_filename"])
    made: dict[str, Given] = {}
    jobs = [_job(settings, request, given, made) for request in wanted]
    of_run = settings.of(_directory(wanted[0])) if wanted else settings.of(ctx.cwd)
    baseline = os.path.join(ctx.cwd, given["baseline"]) if given["baseline"] else of_run.baseline
    changes = 0
    if given["fix"]:
        jobs, changes = _fix(ctx, jobs, baseline, given)
    found = _all(ctx, jobs)
    if given["update_baseline"]:
        return _update_baseline(ctx, found, baseline)
    found = _narrowed(ctx, found, baseline, given)
    rules = known_rules(plugins=any(job.plugins for job in jobs))
    if not given["diff"]:
        write_outputs(ctx, outputs, found.findings, found.suppressed, rules)
    if given["diff"] or all(one.format == "text" or one.file for one in outputs):
        _summarize(ctx, found, fixing=given["fix"])
    least = Severity[(given["fail_on"] or of_run.fail_on or "warning").upper()]
    failed = any(one.severity >= least for one in found.findings)
    return 1 if failed or (given["diff"] and changes) else 0


def _check_line(files: tuple[str, ...], given: dict[str, Any]) -> None:
    if (given["diff"] or given["unsafe_fixes"]) and not given["fix"]:
        raise UsageError("--diff and --unsafe-fixes go with --fix")
    if given["fix"] and "-" in files:
        raise UsageError("standard input cannot be fixed", hint="name a file")
    if given["fix"] and given["since"]:
        raise UsageError("--fix and --since do not go together", hint="fixes move the lines that changed")


def _settings(files: SettingsFiles, directory: str, given: dict[str, Any]) -> "Given":
    """Return the settings of a project's folder with those of the line."""
    from composekit.lint.settings import make_settings

    found = files.of(directory)
    infos = files.infos(plugins=found.plugins)
    settings = make_settings(
        given["select"],
        given["ignore"],
        infos,
        extend_select=given["extend_select"],
        profile=given["target"] or given["rule_profile"],
        base=found.settings,
    )
    return found._replace(settings=settings)


def _job(files: SettingsFiles, request: "LoadRequest", given: dict[str, Any], made: "dict[str, Given]") -> Job:
    """Return what to lint; `made` keeps the settings of each settings file."""
    directory = _directory(request)
    path = files.of(directory).path
    if path not in made:
        made[path] = _settings(files, directory, given)
    return Job(request, made[path].settings, made[path].plugins, time.strftime("%Y-%m-%d"))


def _directory(request: "LoadRequest") -> str:
    first = next((name for name in request.files if name != "-"), None)
    return os.path.dirname(os.path.normpath(os.path.join(request.cwd, first))) if first else request.cwd


def _all(ctx: CommandContext, jobs: list[Job]) -> Found:
    """Lint every project; a finding in a file that several projects share is told once."""
    findings: list[Diagnostic] = []
    muted: list[Suppressed] = []
    seen: set[Any] = set()
    rulings = _rulings(ctx, jobs)
    if len(rulings) == 1:
        return Found(*rulings[0])
    for ruling in rulings:
        findings += [one for one in ruling.findings if _is_new(one, seen)]
        muted += [one for one in ruling.suppressed if _is_new(one.diagnostic, seen)]
    return Found(findings, muted)


def _rulings(ctx: CommandContext, jobs: list[Job]) -> "list[Ruling]":
    if len(jobs) == 1:
        from composekit.lint.session import run as run_one

        return [run_one(jobs[0])[1]]
    from composekit.lint.parallel import run_all

    shows = len(jobs) >= _WORTH_PROGRESS and ctx.err.isatty() and ctx.progress not in ("quiet", "plain", "json")

    def tell(done: int) -> None:
        if shows:
            ctx.err.write(f"\r\x1b[Klinted {done} of {len(jobs)} projects")
            ctx.err.flush()

    found = run_all(jobs, processes=max(ctx.shared.get("parallel") or 0, 0), tell=tell)
    if shows:
        ctx.err.write("\r\x1b[K")
        ctx.err.flush()
    return found


def _is_new(one: Diagnostic, seen: set[Any]) -> bool:
    key = place_of(one)
    if key in seen:
        return False
    seen.add(key)
    return True


def _narrowed(ctx: CommandContext, found: Found, baseline: str | None, given: dict[str, Any]) -> Found:
    """Leave out what the baseline knows, what did not change, and what is not severe enough."""
    findings, muted = found
    if baseline:
        from composekit.lint.baseline import compare, read_baseline

        findings, known, gone = compare(findings, read_baseline(baseline), baseline)
        muted = muted + known
        if gone:
            ctx.say(f"{gone} findings of the baseline are gone; --update-baseline takes them out")
    if given["since"]:
        from composekit.cli.gitdiff import changed_lines
        from composekit.lint.changed import at_changed_lines

        changed = changed_lines(given["since"], ctx.cwd)
        findings = at_changed_lines(findings, changed)
        kept = {id(one) for one in at_changed_lines([one.diagnostic for one in muted], changed)}
        muted = [one for one in muted if id(one.diagnostic) in kept]
    least = Severity[given["severity"].upper()]
    return Found([one for one in findings if one.severity >= least], muted)


def _update_baseline(ctx: CommandContext, found: Found, baseline: str | None) -> int:
    from composekit.cli.findings import write_file
    from composekit.lint.baseline import write_baseline
    from composekit.lint.suppress import is_final

    if not baseline:
        raise UsageError(
            "--update-baseline needs a file", hint="name it with --baseline, or 'baseline:' in the settings"
        )
    stopped = [one for one in found.findings if is_final(one)]
    if stopped:
        ctx.show(stopped)
        ctx.say("the baseline is left as it is: a project could not be read")
        return 1
    write_file(baseline, write_baseline(found.findings, baseline).encode(), baseline)
    ctx.say(f"wrote {len(found.findings)} findings to {os.path.relpath(baseline, ctx.cwd)}")
    return 0


def _fix(ctx: CommandContext, jobs: list[Job], baseline: str | None, given: dict[str, Any]) -> tuple[list[Job], int]:
    """Fix projects; return them with their new texts, and how many files change."""
    from composekit.cli.fixing import fix_projects
    from composekit.lint.baseline import read_baseline

    known = read_baseline(baseline) if baseline else {}
    fixed = fix_projects(jobs, known, baseline or "", unsafe=given["unsafe_fixes"])
    changed = fixed.changed
    _write_fixes(ctx, changed, fixed.before, dry=given["diff"])
    if fixed.made or fixed.refused:
        _say_fixed(ctx, fixed.made, fixed.refused, len(changed), dry=given["diff"])
    return [job._replace(request=job.request._replace(texts=fixed.texts)) for job in jobs], len(changed)


def _write_fixes(ctx: CommandContext, changed: dict[str, str], before: dict[str, str], *, dry: bool) -> None:
    from composekit.load.locate import shown_name
    from composekit.source.edit import unified_diff

    for file, text in sorted(changed.items()):
        if dry:
            ctx.out.write(unified_diff(shown_name(file, ctx.cwd), before[file], text))
        else:
            rewrite(ctx, file, before[file], text)


def _say_fixed(ctx: CommandContext, made: int, refused: int, files: int, *, dry: bool) -> None:
    verb = "would be fixed" if dry else "fixed"
    ctx.say(f"{_counted(made, 'finding')} {verb} in {_counted(files, 'file')}")
    if refused:
        ctx.say(f"{_counted(refused, 'fix', 'fixes')} left out: they would have changed what Compose reads")


def _summarize(ctx: CommandContext, found: Found, *, fixing: bool) -> None:
    from composekit.report.text import summary

    muted = f", {len(found.suppressed)} suppressed" if found.suppressed else ""
    ctx.say(summary(found.findings) + muted)
    safe = sum(one.fix is not None and one.fix.safe for one in found.findings)
    if safe and not fixing:
        ctx.say(f"{_counted(safe, 'finding')} can be fixed with --fix")


def _counted(number: int, word: str, many: str = "") -> str:
    return f"{number} {word if number == 1 else many or word + 's'}"


def _list(ctx: CommandContext, given: "Given", outputs: list[Output]) -> int:
    from composekit.lint.page import as_json, as_list

    wanted: list[Rule] = [rule for rule in known_rules(plugins=given.plugins) if given.settings.may_want(rule.INFO)]
    if outputs[0].format == "json":
        import json

        ctx.out.write(json.dumps(as_json(wanted), indent=2) + "\n")
    else:
        ctx.out.write(as_list(wanted))
    return 0
