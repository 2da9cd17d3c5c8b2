"""One place, one finding."""

import os
from collections import Counter
from itertools import combinations

import pytest
from ruamel.yaml import YAML

from composekit.lint.catalog import RULES
from composekit.lint.engine import lint
from composekit.lint.once import SAYS_MORE
from composekit.lint.projects import projects_below
from composekit.lint.session import Job, open_project
from composekit.lint.settings import Settings
from composekit.load.request import LoadRequest

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "lint")
ALL = Settings(select=("all",))

# What is not written has no place of its own: the rule points at the name of the service that lacks it, or its image.
LACKING = frozenset({"CK515", "CK516", "CK517", "CK530", "CK531", "CK601", "CK605", "CK606", "CK608", "CK612"})
# What is wrong with a name is another matter than what stands below it.
NAMES = frozenset(("CK434", "CK438", "CK456"))
# These speak of the file, and point at its first line.
FILE = frozenset(("CK451", "CK802", "CK810", "CK811"))
REASONS = {
    ("CK402", "CK521"): "taken by two services, and open to the world: another port repairs only the first",
    ("CK404", "CK521"): "needs a range for its replicas, and is open to the world",
    ("CK404", "CK614"): "a name blocks replicas here, and other projects always",
    ("CK414", "CK521"): "added where it should have replaced, and open to the world",
    ("CK421", "CK507"): "the host's network is a risk, and makes `ports` void",
    ("CK423", "CK521"): "leads nowhere, and is open to the world where the network gets a way out",
    ("CK424", "CK614"): "the name of a service, and blocked for other projects",
    ("CK440", "CK616"): "is not there, and may be written to once it is",
    ("CK442", "CK450"): "two keys of one line",
    ("CK501", "CK510"): "the socket, and the folder it lies in",
    ("CK503", "CK523"): "a variable named for a credential, and a password in the URL in it",
    ("CK504", "CK613"): "moves, and is pulled at each start",
}


def speaks_of_another_thing(one, other):
    codes = sorted((one.code, other.code))
    if codes[0] == codes[1]:
        return one.path != other.path and (one.path[:1] != ("services",) or one.path[2:] != other.path[2:])
    # A rule for swarm says what another program makes of a place; one of style how it looks.
    if codes[1].startswith(("CK7", "CK8")) or {*codes} <= LACKING | NAMES | {"CK504", "CK529"} or {*codes} <= FILE:
        return True
    return tuple(codes) in REASONS


def repeated(found):
    """Return the pairs of findings at one place that no reason above explains."""
    places = {}
    for one in found:
        if one.span is not None:
            places.setdefault((one.span.source.name, one.span.start, one.span.end), []).append(one)
    return [
        (str(one.span), one.code, one.message, other.code, other.message)
        for group in places.values()
        for one, other in combinations(group, 2)
        if not speaks_of_another_thing(one, other)
    ]


def cases():
    for rule_id in RULES:
        with open(os.path.join(FIXTURES, f"{rule_id}.yaml"), encoding="utf-8") as file:
            listed = YAML(typ="safe").load(file)["bad"]
        for name, case in listed.items():
            yield pytest.param(case if isinstance(case, dict) else {"compose.yaml": case}, id=f"{rule_id}-{name}")


@pytest.mark.parametrize("texts", list(cases()))
def test_no_two_rules_tell_the_same_of_a_place(texts, load):
    assert repeated(lint(load(texts), ALL)) == []


@pytest.mark.skipif("COMPOSEKIT_PROJECTS" not in os.environ, reason="COMPOSEKIT_PROJECTS names no folder with projects")
def test_no_two_rules_tell_the_same_of_a_place_in_real_projects():
    top = os.environ["COMPOSEKIT_PROJECTS"]
    found = Counter()
    for files in projects_below(top):
        loaded = open_project(Job(LoadRequest(top, {}, files, all_resources=True), ALL))
        found.update((pair[1], pair[3], *pair) for pair in repeated(lint(loaded, ALL)))

    assert list(found) == []


def test_an_error_that_comes_of_a_missing_variable_is_told_alone_and_says_so(load):
    found = lint(load({"compose.yaml": "services:\n  db:\n    image: postgres:17\n    volumes: ['${NOPE}:/x']\n"}), ALL)

    assert [(one.code, one.hint) for one in found] == [("CK211", "the variable 'NOPE' is not set: give it a value")]


@pytest.mark.parametrize("code", sorted(SAYS_MORE["CK102"]))
def test_a_rule_that_knows_why_a_variable_is_missing_tells_it_alone(code, load):
    texts = next(case.values[0] for case in cases() if case.id.startswith(code))
    found = lint(load(texts), ALL)

    places = {(one.span.source.name, one.span.start) for one in found if one.code == code}
    assert places
    assert not places & {(one.span.source.name, one.span.start) for one in found if one.code == "CK102"}


def test_a_missing_variable_is_told_where_the_rule_that_knows_more_is_off(load):
    texts = next(case.values[0] for case in cases() if case.id.startswith("CK412"))

    assert "CK102" in {one.code for one in lint(load(texts), Settings(ignore=("CK412",)))}


def test_what_services_share_is_told_once(load):
    text = """
        x-check: &check {test: [CMD, "true"], interval: 1s, timeout: 5s}
        services:
          one: {image: "a:1", healthcheck: *check}
          two: {image: "a:1", healthcheck: *check}
          three: {image: "a:1", healthcheck: *check}
    """
    found = lint(load({"compose.yaml": text}), Settings(select=("CK443",)))

    assert [one.message for one in found] == [
        "the check of 'one' may take 5s, but runs every 1s; 2 other services share this"
    ]
