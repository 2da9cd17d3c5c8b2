"""Records: what a frozen dataclass would promise."""

from typing import ClassVar

import pytest

from composekit.model.origin import Bound
from composekit.model.record import NOTHING, Record
from composekit.model.service import Ulimit
from composekit.source.node import Scalar
from composekit.source.text import MADE


class Pair(Record):
    first: str
    second: dict[str, str] = NOTHING


class Triple(Pair):
    third: int = 3
    hidden: ClassVar[frozenset[str]] = frozenset({"third"})


def test_fields_are_given_by_place_or_by_name_and_have_defaults():
    made = Triple("a", third=4)
    assert (made.first, made.second, made.third) == ("a", {}, 4)


def test_fields_are_those_of_the_base_then_their_own():
    assert Triple.fields_in_order == ("first", "second", "third")


def test_records_are_equal_by_value_and_type():
    assert Pair("a") == Pair("a", {})
    assert Pair("a") != Pair("b")
    assert Pair("a") != Triple("a")
    assert Pair("a") != ("a", {})


def test_equal_records_have_one_hash():
    assert len({Ulimit(1), Ulimit(single=1), Ulimit(2)}) == 2


def test_where_a_value_was_written_does_not_count():
    here = Ulimit(1, origin=Scalar(1, MADE))
    assert here == Ulimit(1)
    assert "origin" not in repr(here)
    assert Bound.fields_in_order == ()


def test_a_copy_has_the_changes_and_the_rest():
    made = Triple("a", {"x": "y"})
    assert made.with_values(first="b") == Triple("b", {"x": "y"})
    assert made.first == "a"


def test_records_do_not_change():
    made = Pair("a")
    with pytest.raises(AttributeError):
        made.first = "b"
    with pytest.raises(AttributeError):
        del made.first


def test_nobody_fills_the_default_that_all_share():
    with pytest.raises(TypeError):
        Pair("a").second["x"] = "y"
    with pytest.raises(TypeError):
        Pair("a").second.update(x="y")
    assert Pair("b").second == {}


def test_what_is_hidden_is_not_shown():
    assert repr(Triple("a")) == "Triple(first='a', second={})"
