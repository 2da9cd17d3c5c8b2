"""How an override joins what it overrides: base, override, expected."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = {
    "scalars are replaced": ("hostname: a", "hostname: b", {"hostname": "b"}),
    "null leaves what was there": ("hostname: a", "hostname:", {"hostname": "a"}),
    "lists are appended": ("cap_add: [A]", "cap_add: [B]", {"cap_add": ["A", "B"]}),
    "equal items of a list of names become one": ("cap_add: [A, B]", "cap_add: [A]", {"cap_add": ["A", "B"]}),
    "commands are replaced": ("command: a b", "command: [c]", {"command": ["c"]}),
    "entrypoints are replaced": ("entrypoint: [a]", "entrypoint: b c", {"entrypoint": ["b", "c"]}),
    "health check tests are replaced": (
        "healthcheck: {test: [CMD, a], retries: 1}",
        "healthcheck: {test: b}",
        {"healthcheck": {"test": ["CMD-SHELL", "b"], "retries": 1}},
    ),
    "variables are joined by name, whatever their form": (
        "environment: {A: 1, B: 2}",
        "environment: [B=3, C]",
        {"environment": {"A": "1", "B": "3", "C": None}},
    ),
    "labels are joined by name": ("labels: [a=1]", "labels: {a: 2, b: 3}", {"labels": {"a": "2", "b": "3"}}),
    "build arguments are joined by name": (
        "build: {context: /x, args: [A=1]}",
        "build: {args: {A: 2, B: 3}}",
        {"build": {"context": "/x", "dockerfile": "Dockerfile", "args": {"A": "2", "B": "3"}}},
    ),
    "a short build joins a long one": (
        "build: /x",
        "build: {target: t}",
        {"build": {"context": "/x", "dockerfile": "Dockerfile", "target": "t"}},
    ),
    "volumes are joined by target": (
        "volumes: ['/a:/x', '/b:/y']",
        "volumes: ['/c:/x:ro']",
        {
            "volumes": [
                {"type": "bind", "source": "/c", "target": "/x", "read_only": True, "bind": {"create_host_path": True}},
                {"type": "bind", "source": "/b", "target": "/y", "bind": {"create_host_path": True}},
            ]
        },
    ),
    "ports are appended, and the same port is one": (
        "ports: ['80:80']",
        "ports: ['80:80', {target: 81}]",
        {
            "ports": [
                {"mode": "ingress", "target": 80, "published": "80", "protocol": "tcp"},
                {"target": 81, "protocol": "tcp", "mode": "ingress"},
            ]
        },
    ),
    "options of one logging driver are merged": (
        "logging: {driver: a, options: {x: 1}}",
        "logging: {options: {y: 2}}",
        {"logging": {"driver": "a", "options": {"x": "1", "y": "2"}}},
    ),
    "another logging driver replaces all": (
        "logging: {driver: a, options: {x: 1}}",
        "logging: {driver: b}",
        {"logging": {"driver": "b"}},
    ),
    "limits are replaced": ("ulimits: {n: {soft: 1, hard: 2}}", "ulimits: {n: 3}", {"ulimits": {"n": 3}}),
    "extra hosts are joined and sorted": (
        "extra_hosts: ['b:10.0.0.2']",
        "extra_hosts: {a: 10.0.0.1}",
        {"extra_hosts": ["a=10.0.0.1", "b=10.0.0.2"]},
    ),
    "devices are joined by target": (
        "devices: ['/dev/a:/dev/x']",
        "devices: ['/dev/b:/dev/x:r']",
        {"devices": [{"source": "/dev/b", "target": "/dev/x", "permissions": "r"}]},
    ),
    "name servers are joined": ("dns: 1.1.1.1", "dns: [8.8.8.8, 1.1.1.1]", {"dns": ["1.1.1.1", "8.8.8.8"]}),
    "!reset takes away": ("hostname: a\ncap_add: [A]", "hostname: !reset null", {"cap_add": ["A"]}),
    "!reset of a list takes all of it": ("cap_add: [A]", "cap_add: !reset []", {}),
    "!override replaces instead of joining": ("cap_add: [A]", "cap_add: !override [B]", {"cap_add": ["B"]}),
    "!reset deep inside takes only that": (
        "environment: {A: 1, B: 2}",
        "environment: {A: !reset null}",
        {"environment": {"B": "2"}},
    ),
    "hooks are appended": (
        "post_start: [{command: a}]",
        "post_start: [{command: b}]",
        {"post_start": [{"command": ["a"]}, {"command": ["b"]}]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_override_joins_its_base(case, merged):
    base, override, expected = CASES[case]
    assert merged(base, override) == expected


def test_dependencies_are_joined_whatever_their_form(plain):
    first = "services: {web: {image: x, depends_on: [a]}, a: {image: x}, b: {image: x}}"
    second = "services: {web: {depends_on: {b: {condition: service_healthy}}}}"
    project = plain({"1.yaml": first, "2.yaml": second}, use=("1.yaml", "2.yaml"))
    assert project["services"]["web"]["depends_on"] == {
        "a": {"condition": "service_started", "required": True},
        "b": {"condition": "service_healthy", "required": True},
    }


def test_several_documents_of_a_file_are_merged(plain):
    project = plain("services: {web: {image: a}}\n---\nservices: {web: {hostname: h}}\n")
    assert project["services"]["web"]["image"] == "a"
    assert project["services"]["web"]["hostname"] == "h"


def test_address_pools_of_one_subnet_are_merged(plain):
    top = "services: {web: {image: x}}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/8}]}}}\n"
    over = "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/8, gateway: 10.0.0.1}]}}}\n"
    project = plain({"1.yaml": top, "2.yaml": over}, use=("1.yaml", "2.yaml"))
    assert project["networks"]["n"]["ipam"] == {"config": [{"subnet": "10.0.0.0/8", "gateway": "10.0.0.1"}]}


NAMES = st.sampled_from(["A", "B", "C"])
SERVICES = st.fixed_dictionaries(
    {"image": st.just("x")},
    optional={
        "environment": st.dictionaries(NAMES, st.sampled_from(["1", "2"]), min_size=1),
        "cap_add": st.lists(NAMES, min_size=1, unique=True),
        "labels": st.dictionaries(NAMES, st.sampled_from(["x", "y"]), min_size=1),
        "hostname": NAMES,
        "expose": st.lists(st.sampled_from(["80", "81"]), min_size=1, unique=True),
        "volumes": st.lists(st.sampled_from(["/a:/x", "/b:/y"]), min_size=1, unique=True),
    },
)
PROPERTY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@PROPERTY
@given(service=SERVICES, override=st.sampled_from(["{}", "services: {}", "services: {web: {}}", "services: {web: }"]))
def test_an_empty_override_changes_nothing(service, override, plain):
    import json

    base = json.dumps({"services": {"web": service}})
    assert plain({"1.yaml": base, "2.yaml": override}, use=("1.yaml", "2.yaml")) == plain(
        {"1.yaml": base}, use=("1.yaml",)
    )


@PROPERTY
@given(service=SERVICES)
def test_a_service_merged_over_itself_stays_as_it_is(service, plain):
    import json

    base = json.dumps({"services": {"web": service}})
    once, twice = (plain({"1.yaml": base}, use=("1.yaml",) * count) for count in (1, 2))
    assert once == twice


@PROPERTY
@given(first=SERVICES, second=SERVICES, third=SERVICES)
def test_an_override_wins_key_by_key(first, second, third, plain):
    import json

    files = {f"{at}.yaml": json.dumps({"services": {"web": one}}) for at, one in enumerate((first, second, third))}
    service = plain(files, use=tuple(files))["services"]["web"]
    for key in ("environment", "labels"):
        expected = {**first.get(key, {}), **second.get(key, {}), **third.get(key, {})}
        assert service.get(key, {}) == expected
