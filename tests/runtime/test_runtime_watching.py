"""Which changes of files ask for what."""

import pytest

from composekit.images.context import Ignore
from composekit.runtime.watching import Rule, changes, look, plan


def rule(path, action="sync", target="/app", *, service="web", ignore=(), include=None):
    return Rule(service, str(path), action, target, Ignore(list(ignore)), include and Ignore(include), None, False)


def test_a_new_a_changed_and_a_deleted_file_are_told(tmp_path):
    rules = [rule(tmp_path)]
    (tmp_path / "old").write_text("1", encoding="ascii")
    (tmp_path / "gone").write_text("1", encoding="ascii")
    before = look(rules)
    (tmp_path / "old").write_text("22", encoding="ascii")
    (tmp_path / "new").write_text("1", encoding="ascii")
    (tmp_path / "gone").unlink()
    changed, gone = changes(before, look(rules))
    assert changed == [str(tmp_path / "new"), str(tmp_path / "old")]
    assert gone == [str(tmp_path / "gone")]


def test_what_is_ignored_is_not_looked_at(tmp_path):
    for name in ("node_modules/a", ".git/b", "src/c", "src/d.swp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = look([rule(tmp_path, ignore=["node_modules", "**/.git", "**/*.swp"])])
    assert list(found) == [str(tmp_path / "src" / "c")]


def test_includes_narrow_a_rule(tmp_path):
    for name in ("a.py", "b.txt"):
        (tmp_path / name).touch()
    assert list(look([rule(tmp_path, include=["**/*.py"])])) == [str(tmp_path / "a.py")]


def test_each_file_has_its_place_in_the_service():
    work = plan([rule("/code")], ["/code/a/b", "/other"], ["/code/c"])["web"]
    assert (work.put, work.remove) == ({"/code/a/b": "/app/a/b"}, {"/code/c": "/app/c"})


def test_a_rule_about_one_file_names_its_target():
    assert plan([rule("/code/file", target="/etc/file")], ["/code/file"], [])["web"].put == {"/code/file": "/etc/file"}


@pytest.mark.parametrize(
    ("action", "restart", "rebuild", "puts"),
    [
        ("sync", False, False, 1),
        ("restart", True, False, 0),
        ("sync+restart", True, False, 1),
        ("rebuild", False, True, 0),
    ],
)
def test_an_action_decides_the_work(action, restart, rebuild, puts):
    work = plan([rule("/code", action)], ["/code/a"], [])["web"]
    assert (work.restart, work.rebuild, len(work.put)) == (restart, rebuild, puts)


def test_services_that_nothing_concerns_have_no_work():
    assert plan([rule("/code"), rule("/web", service="other")], ["/web/a"], []).keys() == {"other"}
