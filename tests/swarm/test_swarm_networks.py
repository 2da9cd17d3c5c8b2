def networks(converted, name):
    return converted.body("services", f"demo_{name}")["TaskTemplate"]["Networks"]


def test_a_service_without_networks_joins_the_stacks_default_network(convert):
    made = convert("services: {web: {image: x}}")
    assert networks(made, "web") == [{"Target": "demo_default", "Aliases": ["web"]}]
    assert [one["Name"] for one in made.bodies["networks"]] == ["demo_default"]


def test_a_network_is_an_overlay_with_the_stacks_label_unless_it_says_otherwise(convert):
    made = convert("services: {web: {image: x}}")
    body = made.body("networks", "demo_default")
    assert body["Driver"] == "overlay"
    assert body["Labels"] == {"com.docker.stack.namespace": "demo"}
    assert body["IPAM"] is None


def test_only_networks_that_services_use_are_created(convert):
    made = convert("""
        services: {web: {image: x, networks: [front]}}
        networks: {front: {}, unused: {}}
    """)
    assert [one["Name"] for one in made.bodies["networks"]] == ["demo_front"]


def test_a_networks_own_name_stands_for_the_stacks(convert):
    made = convert("""
        services: {web: {image: x, networks: [front]}}
        networks: {front: {name: real}}
    """)
    assert networks(made, "web")[0]["Target"] == "real"
    assert made.bodies["networks"][0]["Name"] == "real"


def test_a_name_that_looks_like_the_projects_prefix_is_kept_when_it_was_written(convert):
    made = convert("""
        services: {web: {image: x, networks: [front]}}
        networks: {front: {name: shop_front}}
    """)
    assert made.bodies["networks"][0]["Name"] == "shop_front"


def test_an_external_network_is_joined_and_not_created(convert):
    made = convert("""
        services: {web: {image: x, networks: [proxy]}}
        networks: {proxy: {external: true, name: traefik-public}}
    """)
    assert made.bodies["networks"] == []
    assert networks(made, "web") == [{"Target": "traefik-public", "Aliases": ["web"]}]


def test_the_hosts_network_knows_no_names(convert):
    made = convert("""
        services: {web: {image: x, networks: [hostnet]}}
        networks: {hostnet: {external: true, name: host}}
    """)
    assert networks(made, "web") == [{"Target": "host"}]


def test_aliases_stand_before_the_services_own_name(convert):
    made = convert("""
        services: {web: {image: x, networks: {front: {aliases: [www, api], driver_opts: {a: 1}}}}}
        networks: {front: {}}
    """)
    assert networks(made, "web") == [
        {"Target": "demo_front", "Aliases": ["www", "api", "web"], "DriverOpts": {"a": "1"}}
    ]


def test_attachments_are_in_the_order_of_their_targets(convert):
    made = convert("""
        services: {web: {image: x, networks: {b: , a: , c: }}}
        networks: {a: {name: z}, b: {}, c: {}}
    """)
    assert [one["Target"] for one in networks(made, "web")] == ["demo_b", "demo_c", "z"]


def test_options_of_a_network_are_kept(convert):
    made = convert("""
        services: {web: {image: x}}
        networks:
          default:
            driver: weave
            driver_opts: {size: 5}
            internal: true
            attachable: true
            labels: {a: b}
            ipam: {driver: custom, config: [{subnet: 10.0.0.0/24}, {subnet: 10.0.1.0/24}]}
    """)
    body = made.bodies["networks"][0]
    assert (body["Driver"], body["Options"], body["Internal"], body["Attachable"]) == (
        "weave",
        {"size": "5"},
        True,
        True,
    )
    assert body["Labels"] == {"a": "b", "com.docker.stack.namespace": "demo"}
    assert body["IPAM"]["Driver"] == "custom"
    assert body["IPAM"]["Config"] == [{"Subnet": "10.0.0.0/24"}, {"Subnet": "10.0.1.0/24"}]
