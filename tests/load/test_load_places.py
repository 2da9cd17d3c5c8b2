"""Where each diagnostic points: the narrowest place, whatever the shape of the text around it."""

import pytest


def test_a_missing_service_is_marked_at_its_name(check):
    check("""
        services:
          web:
            image: nginx
            depends_on: [db, cache]
                         ^^ CK311 service 'db' is not defined
                             ^^^^^ CK311 service 'cache' is not defined
    """)


def test_a_missing_service_is_marked_at_its_key(check):
    check("""
        services:
          web:
            image: nginx
            depends_on:
              cache:
              ^^^^^ CK311 service 'cache' is not defined
                condition: service_healthy
    """)


def test_a_variable_is_marked_inside_its_text(check):
    check("""
        services:
          web:
            image: "repo/nginx:$TAG"
                               ^ CK102 the variable 'TAG' is not set
            command: run ${MODE:?which one}
                         ^^^^^^^^^^^^^^^^^^ CK101 required variable 'MODE' is missing a value: which one
    """)


def test_a_part_of_a_port_is_marked(check):
    check("""
        services:
          web:
            image: nginx
            ports:
              - "8080:http"
                      ^^^^ CK210
    """)


def test_a_part_of_a_duration_is_marked(check):
    check("""
        services:
          web:
            image: nginx
            stop_grace_period: 1m30x
                                 ^^^ CK220 '1m30x' is not a duration
    """)


def test_a_duplicate_key_is_marked_where_it_is_repeated(check):
    check("""
        services:
          web:
            image: one
            image: two
            ^^^^^ CK011 the key 'image' is already defined
    """)


def test_mistakes_of_several_kinds_come_in_order(check):
    check("""
        services:
          web:
            imge: nginx
            ^^^^ CK201 'imge' is not a key of service 'web'
            ports: yes
                   ^^^ CK202
          db:
            image: ${
                   ^^ CK101
    """)


def test_a_place_counts_characters_and_not_bytes(check):
    check("""
        services:
          web: {image: "日本語", prts: []}
                              ^^^^ CK201
    """)


def test_places_in_a_merged_anchor_are_those_of_the_anchor(check):
    check("""
        x-base: &base
          networks: [gone]
                     ^^^^ CK311 network 'gone' is not defined
        services:
          web:
            <<: *base
            image: nginx
    """)


def test_a_reference_that_an_override_made_is_marked_in_the_override(load):
    files = {
        "1.yaml": "services: {web: {image: x}}\n",
        "2.yaml": "services:\n  web:\n    networks: [front]\n",
    }
    (one,) = load(files, use=("1.yaml", "2.yaml")).report
    assert (one.code, str(one.span)) == ("CK311", "2.yaml:3:16")


def test_a_cycle_is_marked_at_one_of_its_links(check):
    check("""
        services:
          a: {image: x, depends_on: [b]}
                                     ^ CK313 services depend on each other: a -> b -> a
          b: {image: x, depends_on: [a]}
    """)


def test_a_name_that_is_taken_is_marked_at_the_second(check):
    check("""
        services:
          a: {image: x, container_name: same}
          b: {image: x, container_name: same}
                                        ^^^^ CK324 the container name 'same' is used by service 'a' too
    """)


def test_a_mount_over_a_mount_is_marked_at_the_second(check):
    check("""
        services:
          a:
            image: x
            volumes:
              - /one:/data
              - {type: tmpfs, target: /data/}
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ CK323 /data is mounted twice
    """)


def test_a_service_without_anything_is_marked_at_its_name(check):
    check("""
        services:
          web:
          ^^^ CK310 service 'web' has neither 'image' nor 'build'
            tty: true
    """)


def test_a_key_that_excludes_another_is_marked(check):
    check("""
        services:
          web:
            image: x
            network_mode: host
            networks: [front]
            ^^^^^^^^ CK314 'network_mode' and 'networks' exclude each other
        networks: {front: }
    """)


def test_a_file_that_an_include_names_is_marked_there(check):
    check("""
        include:
          - {path: [good.yaml, gone.yaml]}
                               ^^^^^^^^^ CK002 cannot read gone.yaml: no such file
    """, {"good.yaml": "services: {}\n"})  # fmt: skip


@pytest.mark.parametrize(
    ("written", "path", "number"),
    [
        ("cpu_shares: .inf", ("cpu_shares",), -(1 << 63)),
        ("cpu_shares: .nan", ("cpu_shares",), -(1 << 63)),
        ("pids_limit: 1e30", ("pids_limit",), -(1 << 63)),
        ("pids_limit: 99999999999999999999", ("pids_limit",), -(1 << 63)),
        ("pids_limit: 12.0", ("pids_limit",), 12),
        ("healthcheck: {retries: .inf}", ("healthcheck", "retries"), 1 << 63),
        ("healthcheck: {retries: 1e19}", ("healthcheck", "retries"), 10**19),
    ],
)
def test_numbers_that_fit_no_integer_become_what_go_makes_of_them(plain, written, path, number):
    found = plain(f"services: {{a: {{image: x, {written}}}}}")["services"]["a"]
    for key in path:
        found = found[key]
    assert found == number


def test_a_resource_spec_that_says_nothing_has_its_zeros(plain):
    written = "{reservations: {generic_resources: [{discrete_resource_spec: {}}]}}"
    found = plain(f"services: {{a: {{image: x, deploy: {{resources: {written}}}}}}}")["services"]["a"]["deploy"]
    (resource,) = found["resources"]["reservations"]["generic_resources"]
    assert resource == {"discrete_resource_spec": {"kind": "", "value": 0}}
