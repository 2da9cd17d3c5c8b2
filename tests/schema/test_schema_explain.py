"""What a person reads when a Compose file has the wrong shape."""

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from composekit.schema.accept import accepts
from composekit.schema.explain import explain
from composekit.source.diagnostic import Report
from composekit.source.node import from_python
from composekit.source.path import show_path
from composekit.source.text import Source
from composekit.source.yaml import read_documents


class _Text(SingleFileSnapshotExtension):
    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def snapshot(snapshot):
    return snapshot.use_extension(_Text)


def explained(text):
    """Return the tree of one document and what is reported about its shape."""
    report = Report()
    (root,) = read_documents(Source("compose.yaml", text), report)
    assert len(report) == 0, report.diagnostics
    explain(root, report)
    return root, report


def shown(report):
    """Return each diagnostic with the line it points into, as a terminal would show it."""
    lines = []
    for one in report:
        at = one.span.position
        width = max(1, len(one.span.text.partition("\n")[0]))
        lines += [f"{at.line}:{at.column} {one.code} {one.message}", f"    | {one.span.source.line(at.line)}"]
        lines += [f"    | {' ' * (at.column - 1)}{'^' * width}", f"    at {show_path(one.path) or 'the file'}"]
        lines += [f"    hint: {one.hint}"] if one.hint else []
        lines += [
            f"    note: {note.message}: {note.span.position.line}:{note.span.position.column}" for note in one.related
        ]
        if one.fix:
            changes = ", ".join(f"{edit.span.text!r} -> {edit.text!r}" for edit in one.fix.edits)
            lines += [f"    fix ({'safe' if one.fix.safe else 'to be checked'}): {one.fix.title}: {changes}"]
        lines.append("")
    return "\n".join(lines)


