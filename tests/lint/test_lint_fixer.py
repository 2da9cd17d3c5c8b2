"""Fixes: which are made together, which are taken back, and that an end is reached."""

from types import SimpleNamespace

import pytest

from composekit.lint.engine import examine
from composekit.lint.fixer import fix
from composekit.lint.rule import Hit, RuleInfo
from composekit.lint.settings import Settings
from composekit.load.pipeline import load as load_project
from composekit.load.request import LoadRequest
from composekit.source.diagnostic import Edit, Fix, Severity
from composekit.source.text import Span

TEXT = "# top\nservices:\n  web:\n    image: nginx:1  # kept\n    hostname: web\n"


def rule(check, rule_id="XX1"):
    return SimpleNamespace(INFO=RuleInfo(rule_id, f"made-{rule_id}", Severity.WARNING, "style", "0.1"), check=check)


def replacing(key, text, *, safe=True):
    """Return a rule that wants a value of the service to be another text."""

    def check(ctx):
        node = ctx.services["web"].get(key)
        if node is not None and node.span.text != text:
            yield Hit(node.span, "wrong", path=(key,), fix=Fix("right", (Edit(node.span, text),), safe))

    return check


@pytest.fixture
def fixed(tmp_path):
    file = str(tmp_path / "compose.yaml")

    def run(*rules, text=TEXT, unsafe=False):
        calls = []

        def check(texts):
            calls.append(1)
            request = LoadRequest(str(tmp_path), {}, (file,), project_name="p", texts={file: text, **texts})
            loaded = load_project(request)
            return [loaded], lambda: examine(loaded, Settings(select=("all",)), catalog=list(rules)).findings

        result = fix(check, {}, unsafe=unsafe)
        run.calls = len(calls)
        return result.texts.get(file, text), result

    return run


def test_a_safe_fix_is_made_and_everything_else_stays(fixed):
    text, result = fixed(rule(replacing("image", '"nginx:1"')))

    assert text == TEXT.replace("nginx:1", '"nginx:1"')
    assert (result.made, result.refused) == (1, 0)


def test_a_fix_that_calls_itself_safe_but_changes_the_project_is_taken_back(fixed):
    good, bad = rule(replacing("image", '"nginx:1"')), rule(replacing("hostname", "db"), "XX2")
    text, result = fixed(good, bad)

    assert text == TEXT.replace("nginx:1", '"nginx:1"')
    assert (result.made, result.refused) == (1, 1)


def test_a_fix_that_breaks_the_file_is_taken_back(fixed):
    text, result = fixed(rule(replacing("image", "[")))

    assert (text, result.refused) == (TEXT, 1)


def test_an_unsafe_fix_is_made_only_when_asked(fixed):
    bad = rule(replacing("hostname", "db", safe=False))

    assert fixed(bad)[0] == TEXT
    assert fixed(bad, unsafe=True)[0] == TEXT.replace("hostname: web", "hostname: db")


def test_of_fixes_that_collide_one_is_made_in_each_round(fixed):
    one, other = rule(replacing("image", '"nginx:1"')), rule(replacing("image", "'nginx:1'"), "XX2")
    text, _ = fixed(one, other)

    assert text in {TEXT.replace("nginx:1", '"nginx:1"'), TEXT.replace("nginx:1", "'nginx:1'")}
    assert fixed.calls < 60


def test_a_fix_that_uncovers_another_finding_is_followed(fixed):
    def quote_next(ctx):
        done = ctx.services["web"]["image"].span.text.startswith('"')
        if done:
            yield from replacing("hostname", '"web"')(ctx)

    text, result = fixed(rule(replacing("image", '"nginx:1"')), rule(quote_next, "XX2"))

    assert text == TEXT.replace("nginx:1", '"nginx:1"').replace("hostname: web", 'hostname: "web"')
    assert result.made == 2


def test_fixes_of_a_file_that_cannot_be_read_are_made(fixed):
    wrong = TEXT.replace("image", "imag")

    assert fixed(text=wrong)[0] == wrong
    assert fixed(text=wrong, unsafe=True)[0] == TEXT


def test_nothing_to_fix_changes_nothing(fixed):
    assert fixed()[1].texts == {}


def test_a_fix_that_suits_one_project_and_breaks_another_is_taken_back(tmp_path):
    base, layer = str(tmp_path / "base.yaml"), str(tmp_path / "layer.yaml")
    given = {base: TEXT, layer: "services:\n  web:\n    cap_add: [SYS_TIME]\n"}

    def add_cap(ctx):
        if "cap_add" not in ctx.services["web"]:
            span = ctx.services["web"]["hostname"].span
            at = Span(span.source, span.end, span.end)
            fix = Fix("x", (Edit(at, "\n    cap_add: [SYS_TIME]"),), safe=False)
            yield Hit(span, "no cap", path=("cap",), fix=fix)

    def check(texts):
        loaded = [
            load_project(LoadRequest(str(tmp_path), {}, files, project_name="p", texts={**given, **texts}))
            for files in ((base,), (base, layer))
        ]
        found = [
            one for each in loaded for one in examine(each, Settings(select=("all",)), catalog=[rule(add_cap)]).findings
        ]
        return loaded, lambda: found

    before = check({})[0]
    assert not any(one.report.has_errors for one in before)
    result = fix(check, {}, unsafe=True)
    after = check(result.texts)[0]

    assert not any(one.report.has_errors for one in after)
    assert (result.made, result.refused) in {(1, 0), (0, 1)}


def test_what_an_unsafe_fix_writes_is_made_safely_right_in_the_same_run(fixed):
    def rename(ctx):
        node = ctx.services["web"]["hostname"]
        if node.value == "web":
            yield Hit(node.span, "wrong", fix=Fix("rename", (Edit(node.span, "other"),), safe=False))

    def put_in_quotes(ctx):
        node = ctx.services["web"]["hostname"]
        if node.value == "other" and not node.style:
            yield Hit(node.span, "plain", fix=Fix("put in quotes", (Edit(node.span, '"other"'),)))

    text, result = fixed(rule(rename, "XX1"), rule(put_in_quotes, "XX2"), unsafe=True)

    assert 'hostname: "other"' in text
    assert (result.made, result.refused) == (2, 0)
