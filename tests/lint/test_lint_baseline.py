import json

import pytest

from composekit.errors import ComposekitError
from composekit.lint.baseline import compare, read_baseline, write_baseline
from composekit.lint.engine import lint
from composekit.lint.settings import Settings

TEXT = "services:\n  web:\n    image: nginx\n  db:\n    image: postgres\n"


@pytest.fixture
def found(load):
    return lambda text=TEXT: lint(load({"compose.yaml": text}), Settings(select=("CK504",)))


@pytest.fixture
def baseline(tmp_path, found):
    path = tmp_path / "ci" / "baseline.json"
    path.parent.mkdir()
    path.write_text(write_baseline(found(), str(path)), encoding="utf-8")
    return str(path)


def test_what_the_baseline_has_is_not_told(found, baseline):
    new, muted, gone = compare(found(), read_baseline(baseline), baseline)

    assert (new, gone) == ([], 0)
    assert [one.kind for one in muted] == ["baseline"] * 2


def test_moved_lines_are_still_known(found, baseline):
    assert compare(found("# words\n\n" + TEXT), read_baseline(baseline), baseline).findings == []


def test_what_is_new_is_told_and_what_is_gone_is_counted(found, baseline):
    new, muted, gone = compare(found(TEXT.replace("  db:", "  cache:")), read_baseline(baseline), baseline)

    assert [one.facts["service"] if "service" in one.facts else one.path[1] for one in new] == ["cache"]
    assert (len(muted), gone) == (1, 1)


def test_files_are_named_from_the_folder_of_the_baseline(baseline):
    with open(baseline, encoding="utf-8") as file:
        assert {one["file"] for one in json.load(file)["findings"]} == {"../compose.yaml"}


def test_what_could_not_be_read_is_never_in_a_baseline(found, tmp_path):
    errors = found("services:\n  web:\n    imag: nginx\n")
    path = str(tmp_path / "b.json")

    assert errors
    assert json.loads(write_baseline(errors, path))["findings"] == []


def test_the_same_text_is_written_again(found, baseline):
    with open(baseline, encoding="utf-8") as file:
        assert write_baseline(reversed(found()), baseline) == file.read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not a baseline of composekit"),
        ("{", "is not a baseline of composekit"),
        ('{"version": 2, "findings": []}', "is a baseline of version 2, not 1"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text, message):
    path = tmp_path / "b.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ComposekitError, match=message) as caught:
        read_baseline(str(path))
    assert caught.value.exit_code == 2


def test_a_missing_baseline_is_refused(tmp_path):
    with pytest.raises(ComposekitError, match="there is no baseline"):
        read_baseline(str(tmp_path / "b.json"))
