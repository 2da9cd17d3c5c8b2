import pytest

from composekit.errors import BadValue
from composekit.values.constraint import Constraint, parse_constraint


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("node.role==manager", Constraint("node.role", "==", "manager")),
        ("node.role != manager", Constraint("node.role", "!=", "manager")),
        ("  node.labels.zone  ==  east 1  ", Constraint("node.labels.zone", "==", "east 1")),
        ("node.ip==10.0.0.0/8", Constraint("node.ip", "==", "10.0.0.0/8")),
        ("engine.labels.os==ubuntu 22.04 (x)", Constraint("engine.labels.os", "==", "ubuntu 22.04 (x)")),
        ("\u3000node.id\t==\u00a0a\u2003", Constraint("node.id", "==", "a")),
        ("_x==.", Constraint("_x", "==", ".")),
    ],
)
def test_a_constraint_is_key_operator_and_value(text, constraint):
    assert parse_constraint(text) == constraint


@pytest.mark.parametrize(
    "key", ["node.role", "NODE.Hostname", "node.platform.os", "node.labels.x", "engine.labels.a.b"]
)
def test_swarm_knows_the_key(key):
    assert Constraint(key, "==", "x").known


@pytest.mark.parametrize("key", ["role", "node.label.x", "node.labels.", "node.rol"])
def test_swarm_never_finds_a_node_for_another_key(key):
    assert not Constraint(key, "==", "x").known


# The manager of a real swarm refuses each of these.
@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "key before the operator"),
        ("node.role", 9, "compares with"),
        ("node.role=manager", 9, "compares with"),
        ("node.role>manager", 0, "compares with"),
        ("==manager", 0, "key before the operator"),
        ("a==b", 0, "a key starts"),
        ("node role==a", 5, "compares with"),
        ("node.role==", 11, "value after the operator"),
        ("node.role==a==b", 12, "more than one operator"),
        ("node.role!==a", 11, "more than one operator"),
        ("node.role=='a'", 11, "quotes"),
        ("node.role==a,b", 11, "a value has only"),
        ("node.role==a\u2003b", 11, "white space"),
    ],
)
def test_what_a_manager_refuses_is_pointed_at(text, offset, message):
    with pytest.raises(BadValue, match=message) as caught:
        parse_constraint(text)

    assert caught.value.offset == offset
