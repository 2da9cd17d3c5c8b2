"""What a build takes from elsewhere: git repositories, by the machine's own git, and files on the web.

A commit is fetched once and kept in `layers/.contexts/` of the state folder; an archive on the web that is a build
context is kept there by its content. What is fetched is complete before it gets its name, and a fetch that fails, hangs
or is interrupted leaves nothing. No message holds the login of an address.
"""

import hashlib
import os
import shutil
import subprocess
from contextlib import suppress
from typing import NamedTuple

from composekit.errors import ComposekitError
from composekit.images.remote import Repository, is_commit, redacted
from composekit.runtime.builds_download import download
from composekit.runtime.builds_process import Hanging, run_watched
from composekit.runtime.layers import Store

_QUIET_SECONDS = 60.0
# Nobody can be asked, and nothing of a hook or an editor that composekit may run under is meant for these repositories.
_ENVIRONMENT = (
    "env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE", "-u", "GIT_OBJECT_DIRECTORY",
    "-u", "GIT_ASKPASS", "-u", "SSH_ASKPASS", "LC_ALL=C.UTF-8", "GIT_TERMINAL_PROMPT=0",
)  # fmt: skip
_SETTINGS = ("-c", "core.hooksPath=/dev/null", "-c", "init.defaultBranch=main", "-c", "gc.auto=0")


class Fetched(NamedTuple):
    """A directory of this machine with what was fetched; `identity` is the commit, or the digest of a file.

    `dockerfile` is the name of the Dockerfile where the address was that of a Dockerfile alone.
    """

    directory: str
    identity: str
    dockerfile: str = ""


