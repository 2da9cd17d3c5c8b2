"""What rules about mounts, commands, variables, networks and places work with."""

import pytest

from composekit.lint.addresses import fixed_addresses, read_subnet, subnets
from composekit.lint.capabilities import CAPABILITIES, capability
from composekit.lint.commands import commands, health_tests, is_shell
from composekit.lint.credentials import is_credential_name, is_literal_or_placeholder, is_placeholder, url_passwords
from composekit.lint.edits import add_key, is_alone, quote, remove_lines
from composekit.lint.environment import host_uses
from composekit.lint.images import data_directory, missing_tools
from composekit.lint.layout import in_order, scalars
from composekit.lint.links import is_external, is_internal, names_of, networks_of, share_a_network
from composekit.lint.mounts import covers, mounts, written_source
from composekit.lint.paths import make_read_only, system_directory
from composekit.lint.ports import bind_to_localhost, is_database_port, published_ports
from composekit.lint.reading import place
from composekit.lint.rule import LintContext
from composekit.lint.services import has_health_check, name_span, needs, one_shots, restart_policy
from composekit.lint.templates import variable_uses
from composekit.source.text import Source, Span


@pytest.fixture
def context(load):
    def make(body):
        return LintContext(load({"compose.yaml": body}))

    return make


def web(body):
    return f"services:\n  web:\n    image: example/web:1.0\n    {body}\n"


@pytest.mark.parametrize(
    ("written", "source", "target"),
    [
        ("./site:/site", "./site", "/site"),
        ('"./site:/site:ro"', "./site", "/site"),
        ("'${HERE:-./a}:/site'", "${HERE:-./a}", "/site"),
        ("/data", "/data", "/data"),
        ("C:\\data:/site", "C:\\data", "/site"),
    ],
)
def test_the_parts_of_a_short_mount_stand_in_its_text(context, written, source, target):
    (mount,) = mounts(context(web(f"volumes: [{written}]")))

    assert written_source(mount) == source
    assert mount.target_span.text == target


def test_a_long_mount_keeps_the_places_of_its_values(context):
    (mount,) = mounts(context(web("volumes: [{type: bind, source: ./a, target: /b, read_only: true}]")))

    assert (mount.source_span.text, mount.target_span.text, mount.read_only) == ("./a", "/b", True)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [("/a", "/a", True), ("/a/", "/a/b", True), ("/", "/a", True), ("/a", "/ab", False), ("/a/b", "/a", False)],
)
def test_a_directory_covers_what_is_below_it(outer, inner, expected):
    assert covers(outer, inner) is expected


def test_only_whole_directories_of_the_system_count_and_only_where_they_are_written(context):
    found = mounts(context(web("volumes: ['/etc:/a', '/etc/hosts:/b', '/srv:/c', './etc:/d', 'etc:/e']")))

    assert [system_directory(mount) for mount in found] == ["/etc", "", "", "", ""]
    assert make_read_only(found[0]).edits[0].span.position.column == len("    volumes: ['/etc:/a") + 1


def test_a_command_is_a_text_or_a_list(context):
    ctx = context(web('command: serve --port 80\n    entrypoint: ["/bin/sh", "-c"]'))

    text, listed = sorted(commands(ctx), key=lambda one: one.key)
    assert (text.words, text.is_text) == (["serve", "--port", "80"], True)
    assert (listed.words, listed.is_text) == (["/bin/sh", "-c"], False)
    assert is_shell(listed.words[0])


def test_a_health_check_written_as_text_is_for_a_shell(context):
    (test,) = health_tests(context(web("healthcheck: {test: curl -f localhost}")))

    assert test.words[0] == "CMD-SHELL"


def test_variables_are_found_with_operator_default_and_place(context):
    used = variable_uses(context(web('labels: {a: "x ${A:-${B:-c}} $D $$E"}')))

    assert [(one.name, one.operator, one.argument) for one in used] == [
        ("A", ":-", "${B:-c}"),
        ("B", ":-", "c"),
        ("D", "", ""),
    ]
    assert used[0].span.text == "${A:-${B:-c}}"
    assert used[2].span.text == "$D"


