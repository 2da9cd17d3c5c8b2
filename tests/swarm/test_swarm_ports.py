def ports(service, text):
    return service(f"ports: {text}")["EndpointSpec"]["Ports"]


def test_a_port_without_a_published_one_leaves_the_choice_to_the_swarm(service):
    assert ports(service, "['80']") == [{"Protocol": "tcp", "TargetPort": 80, "PublishMode": "ingress"}]


def test_a_short_port_is_published_on_the_ingress_network(service):
    assert ports(service, "['53:5353/udp']") == [
        {"Protocol": "udp", "TargetPort": 5353, "PublishedPort": 53, "PublishMode": "ingress"}
    ]


def test_a_long_port_says_only_what_was_written(service):
    assert ports(service, "[{target: 80, published: 8080}]") == [{"TargetPort": 80, "PublishedPort": 8080}]


def test_host_mode_is_kept(service):
    assert ports(service, "[{target: 80, published: 80, protocol: tcp, mode: host}]") == [
        {"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 80, "PublishMode": "host"}
    ]


def test_ranges_become_one_port_each(service):
    made = ports(service, "['9090-9091:8080-8081']")
    assert [(one["PublishedPort"], one["TargetPort"]) for one in made] == [(9090, 8080), (9091, 8081)]


def test_a_published_range_of_one_port_publishes_it_on_each(service):
    made = ports(service, "[{target: 80, published: 7000-7002, mode: ingress}]")
    assert [(one["PublishedPort"], one["TargetPort"]) for one in made] == [(7000, 80), (7001, 80), (7002, 80)]


def test_ports_are_in_the_order_of_published_ports(service):
    made = ports(service, "['90:1', '80:2', '3']")
    assert [one.get("PublishedPort") for one in made] == [None, 80, 90]


def test_an_address_is_reported_where_it_is_written(convert):
    made = convert("services: {web: {image: x, ports: ['127.0.0.1:8080:80', '0.0.0.0:81:81']}}")
    found = made.only("CK724")
    assert found.span.text == "'127.0.0.1:8080:80'"
    assert found.facts["value"] == "127.0.0.1"
    assert found.facts["level"] == "changed"


def test_endpoint_mode_is_in_lower_case(service):
    assert service("deploy: {endpoint_mode: DNSRR}")["EndpointSpec"] == {"Mode": "dnsrr"}
