from composekit.model.project import Volume
from composekit.source.node import Mapping, Scalar
from composekit.source.text import MADE, Source, Span
from composekit.swarm.naming import Naming

NAMING = Naming("demo", "shop")


def test_a_key_stands_behind_the_stacks_name():
    assert NAMING.scope("web") == "demo_web"


def test_a_name_that_the_canonical_form_made_is_made_again_for_the_stack():
    assert NAMING.object_name("data", Volume(name="shop_data")) == "demo_data"


def test_a_name_of_ones_own_is_kept():
    assert NAMING.object_name("data", Volume(name="precious")) == "precious"


def test_an_external_object_is_not_of_the_stack():
    assert NAMING.object_name("data", Volume(name="shop_data", external=True)) == "shop_data"


def test_a_written_name_is_kept_even_when_it_looks_made():
    source = Source("compose.yaml", "name: shop_data")
    origin = Mapping({"name": Scalar("shop_data", MADE)}, Span(source, 0, 15), {"name": Span(source, 0, 4)})
    assert NAMING.object_name("data", Volume(name="shop_data", origin=origin)) == "shop_data"


def test_what_is_not_declared_has_the_stacks_name():
    assert NAMING.object_name("default", None) == "demo_default"
