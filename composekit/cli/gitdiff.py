"""Ask git which lines changed since a revision."""

import subprocess

from composekit.errors import ComposekitError, UsageError
from composekit.lint.changed import Ranges, add_new_files, parse_diff

_WRONG = 2


def changed_lines(revision: str, cwd: str) -> dict[str, Ranges]:
    """Return the changed lines of each file of the repository that `cwd` is in, new files included.

    A branch is compared with where this one left it, so that what others did there does not count. Raises
    `UsageError` for what is no revision, and `ComposekitError` where git cannot be asked.
    """
    top = _git(cwd, "rev-parse", "--show-toplevel").rstrip("\n")
    if revision.startswith("-"):
        raise UsageError(f"'{revision}' is not a revision of git")
    commit = _run(cwd, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit.returncode:
        raise UsageError(f"'{revision}' is not a revision of this git repository", hint="a shallow clone may lack it")
    name = commit.stdout.strip()
    ancestor = _run(cwd, "merge-base", name, "HEAD")
    since = ancestor.stdout.strip() if ancestor.returncode == 0 else name
    # What the user's settings make of a diff is for people: here it has to be read.
    plain = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    changed = parse_diff(_git(top, "diff", *plain, "--no-renames", since, "--"), top)
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    add_new_files(changed, [one for one in new.split("\0") if one], top)
    return changed


def _git(cwd: str, *words: str) -> str:
    done = _run(cwd, *words)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it failed"])[0]
        raise ComposekitError(f"git {words[0]}: {reason}", exit_code=_WRONG)
    return done.stdout


def _run(cwd: str, *words: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", *words], cwd=cwd, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False
        )
    except FileNotFoundError:
        raise ComposekitError("git is not installed", hint="--since needs it", exit_code=_WRONG) from None
