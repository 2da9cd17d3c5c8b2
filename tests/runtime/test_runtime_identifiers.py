"""Identifiers of replicas: stable, apart from each other, and of use as host names."""

from composekit.runtime.identifiers import container_id
from composekit.supervise.home import Home

HOME = Home("/state", "shop", "/run")


def test_an_identifier_stays_the_same_and_differs_from_all_others():
    ids = [container_id(home, name) for home in (HOME, Home("/other", "shop", "/run")) for name in ("a-1", "a-2")]

    assert ids[0] == container_id(HOME, "a-1")
    assert len(set(ids)) == 4
    assert {len(one) for one in ids} == {64}


def test_no_host_name_is_a_number_which_would_not_be_looked_up():
    # One in 281 would be.
    short = [container_id(HOME, f"a-{number}")[:12] for number in range(3000)]

    assert [name for name in short if name.isdigit()] == []
