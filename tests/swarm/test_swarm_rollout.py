import pytest


@pytest.mark.parametrize(
    ("attributes", "mode"),
    [
        ("hostname: a", {"Replicated": {}}),
        ("deploy: {replicas: 0}", {"Replicated": {"Replicas": 0}}),
        ("deploy: {mode: replicated, replicas: 3}", {"Replicated": {"Replicas": 3}}),
        ("scale: 2", {"Replicated": {"Replicas": 2}}),
        ("deploy: {mode: global}", {"Global": {}}),
        ("deploy: {mode: global, replicas: 2}", {"Global": {}}),
        ("deploy: {mode: global-job}", {"GlobalJob": {}}),
        ("deploy: {mode: replicated-job}", {"ReplicatedJob": {}}),
        (
            "deploy: {mode: replicated-job, replicas: 4}",
            {"ReplicatedJob": {"MaxConcurrent": 4, "TotalCompletions": 4}},
        ),
    ],
)
def test_a_mode_and_its_replicas(service, attributes, mode):
    assert service(attributes)["Mode"] == mode


def test_an_unknown_mode_is_an_error_where_it_is_written(convert):
    made = convert("services: {web: {image: x, deploy: {mode: everywhere}}}")
    assert made.only("CK795").span.text == "everywhere"


@pytest.mark.parametrize(
    ("attributes", "policy"),
    [
        ("hostname: a", None),
        ('restart: "no"', None),
        ("restart: always", {"Condition": "any"}),
        ("restart: unless-stopped", {"Condition": "any"}),
        ("restart: on-failure", {"Condition": "on-failure", "MaxAttempts": 0}),
        ("restart: on-failure:3", {"Condition": "on-failure", "MaxAttempts": 3}),
        ("restart: always\ndeploy: {restart_policy: {condition: none}}", {"Condition": "none"}),
        (
            "deploy: {restart_policy: {condition: on-failure, delay: 5s, max_attempts: 0, window: 2m}}",
            {"Condition": "on-failure", "Delay": 5_000_000_000, "MaxAttempts": 0, "Window": 120_000_000_000},
        ),
    ],
)
def test_a_restart_policy(service, attributes, policy):
    assert service(attributes)["TaskTemplate"].get("RestartPolicy") == policy


def test_restart_no_is_reported_as_a_change(convert):
    made = convert('services: {web: {image: x, restart: "no"}}')
    found = made.only("CK732")
    assert found.facts["level"] == "changed"
    assert "deploy.restart_policy.condition" in found.hint


def test_an_update_replaces_one_task_at_a_time_unless_it_says_otherwise(service):
    made = service("deploy: {update_config: {delay: 10s, max_failure_ratio: 0.25, order: start-first}}")
    assert made["UpdateConfig"] == {
        "Parallelism": 1,
        "Delay": 10_000_000_000,
        "MaxFailureRatio": 0.25,
        "Order": "start-first",
    }
    assert "RollbackConfig" not in made


def test_a_rollback_is_configured_by_itself(service):
    made = service("deploy: {rollback_config: {parallelism: 0, failure_action: pause, monitor: 1m}}")
    assert made["RollbackConfig"] == {
        "Parallelism": 0,
        "FailureAction": "pause",
        "Monitor": 60_000_000_000,
        "MaxFailureRatio": 0,
        "Order": "",
    }
    assert "UpdateConfig" not in made


def test_placement_is_kept(service):
    text = """
        deploy:
          placement:
            constraints: [node.role == manager]
            preferences: [{spread: node.labels.zone}, {spread: node.labels.rack}]
            max_replicas_per_node: 2
    """
    assert service(text)["TaskTemplate"]["Placement"] == {
        "Constraints": ["node.role == manager"],
        "Preferences": [
            {"Spread": {"SpreadDescriptor": "node.labels.zone"}},
            {"Spread": {"SpreadDescriptor": "node.labels.rack"}},
        ],
        "MaxReplicas": 2,
    }
