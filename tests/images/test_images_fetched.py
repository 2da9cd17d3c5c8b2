"""Repositories and files that builds fetch, from servers of this machine."""

import os
import socket
import tarfile
import threading

import pytest
from repositories import GIT, Repositories, git

from composekit.errors import ComposekitError
from composekit.images.remote import Repository, read_repository
from composekit.runtime.builds_download import download
from composekit.runtime.builds_fetched import Fetcher
from composekit.runtime.layers import Store

pytestmark = [pytest.mark.integration, pytest.mark.skipif(GIT is None, reason="needs git")]


@pytest.fixture
def repositories(tmp_path):
    made = Repositories(tmp_path)
    yield made
    made.close()


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "state"))


@pytest.fixture
def fetch(store):
    fetcher = Fetcher(store, GIT)
    return lambda text: fetcher.repository(read_repository(text))


def tree(folder):
    """Return the files below a folder with their content."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, encoding="utf-8") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def nothing_half_made(store):
    kept = os.listdir(store.contexts) if os.path.isdir(store.contexts) else []
    return os.listdir(os.path.join(store.folder, ".new")) == [] and kept == []


def test_head_a_branch_a_tag_and_a_commit_are_fetched_without_what_is_gits(repositories, fetch):
    first = repositories.commit("repo", {"a": "one", "docs/b": "b"}, tag="v1")
    second = repositories.commit("repo", {"a": "two"})
    third = repositories.commit("repo", {"a": "three"}, branch="next")
    url = repositories.git_url()

    assert fetch(f"{url}/repo.git").identity == second
    assert tree(fetch(f"{url}/repo.git#next").directory) == {"a": "three", "docs/b": "b"}
    assert fetch(f"{url}/repo.git#next").identity == third
    assert fetch(f"{url}/repo.git?branch=next").identity == third
    assert tree(fetch(f"{url}/repo.git#v1:docs").directory) == {"b": "b"}
    assert fetch(f"{url}/repo.git#v1").identity == first
    assert tree(fetch(f"{url}/repo.git#{first}").directory) == {"a": "one", "docs/b": "b"}


def test_a_branch_is_asked_for_again_and_its_commit_fetched_once(repositories, fetch, store):
    repositories.commit("repo", {"a": "one"})
    url = repositories.git_url()
    before = fetch(f"{url}/repo.git#main")
    again = fetch(f"{url}/repo.git#main")
    repositories.commit("repo", {"a": "two"})
    after = fetch(f"{url}/repo.git#main")

    assert before == again
    assert (tree(before.directory), tree(after.directory)) == ({"a": "one"}, {"a": "two"})
    assert len(os.listdir(store.contexts)) == 2


def test_a_commit_that_is_here_is_not_asked_for(repositories, store):
    commit = repositories.commit("repo", {"a": "one"})
    url = repositories.git_url()
    address = Repository(f"{url}/repo.git", commit)
    Fetcher(store, GIT).repository(address)

    assert Fetcher(store, None).repository(address).identity == commit


def test_a_branch_counts_before_a_tag_of_its_name(repositories, fetch):
    repositories.commit("repo", {"a": "one"}, tag="same")
    branch = repositories.commit("repo", {"a": "two"}, branch="same")
    url = repositories.git_url()

    assert fetch(f"{url}/repo.git#same").identity == branch
    assert tree(fetch(f"{url}/repo.git?tag=same").directory) == {"a": "one"}


def test_submodules_come_with_it_unless_told_not_to(repositories, fetch):
    repositories.commit("part", {"p": "part"})
    repositories.commit("repo", {"a": "one"})
    git(repositories.work / "repo", "submodule", "--quiet", "add", str(repositories.served / "part.git"), "lib/part")
    git(repositories.work / "repo", "config", "-f", ".gitmodules", "submodule.lib/part.url", "../part.git")
    repositories.commit("repo", {})
    url = repositories.git_url()

    found = fetch(f"{url}/repo.git")
    assert tree(os.path.join(found.directory, "lib")) == {"part/p": "part"}
    assert tree(os.path.join(fetch(f"{url}/repo.git?submodules=0").directory, "lib")) == {}


def test_the_git_directory_is_kept_when_asked_for(repositories, fetch):
    commit = repositories.commit("repo", {"a": "one"})
    found = fetch(f"{repositories.git_url()}/repo.git?keep-git-dir=1").directory

    assert git(found, "rev-parse", "HEAD") == commit
    assert git(found, "status", "--short") == ""


def test_a_plain_web_server_with_a_login_serves_and_the_login_is_written_nowhere(repositories, fetch, store):
    first = repositories.commit("repo", {"a": "one"})
    repositories.commit("repo", {"a": "two"})
    host, _ = repositories.web_url(login="me:hidden")

    assert tree(fetch(f"http://me:hidden@{host}/repo.git").directory) == {"a": "two"}
    kept = fetch(f"http://me:hidden@{host}/repo.git?keep-git-dir=1#{first}").directory
    assert git(kept, "remote", "get-url", "origin") == f"http://xxxxx@{host}/repo.git"
    for place, _, names in os.walk(store.root):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                assert b"hidden" not in file.read()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://me:hidden@{web}/repo.git", r"git ls-remote of http://xxxxx@{web}/repo.git failed: .*Authentication"),
        ("{git}/repo.git#nope", "the repository {git}/repo.git has no ref 'nope'"),
        ("{git}/repo.git#" + "0" * 40, "the repository {git}/repo.git has no commit 0000"),
        ("{git}/repo.git#main:nope", "the repository {git}/repo.git has no directory 'nope'"),
        ("{git}/repo.git#main:a", "has something else than a directory at 'a'"),
        ("{git}/repo.git#main:out", "has something else than a directory at 'out'"),
        ("{git}/repo.git?checksum=0000", "the commit is [0-9a-f]{{40}}, and the checksum wants 0000"),
        ("{git}/none.git", "git ls-remote of {git}/none.git failed: remote error: access denied"),
    ],
)
def test_what_cannot_be_fetched_is_said_without_the_login(repositories, store, address, reason):
    repositories.commit("repo", {"a": "one"})
    os.symlink("/etc", repositories.work / "repo" / "out")
    repositories.commit("repo", {})
    web, git_url = repositories.web_url(login="me:another")[0], repositories.git_url()

    with pytest.raises(ComposekitError, match=reason.format(web=web, git=git_url)) as raised:
        Fetcher(store, GIT).repository(read_repository(address.format(web=web, git=git_url)))

    assert "hidden" not in str(raised.value)
    assert os.listdir(os.path.join(store.folder, ".new")) == []


def test_a_server_that_says_nothing_is_given_up(store):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ComposekitError, match="said nothing for 0 s and was ended"):
            Fetcher(store, GIT, quiet_seconds=0.3).repository(Repository(f"git://127.0.0.1:{port}/repo"))
    assert nothing_half_made(store)


def test_a_machine_without_git_names_the_package(store):
    with pytest.raises(ComposekitError, match="'git' is needed to fetch") as raised:
        Fetcher(store, None).repository(Repository("https://host/repo.git", "main"))
    assert raised.value.hint == "install it, on Debian and Ubuntu: apt-get install git"


def test_an_archive_on_the_web_is_a_context_and_other_text_a_dockerfile(repositories, store):
    source = repositories.work / "x"
    source.mkdir()
    (source / "Dockerfile").write_text("FROM alpine\n")
    with tarfile.open(repositories.served / "context.tar.gz", "w:gz") as archive:
        archive.add(source, ".")
    (repositories.served / "plain").write_text("FROM busybox\n")
    host, _ = repositories.web_url()
    fetcher = Fetcher(store, None)

    unpacked = fetcher.context(f"http://{host}/context.tar.gz")
    assert (tree(unpacked.directory), unpacked.dockerfile) == ({"Dockerfile": "FROM alpine\n"}, "")
    plain = fetcher.context(f"http://{host}/plain")
    assert (tree(plain.directory), plain.dockerfile) == ({"context": "FROM busybox\n"}, "context")


def test_an_archive_that_leads_out_of_its_directory_is_refused(repositories, store):
    with tarfile.open(repositories.served / "bad.tar", "w") as archive:
        archive.add(__file__, "../../outside")
    host, _ = repositories.web_url()

    with pytest.raises(ComposekitError, match=r"the archive at http://.*/bad.tar cannot be unpacked: .*outside"):
        Fetcher(store, None).context(f"http://me:hidden@{host}/bad.tar")
    assert nothing_half_made(store)


@pytest.mark.parametrize(
    ("path", "checksum", "reason"),
    [
        ("none", "", "cannot download http://xxxxx@{host}/none: HTTP 404 File not found"),
        ("file", f"sha256:{'0' * 64}", "http://xxxxx@{host}/file has another checksum than sha256:0{{64}}: sha256:"),
    ],
)
def test_a_download_that_fails_says_why(repositories, tmp_path, path, checksum, reason):
    (repositories.served / "file").write_text("content")
    host, _ = repositories.web_url()
    with pytest.raises(ComposekitError, match=reason.format(host=host)):
        download(f"http://me:hidden@{host}/{path}", str(tmp_path), checksum=checksum)


def test_a_download_that_hangs_or_ends_early_says_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/file"

        def serve():
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ComposekitError, match=r"cannot download .*: (it ended 91 bytes too early|Incomplete)"):
            download(address, str(tmp_path))
        thread.join()
        with pytest.raises(ComposekitError, match="nothing came for 0 s"):
            download(address, str(tmp_path), quiet_seconds=0.2)
