"""What rules share: looking into nodes, images, ports, variables and host names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.lint.credentials import is_literal
from composekit.lint.environment import host_uses, variables
from composekit.lint.images import default_ports, has_no_health_check, read_image
from composekit.lint.ports import addresses_meet, container_ports, published_ports
from composekit.lint.reading import has_variable, narrow, number, text
from composekit.lint.rule import LintContext, may_run_together
from composekit.lint.rules.host_name_misspelt import _alike, _by_shortened, is_one_letter_away
from composekit.source.node import Scalar, from_python
from composekit.source.text import Source, Span


def span_of(written):
    return Span(Source("f", written), 0, len(written))


@pytest.fixture
def context(load):
    def make(body):
        return LintContext(load({"compose.yaml": body}))

    return make


@pytest.mark.parametrize(
    ("reference", "tag"),
    [
        ("redis:7.4", "7.4"),
        ("localhost:5000/app", ""),
        ("", None),
        ("Not An Image", None),
        (":latest", None),
    ],
)
def test_a_reference_that_is_no_image_has_no_parts(reference, tag):
    image = read_image(reference)

    assert (image.tag if image else None) == tag


def test_an_image_of_another_registry_is_not_taken_for_the_official_one():
    assert has_no_health_check("docker.io/library/postgres:17")
    assert has_no_health_check("library/postgres@sha256:" + "a" * 64)
    assert not has_no_health_check("registry.example.com/postgres:17")
    assert default_ports("postgres:17-alpine") == (5432,)
    assert default_ports("docker.io/postgis/postgis") == (5432,)
    assert default_ports("registry.example.com/postgres:17") == ()


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("", "", True),
        ("", "127.0.0.1", True),
        ("", "::", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("0.0.0.0", "::", False),
        ("::", "::1", True),
        ("::1", "127.0.0.1", False),
    ],
)
def test_addresses_meet_within_their_family(one, other, meet):
    assert addresses_meet(one, other) is meet
    assert addresses_meet(other, one) is meet


def test_only_written_host_ports_are_published(context):
    ctx = context(
        "services:\n  a:\n    image: x:1\n    ports: ['80', '0:81', '8082:82', '127.0.0.1:9000-9002:83/udp']\n"
    )

    assert [(p.first, p.last, p.target, p.protocol, p.address, p.span.text) for p in published_ports(ctx)] == [
        (8082, 8082, 82, "tcp", "", "8082"),
        (9000, 9002, 83, "udp", "127.0.0.1", "9000-9002"),
    ]


def test_a_port_that_cannot_be_read_is_passed_over(context):
    ctx = context("services:\n  a:\n    image: x:1\n    ports: ['80:80']\n")
    ports = from_python([{"target": "x", "published": "1"}, {"target": 1}, {"target": 1, "published": "x-y"}, "80"])
    ctx.services["a"] = ctx.services["a"].with_items({"ports": ports})

    assert published_ports(ctx) == []


def test_a_service_listens_on_what_it_publishes_or_exposes_and_otherwise_on_its_images_ports(context):
    ctx = context(
        "services:\n"
        "  a: {image: 'postgres:17'}\n"
        "  b: {image: 'postgres:17', ports: ['1000:2000'], expose: ['3000', '4000/tcp']}\n"
        "  c: {image: 'example/c:1'}\n"
    )

    assert container_ports(ctx) == {"a": {5432}, "b": {2000, 3000, 4000}, "c": set()}


def test_variables_know_where_their_values_stand(context):
    ctx = context(
        "services:\n  a:\n    environment:\n      - A=b=c\n      - 'B=it''s'\n      - C\n      - D=\n"
        '  b:\n    environment:\n      E: 1\n      F: "x"\n      G: >-\n        long\n        text\n      H: true\n'
    )

    assert [(v.service, v.name, v.value, v.span.text) for v in variables(ctx)] == [
        ("a", "A", "b=c", "b=c"),
        ("a", "B", "it's", "it''s"),
        ("b", "E", "1", "1"),
        ("b", "F", "x", "x"),
        ("b", "G", "long text", ">-\n        long\n        text\n"),
        ("b", "H", "true", "true"),
    ]


def test_a_value_that_does_not_stand_in_the_compose_file_is_left_out(load):
    service = "    image: x:1\n    env_file: a.env\n    environment: [FROM_SHELL_PASSWORD, A=1]\n"
    texts = {"compose.yaml": "services:\n  a:\n" + service, "a.env": "FROM_FILE=hunter2\n"}
    ctx = LintContext(load(texts))

    assert {"FROM_SHELL_PASSWORD", "FROM_FILE"} <= set(ctx.services["a"]["environment"])
    assert [variable.name for variable in variables(ctx)] == ["A"]


@pytest.mark.parametrize(
    ("variable", "hosts"),
    [
        ("URL: postgres://user:pass@db:5432/app?x=http", [("postgres", "db", 5432, "db")]),
        ("URL: http://api/v1", [("http", "api", 0, "api")]),
        ("URL: jdbc:postgresql://db:5432/app", [("postgresql", "db", 5432, "db")]),
        ("URL: redis://:pass@cache", [("redis", "cache", 0, "cache")]),
        ("URL: amqp://db:db@db", [("amqp", "db", 0, "db")]),
        ("URL: http://[::1]:80/", []),
        ("URL: http://${HOST}/", []),
        ("URL: a://x,b://y:1", [("a", "x", 0, "x"), ("b", "y", 1, "y")]),
        ("DB_HOST: db", [("", "db", 0, "db")]),
        ("db_host: db:1", [("", "db", 1, "db")]),
        ("SERVERS: 'a:1, b'", [("", "a", 1, "a"), ("", "b", 0, "b")]),
        ("HOSTILE: db", []),
        ("DB_HOST: not a host", []),
        ("NAME: db", []),
    ],
)
def test_host_names_are_found_in_urls_and_in_host_variables(context, variable, hosts):
    ctx = context(f"services:\n  a:\n    environment:\n      {variable}\n")

    assert [(use.scheme, use.host, use.port, use.span.text) for use in host_uses(ctx)] == hosts


@pytest.mark.parametrize(
    ("written", "answer"),
    [("${A}", True), ("x-$A", True), ("$_", True), ("$", False), ("5$", False), ("$1", False), ("plain", False)],
)
def test_a_variable_is_seen_in_what_was_written(written, answer):
    assert has_variable(span_of(written)) is answer


def test_a_part_that_is_not_in_the_text_gives_the_whole_span():
    span = span_of('"${PORT}:80"')

    assert narrow(span, "80").text == "80"
    assert narrow(span, "8080") is span
    assert narrow(span, "") is span
    assert narrow(span_of("80:80"), "80", last=True).start == 3


def test_scalars_are_read_as_text_and_number():
    span = span_of("x")

    assert [text(Scalar(value, span)) for value in ("a", 1, None)] == ["a", "1", ""]
    assert text(from_python([])) == ""
    assert [number(Scalar(value, span)) for value in ("12", 12, "x", None)] == [12, 12, None, None]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [([], [], True), (["a"], [], True), (["a"], ["a", "b"], True), (["a"], ["b"], False)],
)
def test_services_of_different_profiles_are_alternatives(one, other, together):
    assert may_run_together(from_python({"profiles": one}), from_python({"profiles": other})) is together


@pytest.mark.parametrize(
    ("word", "name", "answer"),
    [
        ("postgers", "postgres", True),
        ("postgre", "postgres", True),
        ("postgress", "postgres", True),
        ("pastgres", "postgres", True),
        ("my_db", "my-db", True),
        ("postgres", "postgres", False),
        ("kafka1", "kafka2", False),
        ("kafka", "kafka1", False),
        ("psotgers", "postgres", False),
        ("web", "wbe", False),
        ("", "postgres", False),
    ],
)
def test_one_letter_away(word, name, answer):
    assert is_one_letter_away(word, name) is answer


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "postgres",
        "Pass@word",
        "{noop}s3cr3t",
        "12345",
        "UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15BLrx8etQo",
    ],
)
def test_these_are_credentials(value):
    assert is_literal(value)


@pytest.mark.parametrize(
    "value",
    [
        "/run/secrets/x",
        "changeme",
        "<token>",
        "YOURPASSWORDhere",
        "xxxx",
        "****",
        "true",
        "$TOKEN",
        "arn:aws:x",
        "{{ x }}",
    ],
)
def test_these_are_none(value):
    assert not is_literal(value)


@given(st.text("abc-_1", max_size=8), st.text("abc-_1", max_size=8))
def test_every_name_that_is_one_letter_away_is_looked_at(word, name):
    if is_one_letter_away(word, name):
        assert name in set(_alike(word, _by_shortened([name])))


@given(st.text("abcd", min_size=5, max_size=8), st.integers(0, 7), st.sampled_from(["dropped", "swapped", "doubled"]))
def test_one_typing_error_is_one_letter_away(name, at, kind):
    at %= len(name) - 1
    word = {
        "dropped": name[:at] + name[at + 1 :],
        "swapped": name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        "doubled": name[:at] + name[at] + name[at:],
    }[kind]

    assert is_one_letter_away(word, name) is (word != name)
