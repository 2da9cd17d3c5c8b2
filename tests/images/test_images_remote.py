"""Addresses of repositories and files, as a build reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.images.remote import Repository, is_fetched, read_repository, redacted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://host/me/repo.git", Repository("https://host/me/repo.git")),
        ("https://host/me/repo.git#", Repository("https://host/me/repo.git")),
        ("https://host/repo.git#main", Repository("https://host/repo.git", "main")),
        ("https://host/repo.git#main:docs/api", Repository("https://host/repo.git", "main", "docs/api")),
        ("https://host/repo.git#:docs", Repository("https://host/repo.git", "", "docs")),
        ("https://host/repo.git#pull/42/head", Repository("https://host/repo.git", "pull/42/head")),
        ("https://host/repo.git#feature%2Fx:a%20b", Repository("https://host/repo.git", "feature/x", "a b")),
        ("http://host:8080/repo.git#v1:../../etc", Repository("http://host:8080/repo.git", "v1", "etc")),
        ("git://host/repo#v1", Repository("git://host/repo", "v1")),
        ("ssh://git@host:2222/me/repo#v1", Repository("ssh://git@host:2222/me/repo", "v1")),
        ("git@github.com:me/repo.git#v1:sub", Repository("git@github.com:me/repo.git", "v1", "sub")),
        ("deploy@host:repo", Repository("deploy@host:repo")),
        ("HTTPS://host/repo.git", Repository("HTTPS://host/repo.git")),
        ("https://host/repo.git?branch=main", Repository("https://host/repo.git", "refs/heads/main")),
        ("https://host/repo.git?tag=v1&subdir=a", Repository("https://host/repo.git", "refs/tags/v1", "a")),
        ("https://host/repo.git?ref=v1#v1", Repository("https://host/repo.git", "v1")),
        ("https://host/repo.git?tag=v1&commit=abcd", Repository("https://host/repo.git", "refs/tags/v1", "", "abcd")),
        ("https://host/repo.git?checksum=abcd", Repository("https://host/repo.git", checksum="abcd")),
        ("https://host/repo.git?keep-git-dir=1", Repository("https://host/repo.git", keep_git_dir=True)),
        ("https://host/repo.git?keep-git-dir", Repository("https://host/repo.git", keep_git_dir=True)),
        ("https://host/repo.git?submodules=false", Repository("https://host/repo.git", submodules=False)),
        ("git@host:repo?branch=main", Repository("git@host:repo", "refs/heads/main")),
    ],
)
def test_an_address_of_a_repository_is_read_with_its_ref_and_directory(text, expected):
    assert read_repository(text) == expected
    assert is_fetched(text)


@pytest.mark.parametrize(
    "text",
    [".", "./repo.git", "/srv/repo.git", "https://host/archive.tar.gz", "https://host/me/repo", "file:///srv/repo.git",
     "github.com/me/repo", "service:web", "docker-image://alpine", "git@host", "C:\\work\\repo.git"],
)  # fmt: skip
def test_what_is_no_repository_is_none(text):
    assert read_repository(text) is None


def test_a_bare_name_at_github_is_a_repository_for_a_context_only():
    assert read_repository("github.com/me/repo#v1:a", is_context=True) == Repository(
        "https://github.com/me/repo", "v1", "a"
    )
    assert not is_fetched("github.com/me/repo")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("depth=1", "'depth' is no query of a repository"),
        ("branch=", "query 'branch' has no value"),
        ("branch=a&branch=b", "a query of 'https://host/repo.git' stands twice"),
        ("branch=a&tag=b", "query 'branch' contradicts query 'tag'"),
        ("ref=a&branch=b", "the repository's ref is said twice: 'a' and 'refs/heads/b'"),
        ("submodules=maybe", "'maybe' is neither true nor false, which query 'submodules' takes"),
        ("subdir=a#:b", "the repository's subdir is said twice: 'b' and 'a'"),
    ],
)
def test_a_wrong_query_is_refused(query, reason):
    with pytest.raises(BadValue) as raised:  # its text is compared below
        read_repository(f"https://host/repo.git?{query}")
    assert str(raised.value) == reason


def test_an_address_that_cannot_be_read_is_refused():
    with pytest.raises(BadValue, match="is no address"):
        read_repository("https://[host/repo.git")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/repo.git#main", "https://xxxxx@host/repo.git#main"),
        ("fatal: unable to access 'https://token@host/': no", "fatal: unable to access 'https://xxxxx@host/': no"),
        ("ADD https://a:b@one/x https://c@two/y /", "ADD https://xxxxx@one/x https://xxxxx@two/y /"),
        ("git@github.com:me/repo.git", "git@github.com:me/repo.git"),
        ("https://host/a@b", "https://host/a@b"),
    ],
)
def test_logins_are_taken_out_of_texts(text, shown):
    assert redacted(text) == shown


@given(st.text(alphabet="abc/:#?=&.@%20git", max_size=60))
def test_any_text_is_an_address_or_none_or_refused(text):
    for whole in (text, f"https://host/{text}", f"git@host:{text}"):
        try:
            found = read_repository(whole, is_context=True)
        except BadValue:
            continue
        if found is not None:
            assert not found.subdir.startswith("/")
            assert ".." not in found.subdir.split("/")
