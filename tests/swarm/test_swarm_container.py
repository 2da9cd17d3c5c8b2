import pytest

from composekit.swarm.container import plan_capabilities, plan_hosts


def test_labels_of_a_service_go_to_its_containers_and_those_of_deploy_to_itself(service):
    made = service("labels: {a: '1'}\ndeploy: {labels: {b: '2'}}")
    assert made["TaskTemplate"]["ContainerSpec"]["Labels"] == {"a": "1", "com.docker.stack.namespace": "demo"}
    assert made["Labels"] == {
        "b": "2",
        "com.docker.stack.namespace": "demo",
        "com.docker.stack.image": "nginx",
    }


def test_the_image_gets_a_tag_and_the_label_does_not(service):
    made = service("hostname: a")
    assert made["TaskTemplate"]["ContainerSpec"]["Image"] == "nginx:latest"
    assert made["Labels"]["com.docker.stack.image"] == "nginx"


def test_entrypoint_is_the_command_and_command_its_arguments(container):
    made = container('entrypoint: ["/bin/sh", "-c"]\ncommand: echo "a b"')
    assert (made["Command"], made["Args"]) == (["/bin/sh", "-c"], ["echo", "a b"])


def test_variables_are_sorted_as_they_are_sent(container):
    made = container("environment: {B: 1, A_B: x, A: '', UNSET_HERE: }")
    assert made["Env"] == ["A=", "A_B=x", "B=1", "UNSET_HERE"]


def test_a_variable_without_a_value_takes_it_from_the_shell(container):
    assert container("environment: [API_TOKEN]")["Env"] == ["API_TOKEN=t0ken"]


def test_a_service_that_is_built_asks_for_the_image_that_compose_would_build(convert):
    made = convert("services: {web: {build: .}}")
    assert made.body("services", "demo_web")["TaskTemplate"]["ContainerSpec"]["Image"] == "shop-web:latest"
    assert made.codes == ["CK712"]


def test_what_is_no_image_name_is_an_error_where_it_is_written(convert):
    made = convert("services: {web: {image: 'Nginx:'}}")
    assert made.only("CK797").span.text == "'Nginx:'"


@pytest.mark.parametrize(
    ("attributes", "check"),
    [
        ("healthcheck: {disable: true}", {"Test": ["NONE"]}),
        ("healthcheck: {test: [NONE]}", {"Test": ["NONE"]}),
        ("healthcheck: {test: curl x}", {"Test": ["CMD-SHELL", "curl x"]}),
        ("healthcheck: {interval: 1m30s}", {"Interval": 90_000_000_000}),
        (
            "healthcheck: {test: [CMD, a], timeout: 1s, retries: 3, start_period: 2s, start_interval: 500ms}",
            {
                "Test": ["CMD", "a"],
                "Timeout": 1_000_000_000,
                "StartPeriod": 2_000_000_000,
                "StartInterval": 500_000_000,
                "Retries": 3,
            },
        ),
    ],
)
def test_a_health_check(container, attributes, check):
    assert container(attributes)["Healthcheck"] == check


def test_hosts_are_address_first(container):
    assert container("extra_hosts: ['a:10.0.0.1', 'b=host-gateway']")["Hosts"] == ["10.0.0.1 a", "host-gateway b"]


def test_brackets_are_no_part_of_an_address():
    assert plan_hosts(("a=[::1]", "b=::1")) == (("a", "::1"), ("b", "::1"))


def test_capabilities_have_their_full_names_in_order():
    assert plan_capabilities(("net_admin", "CAP_SYS_TIME"), ("kill", "KILL")) == (
        ("CAP_NET_ADMIN", "CAP_SYS_TIME"),
        ("CAP_KILL",),
    )


def test_all_capabilities_stand_for_each():
    assert plan_capabilities(("all", "chown"), ("ALL", "kill")) == (("ALL",), ())
    assert plan_capabilities(("chown",), ("ALL", "kill")) == (("CAP_CHOWN",), ("ALL",))


def test_adding_a_capability_wins_over_dropping_it():
    assert plan_capabilities(("chown",), ("chown", "kill")) == (("CAP_CHOWN",), ("CAP_KILL",))


def test_ulimits_are_in_the_order_of_names(container):
    assert container("ulimits: {nproc: 5, core: 0, nofile: {soft: 1, hard: 2}}")["Ulimits"] == [
        {"Name": "core", "Hard": 0, "Soft": 0},
        {"Name": "nofile", "Hard": 2, "Soft": 1},
        {"Name": "nproc", "Hard": 5, "Soft": 5},
    ]


def test_dns_servers_and_search_domains(container):
    assert container("dns: 8.8.8.8\ndns_search: [a, b]")["DNSConfig"] == {
        "Nameservers": ["8.8.8.8"],
        "Search": ["a", "b"],
    }


def test_init_is_sent_when_it_is_said(container):
    assert "Init" not in container("hostname: a")
    assert container("init: false")["Init"] is False


def test_a_grace_period_is_in_nanoseconds(container):
    assert container("stop_grace_period: 1m30s")["StopGracePeriod"] == 90_000_000_000


def test_logging_is_the_tasks_log_driver(service):
    made = service("logging: {driver: json-file, options: {max-size: 10m}}")
    assert made["TaskTemplate"]["LogDriver"] == {"Name": "json-file", "Options": {"max-size": "10m"}}


@pytest.mark.parametrize("kind", ["file", "registry"])
def test_a_credential_spec_of_the_machine(container, kind):
    spec = container(f"credential_spec: {{{kind}: x}}")["Privileges"]["CredentialSpec"]
    assert {name.lower(): value for name, value in spec.items() if value} == {kind: "x"}


@pytest.mark.parametrize(
    ("attribute", "member", "value"),
    [
        ("hostname: '{{.Node.Hostname}}'", "Hostname", "{{.Node.Hostname}}"),
        ("working_dir: /srv", "Dir", "/srv"),
        ('user: "1000:1000"', "User", "1000:1000"),
        ("stop_signal: SIGUSR1", "StopSignal", "SIGUSR1"),
        ("tty: true", "TTY", True),
        ("stdin_open: true", "OpenStdin", True),
        ("read_only: true", "ReadOnly", True),
        ("isolation: hyperv", "Isolation", "hyperv"),
        ("sysctls: {net.core.somaxconn: 1024}", "Sysctls", {"net.core.somaxconn": "1024"}),
    ],
)
def test_an_attribute_of_the_container(container, attribute, member, value):
    assert container(attribute)[member] == value
    assert member not in container("labels: {a: b}")


def test_hosts_of_a_list_keep_their_order_and_those_of_a_mapping_are_sorted(container):
    assert container("extra_hosts: ['z:1.1.1.1', 'a:2.2.2.2', 'z:3.3.3.3']")["Hosts"] == [
        "1.1.1.1 z",
        "2.2.2.2 a",
        "3.3.3.3 z",
    ]
    assert container("extra_hosts: {z: 1.1.1.1, a: 2.2.2.2}")["Hosts"] == ["2.2.2.2 a", "1.1.1.1 z"]
