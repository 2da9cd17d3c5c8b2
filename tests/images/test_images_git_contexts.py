"""Builds of repositories, and what steps mount: the real command line, git's own daemon, real layers."""

import os
import subprocess
import sys

import pytest
from repositories import GIT, Repositories

from composekit.sandbox.probe import probe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(GIT is None, reason="needs git"),
    pytest.mark.skipif(probe().kind == "none", reason="this machine has no private views"),
]

COMPOSE = """
name: ckgit
services:
  app:
    build: {git}/app.git#v1:server
  inline:
    build:
      context: http://me:hidden@{web}/app.git
      additional_contexts: {{part: '{git}/part.git'}}
      dockerfile_inline: |
        FROM busybox
        COPY --from=part / /part
        COPY server/hello /hello
        ADD --chmod=640 {git}/app.git#v1:server /old
        ADD --keep-git-dir=true {git}/part.git /kept
        ADD --chmod=755 http://{web}/file /file
        ADD --checksum=sha256:8b911a8716b94442f9ca3dff20584048536e4c2f47b8b5bb9096cbd43c3432d5 http://{web}/file /new/
        RUN cat /part/p /hello /old/hello /file; stat -c %a /old/hello /file /new/file; ls -A /old /kept
"""


@pytest.fixture
def repositories(tmp_path):
    made = Repositories(tmp_path)
    yield made
    made.close()


@pytest.fixture
def composekit(tmp_path):
    environ = {**os.environ, "COMPOSEKIT_HOME": str(tmp_path / "state"), "XDG_RUNTIME_DIR": str(tmp_path)}
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH", ""))))

    def run(*words):
        command = [sys.executable, "-m", "composekit", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def printed(done):
    """Return what the steps printed."""
    rows = [line.split(" ", 2) for line in done.stderr.splitlines() if line.startswith("#")]
    return [row[2] for row in rows if row[1].replace(".", "").isdigit() and not row[2].startswith("naming to")]


def test_repositories_are_built_and_added_and_their_new_commits_too(repositories, composekit, tmp_path):
    server = {"server/Dockerfile": "FROM busybox\nCOPY hello /\nRUN cat /hello\n", "server/hello": "one\n"}
    repositories.commit("app", server, tag="v1")
    repositories.commit("app", {"server/hello": "two\n"})
    repositories.commit("part", {"p": "part\n"})
    (repositories.served / "file").write_text("file\n")
    web, asked = repositories.web_url()
    (tmp_path / "compose.yaml").write_text(COMPOSE.format(git=repositories.git_url(), web=web))

    first = composekit("build")
    assert first.returncode == 0, first.stderr
    assert "hidden" not in first.stderr
    assert printed(first) == ["one", "part", "two", "one", "file", "640", "755", "600", "/kept:", ".git", "p", "",
                              "/old:", "Dockerfile", "hello"]  # fmt: skip

    again = composekit("build")
    assert "DONE" not in again.stderr.replace("DONE 0.0s", "")
    assert asked.count("/file") == 3  # the one with a checksum was not asked for again

    repositories.commit("app", {"server/hello": "three\n"})
    after = composekit("build")
    assert printed(after)[:2] == ["part", "three"]


def test_what_a_step_writes_to_its_bind_mount_never_reaches_the_context(composekit, tmp_path):
    (tmp_path / "context" / "below").mkdir(parents=True)
    (tmp_path / "context" / "file").write_text("before\n")
    (tmp_path / "compose.yaml").write_text(
        "name: ckmounts\nservices:\n  app:\n    build:\n      context: context\n      dockerfile_inline: |\n"
        "        FROM busybox\n        WORKDIR /w\n"
        "        RUN --mount=target=.,rw echo after > file && touch below/new && cat file && ls below\n"
        "        RUN --mount=source=file,target=/one,rw echo other > /one && cat /one\n"
        "        RUN --mount=target=. cat file && ! touch new\n"
        "        RUN --mount=type=cache,target=/c,mode=0700 stat -c %a /c && ls -A /w\n"
    )
    done = composekit("build")

    assert done.returncode == 0, done.stderr
    assert [line for line in printed(done) if not line.startswith("touch")] == [
        "after",
        "new",
        "other",
        "before",
        "700",
    ]
    assert (tmp_path / "context" / "file").read_text() == "before\n"
    assert os.listdir(tmp_path / "context" / "below") == []


def test_copy_keeps_parents_leaves_out_and_sets_modes(composekit, tmp_path):
    for name in ("x/y/z/a.txt", "x/y/b.txt", "x/y/c.md", "home.txt", "home.md", "d/in.txt", "d/e/in.txt", "run.sh"):
        (tmp_path / "context" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "context" / name).write_text("")
        (tmp_path / "context" / name).chmod(0o600)
    (tmp_path / "compose.yaml").write_text(
        "name: ckcopy\nservices:\n  app:\n    build:\n      context: context\n      dockerfile_inline: |\n"
        "        FROM busybox\n        COPY --parents ./x/./y/**/*.txt /p/\n        COPY --exclude=*.md hom* /h/\n"
        "        COPY --exclude=*.txt --chmod=go=rX d /d/\n        COPY --chmod=u+x,g=u run.sh /started\n"
        "        RUN cd / && find p h d -type f | sort && stat -c %a /started /d/e/in.txt /d/e\n"
    )
    done = composekit("build")

    assert done.returncode == 0, done.stderr
    assert printed(done) == ["d/e/in.txt", "h/home.txt", "p/y/b.txt", "p/y/z/a.txt", "770", "644", "755"]


def test_a_context_that_cannot_be_fetched_is_reported_without_its_login(repositories, composekit, tmp_path):
    repositories.commit("app", {"a": "one"})
    web, _ = repositories.web_url(login="me:another")
    (tmp_path / "compose.yaml").write_text(
        f"name: ckgit\nservices:\n  app:\n    build: http://me:hidden@{web}/app.git#main\n"
    )
    done = composekit("build")

    assert done.returncode == 1
    assert "hidden" not in done.stdout + done.stderr
    assert done.stderr.startswith(
        f"error[CK906] service 'app': the build context 'http://xxxxx@{web}/app.git#main' cannot be"
        f" fetched: git ls-remote of http://xxxxx@{web}/app.git failed: Authentication failed"
    )


def test_a_repository_without_a_dockerfile_or_with_one_that_leads_away_says_so(repositories, composekit, tmp_path):
    (repositories.work / "app").mkdir()
    repositories.commit("other", {"a": "one"})
    os.symlink("/etc/hostname", repositories.work / "other" / "Dockerfile")
    repositories.commit("other", {})
    url = repositories.git_url()
    (tmp_path / "compose.yaml").write_text(
        f"name: ckgit\nservices:\n  app:\n    build: {url}/other.git\n"
        f"  two:\n    build: {{context: '{url}/other.git', dockerfile: none}}\n"
    )
    done = composekit("build")

    assert done.returncode == 1
    assert f"there is no Dockerfile at '{url}/other.git: Dockerfile'" in done.stderr
    assert f"there is no Dockerfile at '{url}/other.git: none'" in done.stderr
