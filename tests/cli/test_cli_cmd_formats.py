"""`--format` of the listing commands."""

import pytest

from composekit.cli.formats import Fit, show_rows
from composekit.errors import ComposekitError

ROWS = [
    {"Name": "shop-web-1", "State": "running", "Ports": "80->80/tcp", "Label": {"tier": "front"}.get},
    {"Name": "db", "State": "exited", "Ports": "", "Label": {}.get},
]


def shown(form, **options):
    return show_rows(ROWS, form, table="{{.Name}}\t{{.State}}", headers={"Name": "NAMES"}, **options)


@pytest.mark.parametrize("form", [None, "", "table"])
def test_a_table_is_the_default(form):
    assert shown(form) == "NAMES        STATE\nshop-web-1   running\ndb           exited\n"


def test_a_table_may_have_columns_of_its_own():
    assert shown(r"table {{upper .Name}}\t{{.Ports}}") == (
        "NAMES        PORTS\nSHOP-WEB-1   80->80/tcp\nDB           \n"
    )  # fmt: skip


def test_a_label_is_a_column_called_after_it():
    assert shown('table {{.Name}}\t{{.Label "tier"}}') == "NAMES        tier\nshop-web-1   front\ndb           <nil>\n"


def test_json_is_one_object_a_line_or_one_list():
    assert shown("json") == (
        '{"Name":"shop-web-1","State":"running","Ports":"80-\\u003e80/tcp"}\n'
        '{"Name":"db","State":"exited","Ports":""}\n'
    )
    assert shown("json", whole_json=True).startswith('[{"Name":"shop-web-1"')


def test_a_template_makes_a_line_of_each_row():
    assert shown(r"{{.Name}}\t{{.State}}") == "shop-web-1\trunning\ndb\texited\n"


def test_a_mistake_in_a_template_is_one_of_the_option():
    with pytest.raises(ComposekitError, match="--format: the template names the unknown field 'Nope'") as caught:
        shown("{{.Nope}}")

    assert caught.value.hint == "fields are Label, Name, Ports, State"


def test_no_rows_are_a_header_or_nothing():
    assert show_rows([], None, table="{{.Name}}\t{{.State}}", headers={}) == "NAME      STATE\n"
    assert show_rows([], "json", table="", headers={}) == ""
    assert show_rows([], "json", table="", headers={}, whole_json=True) == "[]\n"


WIDE = [{"Name": "shop-web-1", "Command": "sh -c 'a long story'", "Status": "Up 2 minutes (well)"}]


@pytest.mark.parametrize(
    ("columns", "table"),
    [
        (
            80,
            "NAME         COMMAND                STATUS\nshop-web-1   sh -c 'a long story'   Up 2 minutes (well)\n",
        ),
        (47, "NAME         COMMAND        STATUS\nshop-web-1   sh -c 'a lo…   Up 2 minutes (well)\n"),
        (36, "NAME         STATUS\nshop-web-1   Up 2 minutes (well)\n"),
        (10, "NAME         STATUS\nshop-web-1   Up 2 minutes (well)\n"),
    ],
)
def test_a_table_fits_a_terminal_as_well_as_it_can(columns, table):
    fit = Fit(columns, {"COMMAND": 8}, ("COMMAND",))
    own = {"table": "{{.Name}}\t{{.Command}}\t{{.Status}}", "headers": {}, "fit": fit}

    assert show_rows(WIDE, None, **own) == table
    assert max(map(len, show_rows(WIDE, "table {{.Command}}", **own).splitlines())) == 20