class Fetcher:
    """Fetches into one store; `git` is the machine's program, if it has one."""

    def __init__(self, store: Store, git: str | None, *, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self._store = store
        self._git = git
        self._quiet_seconds = quiet_seconds

    def commit_of(self, address: Repository) -> str:
        """Return the id of the commit that an address means now. Raises `ComposekitError`."""
        commit, tag = (address.ref, "") if is_commit(address.ref) else self._asked(address)
        if not any(one.startswith(address.checksum) for one in (commit, tag)):
            raise ComposekitError(f"{address}: the commit is {commit}, and the checksum wants {address.checksum}")
        return commit

    def repository(self, address: Repository) -> Fetched:
        """Return the files of a repository at its commit, fetched if they are not here. Raises `ComposekitError`."""
        with self._store.building():
            commit = self.commit_of(address)
            facts = (redacted(address.remote), address.submodules, address.keep_git_dir)
            name = f"{commit}-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"
            kept = os.path.join(self._store.contexts, name)
            if not os.path.isdir(kept):
                with self._store.new_layer() as place:
                    tree = os.path.join(place, "tree")
                    self._check_out(address, commit, tree)
                    _keep(tree, kept)
        return Fetched(_inside(kept, address), commit)

    def context(self, url: str) -> Fetched:
        """Return what is at an address on the web as a build context: an archive unpacked, or one Dockerfile."""
        with self._store.building(), self._store.new_layer() as place:
            file = download(url, place)
            kept = os.path.join(self._store.contexts, f"web-{file.digest}")
            archive = _is_archive(file.path)
            if not os.path.isdir(kept):
                tree = os.path.join(place, "tree")
                if archive:
                    _unpack(file.path, tree, url)
                else:
                    shutil.copyfile(file.path, os.path.join(tree, "context"))
                _keep(tree, kept)
        return Fetched(kept, file.digest, "" if archive else "context")

    def _asked(self, address: Repository) -> tuple[str, str]:
        """Ask the repository which commit its ref is, and what its tag is; of a branch and a tag, it is the branch."""
        ref = address.ref or "HEAD"
        said = self._run(address, ["ls-remote", "--", address.remote, ref, f"{ref}^{{}}"])
        rows: dict[str, str] = {}
        for line in said.splitlines():
            commit, _, name = line.partition("\t")
            rows[name] = commit
        full, head = f"refs/{ref.removeprefix('refs/')}", f"refs/heads/{ref.removeprefix('refs/heads/')}"
        for name in (full, head) if address.ref else ("HEAD",):
            if name in rows and f"{name}^{{}}" not in rows:
                return rows[name], ""
        tag = f"refs/tags/{ref.removeprefix('refs/tags/')}"
        if tag in rows:
            return rows.get(f"{tag}^{{}}", rows[tag]), rows[tag]
        what = f"no ref '{address.ref}'" if address.ref else "no commit"
        raise ComposekitError(
            f"the repository {redacted(address.remote)} has {what}", hint="name a branch, a tag or a whole commit id"
        )

    def _check_out(self, address: Repository, commit: str, tree: str) -> None:
        kind = ["--object-format=sha256"] if len(commit) == 64 else []
        self._run(address, ["init", "--quiet", *kind, tree])
        self._run(address, ["remote", "add", "origin", address.remote], tree)
        self._fetch(address, commit, tree)
        self._run(address, ["checkout", "--quiet", "--detach", commit], tree)
        if address.submodules and os.path.exists(os.path.join(tree, ".gitmodules")):
            words = ["submodule", "update", "--init", "--recursive", "--progress"]
            try:
                self._run(address, [*words, "--depth=1"], tree)
            except ComposekitError:
                self._run(address, words, tree)  # a server that cannot give a part of a history
        if address.keep_git_dir:
            self._run(address, ["remote", "set-url", "origin", redacted(address.remote)], tree)
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(tree, ".git", "FETCH_HEAD"))
        else:
            _drop_git(tree)

    def _fetch(self, address: Repository, commit: str, tree: str) -> None:
        """Fetch the one commit, or, from a server that gives no single one, all branches and tags."""
        words = ["fetch", "--progress", "--no-recurse-submodules"]
        try:
            self._run(address, [*words, "--depth=1", "--no-tags", "origin", commit], tree)
        except ComposekitError:
            self._run(address, [*words, "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"], tree)
            try:
                self._run(address, ["cat-file", "-e", f"{commit}^{{commit}}"], tree)
            except ComposekitError:
                message = f"the repository {redacted(address.remote)} has no commit {commit}"
                raise ComposekitError(message) from None

    def _run(self, address: Repository, words: list[str], tree: str = "") -> str:
        if self._git is None:
            raise ComposekitError(
                f"'git' is needed to fetch {address}, and this machine does not have it",
                hint="install it, on Debian and Ubuntu: apt-get install git",
            )
        place = ["-C", tree] if tree else []
        command = [*_ENVIRONMENT, self._git, *_SETTINGS, *place, *words]
        shown = f"git {words[0]} of {redacted(address.remote)}"
        try:
            done = run_watched(command, quiet_seconds=self._quiet_seconds)
        except Hanging:
            raise ComposekitError(
                f"{shown} said nothing for {self._quiet_seconds:.0f} s and was ended", hint="is its server reachable?"
            ) from None
        if done.returncode:
            raise ComposekitError(f"{shown} failed: {_reason(done)}")
        return done.stdout


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what git says went wrong, on one line and without logins."""
    lines = [line.strip() for line in done.stderr.replace("\r", "\n").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "remote: "))] or lines[-1:]
    words = "; ".join(line.removeprefix("fatal:").removeprefix("error:").strip() for line in told[:1])
    return redacted(words) or f"exit code {done.returncode}"


def _keep(tree: str, kept: str) -> None:
    os.makedirs(os.path.dirname(kept), mode=0o700, exist_ok=True)
    with suppress(OSError):  # another build was faster
        os.rename(tree, kept)
    if not os.path.isdir(kept):
        raise ComposekitError(f"cannot write '{kept}'")


def _drop_git(tree: str) -> None:
    """Remove what belongs to git: its folder, and the files that stand for one in submodules."""
    for folder, below, files in os.walk(tree):
        if ".git" in below:
            below.remove(".git")
            shutil.rmtree(os.path.join(folder, ".git"))
        elif ".git" in files:
            os.unlink(os.path.join(folder, ".git"))


def _inside(kept: str, address: Repository) -> str:
    """Return the directory that an address means; no link is followed on the way, as it could lead anywhere."""
    place = kept
    for name in filter(None, address.subdir.split("/")):
        place = os.path.join(place, name)
        if os.path.islink(place) or not os.path.isdir(place):
            why = "has no directory" if not os.path.lexists(place) else "has something else than a directory at"
            raise ComposekitError(f"the repository {redacted(address.remote)} {why} '{address.subdir}'")
    return place


def _is_archive(path: str) -> bool:
    import tarfile

    return tarfile.is_tarfile(path)


def _unpack(path: str, tree: str, url: str) -> None:
    """Unpack an archive that may want to lead elsewhere: what would leave the directory is refused."""
    import tarfile

    from composekit.images.archives import unpack_inside

    try:
        with tarfile.open(path) as archive:
            unpack_inside(archive, tree)
    except (tarfile.TarError, EOFError, OSError) as wrong:
        raise ComposekitError(f"the archive at {redacted(url)} cannot be unpacked: {wrong}") from None
