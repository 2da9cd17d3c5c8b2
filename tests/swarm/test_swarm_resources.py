import pytest


def resources(service, text):
    return service(text)["TaskTemplate"]["Resources"]


def test_nothing_is_limited_by_default(service):
    assert resources(service, "hostname: a") == {}


def test_limits_and_reservations_are_counted_in_the_engines_units(service):
    text = """
        deploy:
          resources:
            limits: {cpus: "0.001", memory: 50M, pids: 10}
            reservations:
              cpus: "1.5"
              memory: 1g
              generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]
    """
    assert resources(service, text) == {
        "Limits": {"NanoCPUs": 1_000_000, "MemoryBytes": 52428800, "Pids": 10},
        "Reservations": {
            "NanoCPUs": 1_500_000_000,
            "MemoryBytes": 1073741824,
            "GenericResources": [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}],
        },
    }


@pytest.mark.parametrize(("cpus", "nano"), [("0.1", 100_000_000), ("0.7", 700_000_000), ("2.3", 2_300_000_000)])
def test_a_decimal_fraction_is_counted_exactly(service, cpus, nano):
    assert resources(service, f"cpus: {cpus}") == {"Limits": {"NanoCPUs": nano}}


def test_old_limits_count_where_deploy_is_silent(service):
    text = "mem_limit: 64m\nmem_reservation: 32m\npids_limit: 5"
    assert resources(service, text) == {
        "Limits": {"MemoryBytes": 67108864, "Pids": 5},
        "Reservations": {"MemoryBytes": 33554432},
    }


def test_unlimited_processes_are_no_limit(service):
    assert resources(service, "pids_limit: -1") == {"Limits": {}}


def test_what_cannot_be_counted_in_billionths_is_an_error(convert):
    made = convert('services: {web: {image: x, deploy: {resources: {limits: {cpus: "0.00000000001"}}}}}')
    assert "CK794" in made.codes
