from types import SimpleNamespace

import pytest

from composekit.lint.engine import lint
from composekit.lint.rule import Hit, RuleInfo
from composekit.lint.settings import Settings
from composekit.source.diagnostic import Edit, Fix, Problem, Related, Severity

TEXT = "services:\n  a: {image: x}\n  b: {image: y}\n"

CANNOT_READ = Problem("CK201", Severity.ERROR, "cannot read this")
UNSET = Problem("CK101", Severity.WARNING, "variable is not set")


def made(check, *, rule_id="CK499", severity=Severity.WARNING):
    return SimpleNamespace(INFO=RuleInfo(rule_id, "made-up", severity, "correctness", "0.1"), check=check)


def each_image(ctx):
    for name, service in reversed(ctx.services.items()):
        image = service["image"]
        yield Hit(image.span, "image of '{service}'", path=("services", name), hint="look at {service}", service=name)


@pytest.fixture
def loaded(load):
    return load({"compose.yaml": TEXT})


def test_a_hit_is_stamped_with_id_and_severity(loaded):
    found = lint(loaded, Settings(), catalog=[made(each_image)])

    assert [(one.code, one.severity) for one in found] == [("CK499", Severity.WARNING)] * 2


def test_a_hits_facts_fill_message_and_hint_and_stay(loaded):
    first = lint(loaded, Settings(), catalog=[made(each_image)])[0]

    assert first.message == "image of 'a'"
    assert first.hint == "look at a"
    assert first.facts == {"service": "a"}
    assert first.path == ("services", "a")


def test_related_places_and_fixes_are_kept(loaded):
    def check(ctx):
        span = ctx.services["a"]["image"].span
        yield Hit(span, "x", related=(Related("y", span),), fix=Fix("z", (Edit(span, "w"),)))

    (one,) = lint(loaded, Settings(), catalog=[made(check)])

    assert one.related[0].message == "y"
    assert one.fix.title == "z"


def test_findings_stand_in_the_order_of_the_file(loaded):
    found = lint(loaded, Settings(), catalog=[made(each_image), made(each_image, rule_id="CK498")])

    assert [(one.span.position.line, one.code) for one in found] == [
        (2, "CK498"),
        (2, "CK499"),
        (3, "CK498"),
        (3, "CK499"),
    ]


def test_the_same_finding_at_the_same_place_is_told_once(loaded):
    def check(ctx):
        span = ctx.services["a"]["image"].span
        yield Hit(span, "x")
        yield Hit(span, "x")

    assert len(lint(loaded, Settings(), catalog=[made(check)])) == 1


def test_a_rule_that_is_off_does_not_run(loaded):
    def check(ctx):
        pytest.fail("ran")

    assert lint(loaded, Settings(ignore=("CK499",)), catalog=[made(check)]) == []


def test_what_loading_reported_is_shown_with_the_findings(loaded):
    loaded.report.add(CANNOT_READ, loaded.tree["services"]["b"].span)

    assert {one.code for one in lint(loaded, Settings(), catalog=[made(each_image)])} == {"CK201", "CK499"}


def test_without_a_tree_only_what_loading_reported_is_shown(loaded):
    loaded.tree = None
    loaded.report.add(CANNOT_READ, None)

    assert [one.code for one in lint(loaded, Settings(), catalog=[made(each_image)])] == ["CK201"]


def test_an_error_of_loading_cannot_be_ignored(loaded):
    loaded.report.add(CANNOT_READ, None)
    loaded.report.add(UNSET, None)

    assert [one.code for one in lint(loaded, Settings(ignore=("all",)))] == ["CK201"]
    assert [one.code for one in lint(loaded, Settings(select=("CK502",)))] == ["CK201"]


def test_a_warning_of_loading_can_be_ignored(loaded):
    loaded.report.add(UNSET, None)

    assert [one.code for one in lint(loaded, Settings(select=("CK1",)))] == ["CK101"]
    assert [one.code for one in lint(loaded, Settings(ignore=("CK101",), select=("CK1",)))] == []


def test_a_crash_names_the_rule(loaded):
    def check(ctx):
        raise RuntimeError("boom")
        yield

    with pytest.raises(RuntimeError) as caught:
        lint(loaded, Settings(), catalog=[made(check)])

    assert caught.value.__notes__ == ["while running CK499 (made-up) on project 'project'"]


def test_a_shared_fact_is_worked_out_once(loaded):
    calls = []

    def fact(ctx):
        calls.append(1)
        return "fact"

    def check(ctx):
        assert ctx.shared(fact) == "fact"
        yield from ()

    lint(loaded, Settings(), catalog=[made(check), made(check)])

    assert calls == [1]


def test_a_project_without_services_is_linted(load):
    assert lint(load({"compose.yaml": "services: {}\nvolumes:\n  data:\n"}), Settings()) == []
