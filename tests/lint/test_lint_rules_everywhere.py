"""What holds for every rule: places, facts, fixes, and quiet on a good project."""

import importlib
import os
import pkgutil

import pytest
from ruamel.yaml import YAML

import composekit.swarm.convert
from composekit.lint.catalog import RULES, rule, rules
from composekit.lint.rule import PROFILES, LintContext
from composekit.lint.settings import Settings
from composekit.load.stack_fields import FIELDS
from composekit.source.diagnostic import Problem
from composekit.source.text import NOWHERE

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "lint")

GOOD = """\
name: shop

x-logging: &logging
  driver: json-file
  options:
    max-size: 10m

services:
  web:
    image: nginx:1.27.3
    restart: unless-stopped
    depends_on:
      api:
        condition: service_healthy
    ports:
      - "8080:80"
    volumes:
      - assets:/usr/share/nginx/html:ro
    networks: [front]
    logging: *logging
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost/"]
      interval: 30s
      timeout: 5s
      start_period: 10s

  api:
    image: registry.example.com/shop/api:2.1.0
    restart: unless-stopped
    command: ["serve", "--port", "8000"]
    depends_on:
      db:
        condition: service_healthy
      migrate:
        condition: service_completed_successfully
    environment:
      DATABASE_URL: postgres://shop@db:5432/shop
      CACHE_HOST: cache
      LOG_LEVEL: ${LOG_LEVEL:-info}
    secrets: [db-password]
    networks: [front, back]
    logging: *logging
    healthcheck:
      test: ["CMD-SHELL", "wget -q --spider http://localhost:8000/health || exit 1"]
      interval: 10s
      timeout: 3s

  migrate:
    image: registry.example.com/shop/api:2.1.0
    restart: on-failure
    command: ["migrate"]
    depends_on: [db]
    secrets: [db-password]
    networks: [back]

  cache:
    image: redis:7.4
    restart: unless-stopped
    networks: [back]

  db:
    image: postgres:17.2
    restart: unless-stopped
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD_FILE: /run/secrets/db-password
    secrets: [db-password]
    volumes:
      - data:/var/lib/postgresql/data
    networks: [back]
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U $$POSTGRES_USER"]
      interval: 5s
      timeout: 5s
      retries: 10

networks:
  front:
  back:

volumes:
  assets:
  data:

secrets:
  db-password:
    environment: FROM_SHELL_PASSWORD
"""


def all_cases():
    found = []
    for rule_id in RULES:
        with open(os.path.join(FIXTURES, f"{rule_id}.yaml"), encoding="utf-8") as file:
            listed = YAML(typ="safe").load(file).values()
        for name, case in [pair for cases in listed for pair in cases.items()]:
            texts = case if isinstance(case, dict) else {"compose.yaml": case}
            found.append(pytest.param(rule_id, texts, id=f"{rule_id}-{name}"))
    return found


def test_a_good_project_is_quiet_in_the_default_profile(findings):
    assert findings(GOOD) == []


@pytest.mark.parametrize(("rule_id", "texts"), all_cases())
def test_every_hit_is_placed_in_a_file_and_filled_by_its_facts(rule_id, texts, load):
    loaded = load(texts)
    if loaded.tree is None:
        return
    ctx = LintContext(loaded)
    for one in rules():
        for hit in one.check(ctx):
            assert hit.span.source is not NOWHERE
            assert hit.span.text
            assert "\n" not in hit.span.text
            assert hit.message.format(**hit.facts)[0] not in ".,"
            assert not hit.message.endswith(".")
            assert hit.hint is None or hit.hint.format(**hit.facts)


