import pytest

from composekit.errors import UsageError
from composekit.lint.rule import RuleInfo
from composekit.lint.settings import Settings, make_settings
from composekit.source.diagnostic import Severity

PORTS = RuleInfo("CK402", "host-port-twice", Severity.ERROR, "correctness", "0.1")
SOCKET = RuleInfo("CK501", "control-socket", Severity.WARNING, "security", "0.1")


def on(settings):
    return [info.id for info in (PORTS, SOCKET) if settings.wants(info)]


def test_the_rules_of_the_default_profile_are_on_by_default():
    extra = SOCKET._replace(profiles=("strict",))

    assert on(Settings()) == ["CK402", "CK501"]
    assert not Settings().wants(extra)
    assert Settings(profile="strict").wants(extra)
    assert Settings(select=("security",)).wants(extra)


@pytest.mark.parametrize(
    "selector", ["CK402", "CK4", "CK40", "CK4*", "CK?02", "host-port-twice", "host-*", "correctness"]
)
def test_a_selector_names_rules_by_id_pattern_name_or_category(selector):
    assert on(Settings(select=(selector,))) == ["CK402"]
    assert on(Settings(ignore=(selector,))) == ["CK501"]


def test_all_selects_everything():
    assert on(Settings(select=("all",))) == ["CK402", "CK501"]


def test_ignore_wins():
    assert on(Settings(select=("CK402", "CK501"), ignore=("CK4",))) == ["CK501"]


def test_selectors_may_be_joined_by_commas():
    assert make_settings(["CK402, security"], ["CK501"], [PORTS, SOCKET]) == Settings(("CK402", "security"), ("CK501",))


@pytest.mark.parametrize("selector", ["CK1", "CK201", "reliability"])
def test_a_selector_may_name_what_loading_reports_or_a_category_without_rules_yet(selector):
    assert make_settings([], [selector], [PORTS]).ignore == (selector,)


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("CK499", "did you mean 'CK402'?"),
        ("host-port-twic", "did you mean 'host-port-twice'?"),
        ("zzzz", "composekit rules"),
    ],
)
def test_a_selector_that_matches_nothing_is_a_usage_error(selector, hint):
    with pytest.raises(UsageError, match=f"no rule matches '{selector}'") as caught:
        make_settings([selector], [], [PORTS, SOCKET])

    assert hint in caught.value.hint
