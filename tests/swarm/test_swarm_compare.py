"""Specs as the engine gives them back against those that were sent."""

import copy

import pytest
from swarm_conversion import FIXTURES, convert_file, path_of

from composekit.swarm.compare import Change, compare, settled

NETWORKS = {"abc": "demo_default"}


def as_given_back(body):
    """What engine 20.10 makes of a request: ids for networks, and defaults in some places."""
    spec = copy.deepcopy(body)
    template = spec["TaskTemplate"]
    for one in template["Networks"]:
        one["Target"] = f"id-{one['Target']}"
    container = template["ContainerSpec"]
    container.setdefault("Isolation", "default")
    container["Privileges"] = {"CredentialSpec": container["Privileges"]["CredentialSpec"], "SELinuxContext": None}
    for kind in ("Secret", "Config"):
        for use in container.get(f"{kind}s", ()):
            use[f"{kind}ID"] = "someid"
    template["Runtime"] = "container"
    spec["EndpointSpec"].setdefault("Mode", "vip")
    for port in spec["EndpointSpec"].get("Ports", ()):
        port.setdefault("Protocol", "tcp")
        port.setdefault("PublishMode", "ingress")
    for name in ("UpdateConfig", "RollbackConfig"):
        if name in spec:
            spec[name] = {"FailureAction": "pause", **spec[name]}
            spec[name]["Order"] = spec[name]["Order"] or "stop-first"
    return spec


@pytest.mark.parametrize("case", FIXTURES)
def test_what_the_engine_fills_in_is_no_difference(case):
    for body in convert_file(path_of(case)).bodies["services"]:
        names = {f"id-{one['Target']}": one["Target"] for one in body["TaskTemplate"]["Networks"]}
        assert compare(settled(as_given_back(body), names), settled(body, names)) == []


def changes(before, after):
    return compare(settled(before, NETWORKS), settled(after, NETWORKS))


def body(**members):
    container = members.pop("container", {})
    template = {"ContainerSpec": {"Image": "nginx", **container}, **members.pop("template", {})}
    return {"Name": "web", "Labels": {}, "TaskTemplate": template, "Mode": {"Replicated": {}}, **members}


def test_a_field_is_told_by_its_path():
    found = changes(body(), body(Mode={"Replicated": {"Replicas": 3}}))
    assert found == [Change("Mode.Replicas", 1, 3)]


def test_another_kind_of_service_is_told():
    assert changes(body(), body(Mode={"Global": {}})) == [
        Change("Mode.Kind", "replicated", "global"),
        Change("Mode.Replicas", 1, None),
    ]


def test_values_of_variables_are_never_told():
    found = changes(body(container={"Env": ["A=1", "B=2", "C=3"]}), body(container={"Env": ["A=9", "C=3", "D=4"]}))
    path = "TaskTemplate.ContainerSpec.Env"
    assert [(one.path, one.before, one.after) for one in found] == [
        (f"{path}.A", "(hidden)", "(hidden)"),
        (f"{path}.B", "(hidden)", None),
        (f"{path}.D", None, "(hidden)"),
    ]


def test_an_empty_variable_is_not_an_absent_one():
    assert len(changes(body(container={"Env": ["A="]}), body(container={"Env": []}))) == 1
    assert len(changes(body(container={"Env": ["A="]}), body(container={"Env": ["A"]}))) == 1


def test_the_order_of_variables_means_nothing_and_that_of_words_does():
    assert changes(body(container={"Env": ["A=1", "B=2"]}), body(container={"Env": ["B=2", "A=1"]})) == []
    assert len(changes(body(container={"Args": ["a", "b"]}), body(container={"Args": ["b", "a"]}))) == 1


def test_a_network_is_told_by_its_name():
    attached = body(template={"Networks": [{"Target": "abc", "Aliases": ["web"]}]})
    assert changes(attached, body(template={"Networks": [{"Target": "demo_default", "Aliases": ["web"]}]})) == []
    assert [one.path for one in changes(attached, body())] == [
        "TaskTemplate.Networks.demo_default.Aliases",
        "TaskTemplate.Networks.demo_default.Attached",
    ]


def test_zero_at_once_is_not_one_at_once():
    found = changes(body(UpdateConfig={"Parallelism": 1}), body(UpdateConfig={"Parallelism": 0}))
    assert found == [Change("UpdateConfig.Parallelism", 1, 0)]


def test_init_that_is_off_is_not_init_that_is_left_to_the_engine():
    assert changes(body(), body(container={"Init": False})) == [Change("TaskTemplate.ContainerSpec.Init", None, False)]


def test_a_config_with_another_name_in_the_same_file_is_one_change():
    def used(name):
        return body(container={"Configs": [{"ConfigName": name, "ConfigID": name * 3, "File": {"Name": "/settings"}}]})

    (change,) = changes(used("a"), used("b"))
    assert (change.path, change.before, change.after) == (
        "TaskTemplate.ContainerSpec.Configs./settings.ConfigName",
        "a",
        "b",
    )