@pytest.mark.parametrize(("rule_id", "texts"), all_cases())
def test_a_fix_mends_what_it_is_offered_for(rule_id, texts, load):
    """Apply the first fix by itself: its finding is gone, and nothing of loading is broken."""
    loaded = load(texts)
    if loaded.tree is None or len(texts) > 1:
        return
    hits = list(rule(rule_id).check(LintContext(loaded)))
    hit = next((one for one in hits if one.fix is not None), None)
    if hit is None:
        return
    (text,) = texts.values()
    for edit in sorted(hit.fix.edits, key=lambda one: one.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    mended = load({"compose.yaml": text})
    assert mended.tree is not None
    assert {one.code for one in mended.report} <= {one.code for one in loaded.report}
    assert times(hit, rule(rule_id).check(LintContext(mended))) < times(hit, hits)


def times(hit, hits):
    return sum((one.facts, one.path) == (hit.facts, hit.path) for one in hits)


def test_names_are_compared_with_the_pattern_of_a_conversion():
    assert rule("CK799")._NAME.pattern == composekit.swarm.convert._SERVICE_NAME.pattern


NOT_RULES = {
    "CK741": "said of what --jobs was asked to do",
    "CK742": "said of what --image-template was asked to do",
    "CK743": "needs the files as docker reads them, which only a conversion does",
    "CK790": "CK441 tells of missing files in every profile",
    "CK791": "its value comes from the shell that converts",
    "CK792": "needs the files of secrets and configs, which a check of Compose files does not open",
    "CK793": "loading refuses what is no port",
    "CK794": "Compose rounds all but absurdly small numbers of processors to what a swarm can count",
    "CK796": "CK431 tells of unknown restart policies in every profile",
    "CK797": "CK435 tells of bad image names in every profile",
    "CK798": "CK407 tells of what no service uses in every profile",
}
"""What a conversion reports that no rule of its own tells beforehand, and why."""


def problems_of_conversion():
    """Return the severities of what modules of the conversion report by themselves, beside the table."""
    found = {}
    for module in pkgutil.iter_modules(composekit.swarm.__path__, "composekit.swarm."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Problem) and value.code.startswith("CK7"):
                found[value.code] = value.severity
    return found


def test_every_loss_of_a_swarm_has_a_rule_of_its_severity():
    told = {row.code: row.severity for row in FIELDS if row.code}
    others = problems_of_conversion()
    assert set(NOT_RULES) <= set(others)
    told |= {code: severity for code, severity in others.items() if code not in NOT_RULES}

    assert {one.INFO.id: one.INFO.severity for one in rules() if one.INFO.category == "swarm"} == told
    assert all(one.INFO.profiles == ("swarm",) for one in rules() if one.INFO.category == "swarm")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_has_rules(profile):
    assert any(Settings(profile=profile).wants(one.INFO) for one in rules())


def test_what_is_in_the_default_profile_is_in_the_strict_ones():
    for one in rules():
        if "default" in one.INFO.profiles:
            assert {"strict", "hardened"} <= set(one.INFO.profiles)


@pytest.mark.parametrize(
    ("rule_id", "options", "body"),
    [
        ("CK405", {"known": ("cach",)}, "cache: {image: x}, web: {image: x, environment: [A_HOST=cach]}"),
        ("CK503", {"allow": ("TEST_*",)}, "web: {image: x, environment: [TEST_PASSWORD=hunter2]}"),
        ("CK504", {"allow": ("example/*",)}, "web: {image: example/web}"),
        ("CK506", {"allow": ("net_admin",)}, "web: {image: x, cap_add: [NET_ADMIN]}"),
        ("CK521", {"allow": (443,)}, "web: {image: x, ports: ['443:443']}"),
        ("CK522", {"allow": (5432,)}, "db: {image: 'postgres:17', ports: ['5432:5432']}"),
        ("CK612", {"seconds": 3}, "db: {image: 'postgres:17', stop_grace_period: 5s}"),
        ("CK801", {"order": ("ports", "image")}, "web: {ports: ['1:1'], image: x}"),
        ("CK808", {"form": "list"}, "web: {image: x, environment: [A=1]}"),
    ],
)
def test_settings_of_rules_are_obeyed(rule_id, options, body, load):
    loaded = load({"compose.yaml": f"services: {{{body}}}"})

    assert list(rule(rule_id).check(LintContext(loaded)))
    assert not list(rule(rule_id).check(LintContext(loaded, {rule_id: options})))


def test_every_setting_of_a_rule_is_tested():
    tested = {"CK405", "CK503", "CK504", "CK506", "CK521", "CK522", "CK612", "CK801", "CK808"}

    assert {one.INFO.id for one in rules() if one.INFO.settings} == tested