def test_a_variable_behind_an_alias_is_found_once(context):
    used = variable_uses(
        context("x-a: &a {tag: '$T'}\nservices: {w: {image: x, labels: *a}, v: {image: x, labels: *a}}")
    )

    assert [one.name for one in used] == ["T"]


def test_services_of_different_networks_share_none(context):
    ctx = context(
        "services: {a: {image: x, networks: [n]}, b: {image: x}, c: {image: x, network_mode: host}}\n"
        "networks: {n: {internal: true}}"
    )
    a, b, c = (ctx.services[name] for name in "abc")

    assert networks_of(ctx, a) == {"n"}
    assert networks_of(ctx, c) is None
    assert not share_a_network(ctx, a, b)
    assert share_a_network(ctx, a, c)
    assert is_internal(ctx, "n")
    assert not is_external(ctx, "n")


def test_names_resolve_on_the_networks_of_their_services(context):
    ctx = context(
        "services: {a: {image: x, container_name: aa, networks: {n: {aliases: [b]}}}, b: {image: x}}\nnetworks: {n: {}}"
    )

    assert names_of(ctx) == {"n": {"a": {"a"}, "aa": {"a"}, "b": {"a"}}, "default": {"b": {"b"}}}


def test_dependencies_that_are_only_implied_are_not_written(context):
    ctx = context("services: {a: {image: x, links: [b], depends_on: [c]}, b: {image: x}, c: {image: x}}")

    assert [(one.needed, one.condition, one.span.text) for one in needs(ctx)] == [("c", "service_started", "c")]


def test_a_dependency_may_be_optional(context):
    ctx = context(
        "services: {a: {image: x, depends_on: {b: {condition: service_healthy, required: false}}}, b: {image: x}}"
    )

    assert [one.required for one in needs(ctx)] == [False]


def test_services_that_end_are_told_from_those_that_run(context):
    ctx = context(
        "services:\n"
        "  run: {image: x, depends_on: {init: {condition: service_completed_successfully}}}\n"
        "  init: {image: x}\n"
        "  once: {image: x, restart: 'no'}\n"
        "  tool: {image: x, profiles: [t]}\n"
        "  built: {image: x, command: 'true'}\n"
        "  none: {image: x, scale: 0}\n"
        "  ever: {image: x, restart: always}\n"
    )

    assert one_shots(ctx) == {"init", "once", "tool", "built", "none"}
    assert restart_policy(ctx.services["ever"]).value == "always"
    assert name_span(ctx, "tool").text == "tool"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("{test: [CMD, a]}", True),
        ("{test: a}", True),
        ("{test: [NONE]}", False),
        ("{disable: true}", False),
        ("{interval: 1s}", False),
    ],
)
def test_a_health_check_counts_when_it_tests_something(context, check, expected):
    assert has_health_check(context(web(f"healthcheck: {check}")).services["web"]) is expected


def test_hosts_in_commands_are_urls_and_services_with_a_port(context):
    ctx = context(
        "services:\n"
        '  web: {image: x, command: [wait, "db:5432", "image:1.0", "--api=http://api:80/", "user:group"]}\n'
        "  db: {image: x}\n"
    )

    assert [(one.host, one.port, one.span.text) for one in host_uses(ctx)] == [("db", 5432, "db"), ("api", 80, "api")]


def test_addresses_that_cannot_be_read_are_left_out(context):
    ctx = context(
        "services:\n"
        "  a: {image: x, networks: {n: {ipv4_address: 10.0.0.2}}}\n"
        "  b: {image: x, networks: {n: {ipv4_address: x}}}\n"
        "networks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}, {subnet: auto}]}}}\n"
    )

    assert [str(one.net) for one in subnets(ctx)] == ["10.0.0.0/24"]
    assert [str(one.ip) for one in fixed_addresses(ctx)] == ["10.0.0.2"]
    assert read_subnet("fd00::/64").prefixlen == 64
    assert read_subnet("") is None


@pytest.mark.parametrize("written", ["net_admin", "CAP_NET_ADMIN", "NET_ADMIN"])
def test_a_capability_has_one_name(written):
    assert capability(written) in CAPABILITIES