BROKEN = {
    "top-level": """\
version: 3.8
servces: {}
image: nginx
web:
  image: nginx
  ports: ["80:80"]
networks: [front]
volumes:
  data: driver:local
  "my data": {}
configs:
  app:
secrets: ./secret.txt
include: other.yaml
unheard_of: 1
xcustom: 1
""",
    "names": """\
services:
  "my web": {image: nginx}
  "": {image: nginx}
  ok-1.2_3: {image: nginx}
""",
    "empty-values": """\
services:
  web:
  api:
    image:
    ports:
    environment:
    command:
    networks:
      front:
networks:
  front:
""",
    "unknown-keys-of-a-service": """\
services:
  web:
    imagee: nginx
    container-name: web-1
    dependsOn: [db]
    port: ["80:80"]
    volume: ["data:/data"]
    env: {A: b}
    net: host
    dockerfile: Dockerfile
    replicas: 3
    limits: {}
    spread: x
    context: .
    something_else: true
    "": 1
""",
    "misplaced-keys": """\
services:
  web:
    image: nginx
    healthcheck:
      test: ["CMD", "true"]
      ports: ["80:80"]
      volumes: {}
    deploy:
      memory: 1g
      placement:
        replicas: 2
    build:
      contxt: .
      image: web
  networks:
    front: {}
  volumes:
    data: {}
""",
    "lists-and-mappings": """\
services:
  web:
    image: nginx
    ports:
      "8080": 80
    expose: 3000
    cap_add: NET_ADMIN
    volumes: data:/data
    labels: team=web
    depends_on: db
    healthcheck: ["CMD", "true"]
    logging: driver:json-file
    environment:
      - NAME: value
      - PORT=80
    command:
      - echo: hello
      - 5
      - true
    extra_hosts: {cache: 10, db: {ip: 10.0.0.1}}
    deploy:
      - replicas: 2
""",
    "numbers-and-strings": """\
name: 5
services:
  web:
    image: 12
    hostname: yes
    user: 1000
    stop_grace_period: 30
    privileged: 1
    scale: 1.5
    cpu_percent: 200
    cpu_count: -1
    oom_score_adj: -2000
    mem_limit: true
    working_dir: 2024
    healthcheck:
      interval: 10
      retries: [3]
    deploy:
      resources:
        limits: {cpus: 0.5, memory: 512}
""",
    "words": """\
services:
  web:
    image: nginx
    cgroup: Host
    container_name: "-"
    pull_policy: sometimes
    gpus: some
    volumes:
      - {type: vol, target: /data}
      - {type: bind, source: ., target: /x, bind: {recursive: true, selinux: q}}
    depends_on:
      db: {condition: healthy}
      api: {condition: service_completed}
    develop:
      watch:
        - {path: ., action: sync_restart}
    deploy:
      update_config: {order: stop first}
""",
    "missing-keys": """\
services:
  web:
    image: nginx
    depends_on:
      db: {}
      api:
        restart: true
    volumes:
      - source: data
        target: /data
    devices:
      - target: /dev/x
    ulimits:
      nofile: {}
      nproc: {soft: 1}
    develop:
      watch:
        - ignore: x
        - path: .
    post_start:
      - user: root
    env_file:
      - required: false
    extends: {file: base.yaml}
    provider: {}
models:
  llm: {name: x}
""",
    "duplicates": """\
services:
  web:
    image: nginx
    ports: ["80:80", "81:81", "80:80", "80:80"]
    cap_add:
      - NET_ADMIN
      - SYS_TIME
      - NET_ADMIN
    volumes:
      - type: volume
        target: /data
      - target: /data
        type: volume
""",
    "inside-lists": """\
services:
  web:
    image: nginx
    ports:
      - 80
      - [80]
      - targt: 80
      - target: [80]
        published: {a: b}
    volumes:
      - 5
      -
    env_file:
      - path: [a]
      - 3
    networks:
      front:
        aliases: web
        ipv4_adress: 10.0.0.2
      back: yes
include:
  - pth: other.yaml
  - path: {a: b}
""",
    "variables": """\
services:
  web:
    image: ["${IMAGE}"]
    environment: ${ENVIRONMENT}
    ports: "${PORT}:80"
""",
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_mistake_is_explained_in_the_order_of_the_file(name, snapshot):
    root, report = explained(BROKEN[name])

    assert not accepts(root)
    assert shown(report) == snapshot


@pytest.mark.parametrize("text", ["[]", "just text", "3", "~", "- services"])
def test_a_file_that_is_no_mapping_has_one_mistake(text):
    _, report = explained(text)

    (one,) = report
    assert one.code == "CK202"
    assert one.message.startswith("a Compose file must be a mapping, found ")
    assert one.path == ()


@pytest.mark.parametrize("name", BROKEN)
def test_each_place_has_one_diagnostic_and_comes_after_the_one_before(name):
    _, report = explained(BROKEN[name])
    places = [(one.span.start, one.span.end) for one in report]

    assert places == sorted(set(places))


@pytest.mark.parametrize("name", BROKEN)
def test_no_message_is_long_or_of_two_lines(name):
    _, report = explained(BROKEN[name])

    for one in report:
        assert len(one.message) < 180
        assert "\n" not in one.message + (one.hint or "")
        assert not one.message.endswith(".")


@pytest.mark.parametrize("name", BROKEN)
def test_each_fix_mends_its_own_mistake(name):
    _, report = explained(BROKEN[name])
    for one in report:
        if one.fix is None:
            continue
        text = BROKEN[name]
        for edit in sorted(one.fix.edits, key=lambda edit: -edit.span.start):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        _, after = explained(text)

        assert len(after) == len(report) - 1


def test_nothing_is_said_about_a_file_that_fits():
    _, report = explained("services:\n  web:\n    image: nginx\n    ports: ['80:80', 81]\nx-own: {a: [1]}\n")

    assert len(report) == 0


def test_a_long_value_is_cut():
    _, report = explained(f"services:\n  web: {'long ' * 50}\n")

    assert [one.message for one in report] == [
        "service 'web' must be a mapping, found 'long long long long long long long lo...'"
    ]


def test_diagnostics_carry_their_facts():
    _, report = explained("services:\n  web:\n    bild: .\n")

    assert [(one.code, one.path, one.facts) for one in report] == [
        ("CK201", ("services", "web", "bild"), {"key": "bild", "owner": "service 'web'"})
    ]


def test_a_mistake_behind_an_alias_is_told_once():
    _, report = explained("x-a: &a\n  imge: x\nservices:\n  web: *a\n  api: *a\n")

    assert [one.message for one in report] == [
        "'imge' is not a key of service 'web'",
        "'imge' is not a key of service 'api'",
    ]


def test_a_tree_without_places_is_explained_too():
    report = Report()
    explain(from_python({"services": {"web": {"bild": 1}, "api": None}}), report)

    assert sorted(one.message for one in report) == [
        "'bild' is not a key of service 'web'",
        "service 'api' must be a mapping, found nothing",
    ]


def test_a_wrong_key_in_each_of_many_services_is_found():
    services = {f"s{number}": {"image": "nginx", "bogus": number} for number in range(300)}
    services |= {f"t{number}": {"image": "nginx"} for number in range(300)}
    report = Report()
    explain(from_python({"services": services}), report)

    assert len(report) == 300


def test_an_item_that_is_wrong_in_itself_is_not_called_a_repetition_too():
    _, report = explained("services: {web: {image: x, profiles: [1, 1, a, a]}}\n")

    assert [(one.code, one.path[-1]) for one in report] == [("CK202", 0), ("CK202", 1), ("CK206", 3)]


def test_quotes_are_not_advised_where_they_would_not_help():
    _, report = explained("services: {web: {image: x, gpus: 3, container_name: 7, pull_policy: true}}\n")

    assert [one.hint for one in report] == [None, None, None]


def test_many_equal_items_are_compared_in_one_pass():
    report = Report()
    ports = [{"target": number % 5000} for number in range(10_000)]
    explain(from_python({"services": {"web": {"ports": ports}}}), report)

    assert len(report) == 5000
