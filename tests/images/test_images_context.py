import os

import pytest

from composekit.errors import BadValue
from composekit.images.context import Context, read_context, read_ignore


def ignored(text, *paths):
    ignore = read_ignore(text)
    return [path for path in paths if ignore.excludes(path)]


@pytest.mark.parametrize(
    ("text", "excluded", "kept"),
    [
        ("node_modules", ["node_modules", "node_modules/a/b.js"], ["src/node_modules", "node_modules2"]),
        ("**/node_modules", ["node_modules/a", "src/deep/node_modules/b"], ["src/node_module"]),
        ("/build/", ["build", "build/x"], ["src/build"]),
        ("*.log", ["a.log"], ["sub/a.log", "a.log.txt"]),
        ("**/*.log", ["a.log", "x/y/a.log"], ["log"]),
        ("sub/*/temp", ["sub/a/temp", "sub/a/temp/x"], ["sub/temp", "sub/a/b/temp"]),
        ("temp?", ["temp1"], ["temp", "temp12"]),
        ("[a-c].txt", ["b.txt"], ["d.txt"]),
        ("*\n!keep.txt", ["a.txt", "dir/b"], ["keep.txt"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README.md", "README-x.md"]),
        ("dir\n!dir/keep", ["dir", "dir/a"], ["dir/keep", "dir/keep/x"]),
        ("# a comment\n\n  a  \n", ["a"], ["# a comment", "b"]),
        ("./a/../b", ["b"], ["a"]),
        ("\\*", ["*"], ["a"]),
        ("a\r\nb\r\n", ["a", "b"], ["c"]),
        (".", [], ["a"]),
    ],
)
def test_a_dockerignore_leaves_out_what_docker_leaves_out(text, excluded, kept):
    assert ignored(text, *excluded, *kept) == excluded


def test_a_pattern_that_is_only_an_exclamation_mark_is_refused_at_its_line():
    with pytest.raises(BadValue) as wrong:
        read_ignore("a\n!\n")

    assert wrong.value.offset == 2


@pytest.fixture
def tree(tmp_path):
    for name in ("a.txt", "b.log", "dir/c.txt", "dir/keep.log", "dir/deep/d.log", ".hidden/e"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_a_walk_passes_a_directory_that_is_left_out_for_the_sake_of_exceptions(tree):
    (tree / ".dockerignore").write_text("**/*.log\ndir/deep\n!dir/keep.log\n!dir/deep/d.log\n.dockerignore\n")
    context = read_context(str(tree))

    assert list(context.walk("")) == [
        ".hidden",
        ".hidden/e",
        "a.txt",
        "dir",
        "dir/c.txt",
        "dir/deep",
        "dir/deep/d.log",
        "dir/keep.log",
    ]


def test_the_ignore_file_of_the_dockerfile_comes_first(tree):
    (tree / ".dockerignore").write_text("a.txt")
    (tree / "web.Dockerfile.dockerignore").write_text("b.log")

    context = read_context(str(tree), str(tree / "web.Dockerfile"))

    assert context.find("a.txt") == ["a.txt"]
    assert context.find("b.log") == []


def test_sources_cannot_leave_the_context(tree):
    context = Context(str(tree))

    assert context.find("../../a.txt") == ["a.txt"]
    assert context.find("/dir/../a.txt") == ["a.txt"]
    assert context.find("*.txt") == ["a.txt"]
    assert context.find("nope") == []
    assert context.find(".") == [""]


def test_a_digest_changes_with_contents_names_and_modes_and_not_with_times(tree):
    context = Context(str(tree))
    before = context.digest(["dir"])

    os.utime(tree / "dir/c.txt", (1, 1))
    assert context.digest(["dir"]) == before
    os.chmod(tree / "dir/c.txt", 0o600)
    moded = context.digest(["dir"])
    (tree / "dir/c.txt").rename(tree / "dir/z.txt")
    renamed = context.digest(["dir"])
    (tree / "dir/z.txt").write_text("other")

    assert len({before, moded, renamed, context.digest(["dir"])}) == 4


def test_a_digest_does_not_see_what_is_left_out(tree):
    context = Context(str(tree), read_ignore("dir/c.txt"))
    before = context.digest([""])

    (tree / "dir/c.txt").write_text("other")

    assert context.digest([""]) == before


def test_a_link_that_leads_round_in_circles_is_kept_in_a_directory_and_refused_by_itself(tree):
    (tree / "dir/loop").symlink_to("loop")
    context = Context(str(tree))

    assert "dir/loop" in list(context.walk("dir"))
    assert context.digest(["dir"])
    with pytest.raises(BadValue, match="'dir/loop' of the context cannot be read: too many levels of symbolic links"):
        context.digest(["dir/loop"])