@pytest.mark.parametrize(
    ("text", "passwords"),
    [
        ("postgres://app:hunter2@db/app", ["hunter2"]),
        ("a http://u:p1@x and redis://:p2@y", ["p1", "p2"]),
        ("postgres://app:${PW}@db", []),
        ("postgres://app:changeme@db", []),
        ("http://host:80/a@b", []),
    ],
)
def test_passwords_of_urls_are_found_where_they_are_literal(text, passwords):
    assert url_passwords(text) == passwords


def test_placeholders_are_told_from_literals():
    assert is_placeholder("changeme")
    assert is_literal_or_placeholder("changeme")
    assert not is_literal_or_placeholder("/run/secrets/x")
    assert is_credential_name("DB_PASSWORD")
    assert not is_credential_name("PASSWORD_FILE")


@pytest.mark.parametrize(
    ("image", "missing"),
    [
        ("node:22-alpine", {"curl"}),
        ("python:3.13-slim", {"curl", "wget"}),
        ("postgres:17", {"curl", "wget"}),
        ("postgres:17-alpine", {"curl"}),
        ("node:22", set()),
        ("alpine:3.22", {"curl"}),
        ("nginx:1.27-alpine", set()),
        ("registry.example.com/node:22-alpine", set()),
        ("", set()),
    ],
)
def test_tools_are_known_to_be_missing_from_official_images_only(image, missing):
    assert missing_tools(image) == missing


@pytest.mark.parametrize(
    ("image", "directory"),
    [
        ("postgres:17", "/var/lib/postgresql/data"),
        ("postgres:18-alpine", "/var/lib/postgresql"),
        ("mysql", "/var/lib/mysql"),
        ("nginx", ""),
    ],
)
def test_databases_have_a_data_directory(image, directory):
    assert data_directory(image) == directory


def test_only_ports_in_quotes_get_an_address(context):
    ports = '["1:6379", 2:6379, "[::1]:3:6379", "4:80"]'
    found = published_ports(context(f'services: {{db: {{image: "redis:7.4", ports: {ports}}}}}'))

    assert [bind_to_localhost(port) is not None for port in found] == [True, False, False, True]


def test_the_port_of_a_database_is_known_by_its_image(context):
    ctx = context('services: {db: {image: "redis:7.4", ports: ["1:6379", "2:80"]}}')

    assert [is_database_port(ctx, port) for port in published_ports(ctx)] == [True, False]


def test_keys_stand_in_the_order_they_were_written(context):
    ctx = context("x-a: &a {restart: always}\nservices: {w: {ports: [1:1], <<: *a, image: x}}")

    assert in_order(ctx.documents[0]["services"]["w"]) == ["ports", "image"]
    assert {node.raw for node in scalars(ctx.documents[0])} == {"always", "1:1", "x"}


def test_a_place_is_on_one_line(context):
    ctx = context("services:\n  w:\n    image: x\n    command:\n      - a\n      - b\n")

    assert place(ctx.documents[0]).text == "services"
    assert place(ctx.documents[0]["services"]["w"]["command"]).text == "a"


def span(text, part):
    return Span(Source("f", text), text.index(part), text.index(part) + len(part))


def applied(text, edit):
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


def test_quotes_and_lines_are_edited_as_text():
    text = "a:\n  b: 1 # one\n  c: 2\n"

    assert applied(text, quote(span(text, "1"))) == 'a:\n  b: "1" # one\n  c: 2\n'
    assert applied(text, remove_lines(span(text, "b: 1"))) == "a:\n  c: 2\n"
    assert is_alone(span(text, "b: 1"))
    assert not is_alone(span(text, "1"))


def test_a_key_is_added_above_the_first_one_of_a_block(context):
    ctx = context(web("ports: []"))
    text = ctx.documents[0].span.source.text

    assert applied(text, add_key(ctx.documents[0]["services"]["web"], ("init: true",))) == text.replace(
        "    image", "    init: true\n    image"
    )
    assert add_key(context("services: {w: {image: x}}").documents[0]["services"]["w"], ("init: true",)) is None
