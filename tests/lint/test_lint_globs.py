import pytest

from composekit.lint.globs import fits


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("compose.yaml", "/r/compose.yaml", True),
        ("compose.yaml", "/r/a/b/compose.yaml", True),
        ("/compose.yaml", "/r/a/compose.yaml", False),
        ("*.test.yaml", "/r/a/x.test.yaml", True),
        ("*.test.yaml", "/r/a/xtest.yaml", False),
        ("dev", "/r/dev/a/compose.yaml", True),
        ("dev/", "/r/x/dev/compose.yaml", True),
        ("dev/*.yaml", "/r/dev/a.yaml", True),
        ("dev/*.yaml", "/r/dev/a/b.yaml", False),
        ("dev/**/*.yaml", "/r/dev/b.yaml", True),
        ("dev/**/*.yaml", "/r/dev/a/c/b.yaml", True),
        ("**/dev/*", "/r/dev/x", True),
        ("dev/**", "/r/dev/a/b", True),
        ("?.yaml", "/r/a.yaml", True),
        ("?.yaml", "/r/ab.yaml", False),
        ("a+b.yaml", "/r/a+b.yaml", True),
        ("./dev/x.yaml", "/r/dev/x.yaml", True),
        ("../dev", "/dev/x", True),
    ],
)
def test_a_pattern_fits_as_in_gitignore(pattern, path, expected):
    assert fits(path, (pattern,), "/r") is expected
