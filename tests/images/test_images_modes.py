"""Modes and kept paths of COPY."""

import pytest

from composekit.errors import BadValue
from composekit.images.copying import below_pivot
from composekit.images.modes import read_mode


@pytest.mark.parametrize(
    ("text", "before", "is_directory", "after"),
    [
        ("755", 0o600, False, 0o755),
        ("0644", 0o777, True, 0o644),
        ("4755", 0o600, False, 0o4755),
        ("+x", 0o644, False, 0o755),
        ("u+x", 0o644, False, 0o744),
        ("a-w", 0o666, False, 0o444),
        ("u=rwX,go=rX", 0o600, False, 0o644),
        ("u=rwX,go=rX", 0o700, False, 0o755),
        ("u=rwX,go=rX", 0o600, True, 0o755),
        ("g=u", 0o640, False, 0o660),
        ("go=", 0o777, False, 0o700),
        ("u+s,+t", 0o755, True, 0o5755),
        ("ug+rw-x", 0o111, False, 0o661),
    ],
)
def test_a_mode_is_changed_as_chmod_does(text, before, is_directory, after):
    change = read_mode(text)
    assert change is not None
    assert oct(change(before, is_directory)) == oct(after)


@pytest.mark.parametrize("text", ["rwx", "789", "u+q", "77777", "u+x,", "=ug"])
def test_what_is_no_mode_is_refused(text):
    with pytest.raises(BadValue, match="is no mode of files"):
        read_mode(text)


@pytest.mark.parametrize(
    ("path", "sources", "kept"),
    [
        ("x/a.txt", ("./x/a.txt",), "x/a.txt"),
        ("x/y/a.txt", ("./x/./y/*.txt",), "y/a.txt"),
        ("x/y/a.txt", ("/x/y/./a.txt",), "a.txt"),
        ("b/c", ("./a/./b", "./b/c"), "b/c"),
        ("x1/y/a", ("./x*/./y/a",), "y/a"),
    ],
)
def test_parents_keeps_what_comes_after_the_pivot(path, sources, kept):
    assert below_pivot(path, sources) == kept
