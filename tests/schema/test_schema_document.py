"""The schema file itself: complete, described, and only in the words that the acceptor evaluates."""

import re

import pytest
from jsonschema import Draft202012Validator

from composekit.data import data_file
from composekit.schema.accept import KEYWORDS, acceptor
from composekit.schema.compact import compact_text
from composekit.schema.document import ANNOTATIONS, COMPOSE, COMPOSE_COMPACT, python_pattern, read_schema
from composekit.source.node import from_python

SERVICE_KEYS = """
annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count
cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy
develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends
external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging
mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable
oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy
pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period
stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir
"""

SCHEMA = read_schema(COMPOSE)


def parts(part=SCHEMA, where="#"):
    """Yield every part of the schema with where it stands."""
    yield where, part
    for holder in ("$defs", "properties", "patternProperties"):
        for name, inner in part.get(holder, {}).items():
            yield from parts(inner, f"{where}/{holder}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), dict):
            yield from parts(part[keyword], f"{where}/{keyword}")


def test_it_is_a_schema_of_draft_2020_12():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_service_has_exactly_the_92_keys_of_the_specification():
    assert set(SCHEMA["$defs"]["service"]["properties"]) == set(SERVICE_KEYS.split())
    assert len(SCHEMA["$defs"]["service"]["properties"]) == 92


def test_the_file_has_the_top_level_keys_of_the_specification():
    assert set(SCHEMA["properties"]) == set(
        "version name include services networks volumes configs secrets models".split()  # noqa: SIM905
    )


def test_every_key_and_definition_has_one_sentence_of_description():
    wrong = []
    for where, part in parts():
        if re.search(r"/(properties|\$defs)/[^/]+$", where):
            text = part.get("description", "")
            if not re.fullmatch(r"[A-Z'].{8,150}\.", text) or ". " in text:
                wrong.append((where, text))

    assert wrong == []


def test_no_description_is_used_twice_in_one_object():
    for where, part in parts():
        texts = [inner["description"] for inner in part.get("properties", {}).values()]
        assert len(texts) == len(set(texts)), where


def test_only_keywords_that_the_acceptor_evaluates_are_used():
    used = {keyword for _, part in parts() for keyword in part}

    assert used <= KEYWORDS | ANNOTATIONS


def test_a_reference_stands_alone_or_beside_annotations():
    for where, part in parts():
        assert "$ref" not in part or part.keys() - {"$ref"} <= ANNOTATIONS, where


def test_every_definition_is_used_and_every_reference_resolves():
    used = {part["$ref"] for _, part in parts() if "$ref" in part}

    assert used == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def test_a_value_of_several_forms_has_a_phrase_for_messages():
    for where, part in parts():
        forms = part.get("type", "")
        mixed = isinstance(forms, list) and {"object", "array"} & set(forms)
        assert not mixed or "title" in part, where


def test_a_limited_or_patterned_value_has_a_phrase_for_messages():
    for where, part in parts():
        assert not part.keys() & {"pattern", "minimum", "maximum"} or "title" in part, where


def test_closed_and_open_objects_are_said_with_a_plain_true_or_false():
    assert {part["additionalProperties"] for _, part in parts() if "additionalProperties" in part} == {False}


def test_examples_and_defaults_fit_the_part_they_stand_in():
    tried = 0
    for where, part in parts():
        fits = acceptor({**part, "$defs": SCHEMA["$defs"]})
        for value in [*part.get("examples", []), *([part["default"]] if "default" in part else [])]:
            tried += 1
            assert fits(from_python(value)), (where, value)

    assert tried > 200


@pytest.mark.parametrize("key", ["version", "external"])
def test_what_is_obsolete_is_marked_as_deprecated(key):
    marked = {where for where, part in parts() if part.get("deprecated")}

    assert any(f"/{key}" in where for where in marked)


def test_the_compact_file_is_up_to_date():
    with open(data_file("schemas", COMPOSE_COMPACT), encoding="utf-8") as file:
        assert file.read() == compact_text(SCHEMA), "run: python -m composekit.schema.compact"


def test_the_compact_file_keeps_keys_that_are_called_like_annotations():
    schema = {"description": "Gone.", "properties": {"description": {"title": "gone", "type": "string"}}}

    assert compact_text(schema) == '{"properties":{"description":{"type":"string"}}}\n'


@pytest.mark.parametrize(("pattern", "read"), [("^a$", r"^a\Z"), ("a", "a"), (r"a\$", r"a\$")])
def test_a_dollar_at_the_end_means_the_end_of_the_text(pattern, read):
    assert python_pattern(pattern) == read
