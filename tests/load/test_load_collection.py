import gc

import pytest

from composekit.load.collection import CollectionOff


@pytest.fixture(autouse=True)
def switched_on():
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_nobody_looks_for_rings_meanwhile():
    with CollectionOff():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_inside_another_one_it_stays_off():
    with CollectionOff():
        with CollectionOff():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_is_not_searched_at_once():
    with CollectionOff():
        made = [[] for _ in range(10 * gc.get_threshold()[0])]
    assert gc.get_count()[0] < len(made)
    assert gc.get_freeze_count() == 0


def test_what_a_process_has_frozen_stays_frozen():
    gc.freeze()
    frozen = gc.get_freeze_count()
    with CollectionOff():
        pass
    assert gc.get_freeze_count() == frozen


def test_a_mistake_inside_is_not_kept():
    with pytest.raises(ValueError, match="here"), CollectionOff():
        raise ValueError("here")
    assert gc.isenabled()
