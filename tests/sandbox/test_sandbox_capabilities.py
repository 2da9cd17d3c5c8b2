"""Which of root's rights a service keeps."""

import pytest

from composekit.sandbox.capabilities import DEFAULT, NAMES, kept, unknown


def names(*facts):
    return {NAMES[number] for number in kept(*facts)}


@pytest.mark.parametrize(
    ("add", "drop", "found"),
    [
        ((), (), DEFAULT),
        (("NET_ADMIN", "cap_sys_time"), (), DEFAULT | {"NET_ADMIN", "SYS_TIME"}),
        ((), ("CHOWN",), DEFAULT - {"CHOWN"}),
        ((), ("ALL",), set()),
        (("NET_BIND_SERVICE",), ("all",), {"NET_BIND_SERVICE"}),
        (("ALL",), ("SYS_ADMIN",), set(NAMES) - {"SYS_ADMIN"}),
    ],
)
def test_adding_and_dropping_is_as_in_docker(add, drop, found):
    assert names(add, drop) == found


def test_names_that_are_none_are_found():
    assert unknown(("ALL", "CAP_CHOWN", "chown", "FLY")) == ["FLY"]
