"""Pictures of a project: the arrows are what services need, and nothing in a drawing lies over something else."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.model.project import Project
from composekit.model.service import Build, Dependency, Service
from composekit.runtime.pictures import Arrow, Node, Picture, as_dot, as_mermaid, as_svg, picture_of

SHOP = Project(
    name="shop",
    services={
        "web": Service(name="web", image="nginx", scale=2, depends_on={"api": Dependency("service_healthy")}),
        "api": Service(
            name="api",
            build=Build(context="."),
            depends_on={
                "db": Dependency("service_started"),
                "init": Dependency("service_completed_successfully", required=False),
            },
        ),
        "db": Service(name="db", image='post"gres'),
        "init": Service(name="init", image="busybox", depends_on={"db": Dependency()}),
    },
)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_picture_has_the_chosen_services_and_the_arrows_between_them():
    assert picture_of(SHOP, ["api", "db"]) == Picture(
        "shop", [Node("api", "build"), Node("db", 'post"gres')], [Arrow("api", "db", "", True)]
    )


def test_mermaid():
    assert as_mermaid(picture_of(SHOP, list(SHOP.services))) == (
        "flowchart TD\n"
        '    web_0["web<br/><small>nginx x2</small>"]\n'
        '    api_1["api<br/><small>build</small>"]\n'
        '    db_2["db<br/><small>post&quot;gres</small>"]\n'
        '    init_3["init<br/><small>busybox</small>"]\n'
        "    web_0 -->|healthy| api_1\n"
        "    api_1 --> db_2\n"
        "    api_1 -.->|completed| init_3\n"
        "    init_3 --> db_2\n"
    )


def test_dot():
    assert as_dot(picture_of(SHOP, ["api", "db", "init"])).splitlines()[4:] == [
        '    "api" [label="api\\nbuild"];',
        '    "db" [label="db\\npost\\"gres"];',
        '    "init" [label="init\\nbusybox"];',
        '    "api" -> "db";',
        '    "api" -> "init" [label="completed", style=dashed];',
        '    "init" -> "db";',
        "}",
    ]


def boxes(text):
    return [
        tuple(float(one.get(key)) for key in ("x", "y", "width", "height"))
        for one in ET.fromstring(text).iter(f"{SVG}rect")
    ]


def test_a_drawing_shows_every_service_and_arrow():
    root = ET.fromstring(as_svg(picture_of(SHOP, list(SHOP.services))))

    assert [one.text for one in root.iter(f"{SVG}text") if not one.get("class")] == ["web", "api", "db", "init"]
    assert len([one for one in root.iter(f"{SVG}path") if one.get("d").startswith("M") and "C" in one.get("d")]) == 4
    assert [one.get("class") for one in root.iter(f"{SVG}path")].count("thin") == 1


def test_what_is_needed_stands_below():
    (_, web, *_), (_, api, *_), (_, db, *_), (_, init, *_) = boxes(as_svg(picture_of(SHOP, list(SHOP.services))))

    assert web < api < init < db


NAMES = [f"s{number}" for number in range(9)]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20), st.text(max_size=30))
def test_boxes_never_overlap_and_stay_inside_whatever_needs_what(pairs, detail):
    picture = Picture(
        "p", [Node(name, detail) for name in NAMES], [Arrow(a, b, "healthy", True) for a, b in pairs if a != b]
    )
    clean = "".join(char for char in detail if char.isprintable())
    picture = picture._replace(nodes=[Node(name, clean) for name in NAMES])
    text = as_svg(picture)
    found, root = boxes(text), ET.fromstring(text)

    assert len(found) == len(NAMES)
    for at, (x, y, width, height) in enumerate(found):
        assert x >= 0
        assert x + width <= float(root.get("width"))
        assert y + height <= float(root.get("height"))
        for other_x, other_y, other_width, _ in found[at + 1 :]:
            assert other_y != y or other_x >= x + width or x >= other_x + other_width


@pytest.mark.parametrize("draw", [as_mermaid, as_dot, as_svg])
def test_an_empty_project_is_drawn_empty(draw):
    assert draw(picture_of(SHOP.with_values(services={}), []))
