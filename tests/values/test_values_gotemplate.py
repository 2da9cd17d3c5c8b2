import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.values.gotemplate import Struct, Template, go_json, titles

ROW = {
    "Name": "shop-web-1",
    "State": "running",
    "ExitCode": 0,
    "Ports": ["80", "443"],
    "Ready": True,
    "Label": {"tier": "front"}.get,
}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{.Name}}", "shop-web-1"),
        ("{{ .Name }}\t{{.State}}!", "shop-web-1\trunning!"),
        ("{{.ExitCode}} {{.Ready}} {{.Ports}}", "0 true [80 443]"),
        ("{{upper .State}}", "RUNNING"),
        ("{{.State | upper | lower}}", "running"),
        ('{{title "up and away-from_it"}}', "Up And Away-From_it"),
        ('{{join .Ports ", "}}', "80, 443"),
        ('{{index (split .Name "-") 1}}', "web"),
        ("{{truncate .Name 4}}", "shop"),
        ("{{json .Ports}} {{json .Name}}", '["80","443"] "shop-web-1"'),
        ("{{len .Ports}}", "2"),
        ('{{.Label "tier"}}', "front"),
        ('{{if eq .State "running"}}up{{else}}down{{end}}', "up"),
        ('{{if eq .State "exited"}}a{{else if .Ready}}b{{else}}c{{end}}', "b"),
        ("{{if not .Ready}}x{{end}}", ""),
        ("a {{- .Name -}} b", "ashop-web-1b"),
        ("a{{- 1 }}", "a1"),
        ("{{/* nothing */}}x", "x"),
        ('{{printf "%-12s|%03d" .Name .ExitCode}}', "shop-web-1  |000"),
        ("{{println .Name}}", "shop-web-1\n"),
        ('{{`raw "text"`}}', 'raw "text"'),
        ("{{(.Name)}}", "shop-web-1"),
        ("} }} {", "} }} {"),
        ('{{if and .Ready (or .Name "")}}yes{{end}}', "yes"),
    ],
)
def test_a_template_is_filled_in(text, line):
    assert Template(text).fill(ROW) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{{range .Ports}}{{.}} {{end}}", "80 443 "),
        ("{{range $at, $port := .Ports}}{{$at}}:{{$port}} {{end}}", "0:80 1:443 "),
        ("{{range $port := .Ports}}{{$port}}{{$.ExitCode}} {{end}}", "800 4430 "),
        ("{{range .None}}x{{else}}none{{end}}", "none"),
        ("{{range .Places}}{{.URL}}/{{.Port}} {{end}}", "a/80 b/81 "),
        ("{{range $key, $value := .Tags}}{{$key}}={{$value}} {{end}}", "a=1 b=2 "),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ('{{range .Ports}}{{if eq . "443"}}{{break}}{{end}}{{.}}{{end}}', "80"),
        ('{{range .Ports}}<{{if eq . "80"}}{{continue}}{{end}}{{.}}>{{end}}', "<<443>"),
        ("{{with .Name}}{{.}}{{end}}", "shop-web-1"),
        ("{{with .None}}x{{else}}y{{end}}", "y"),
        ("{{with .None}}x{{else with .Name}}{{.}}{{end}}", "shop-web-1"),
        ("{{$x := .Name}}{{if .Ready}}{{$x = upper $x}}{{end}}{{$x}}", "SHOP-WEB-1"),
        ("{{$x := 1}}{{if .Ready}}{{$x := 2}}{{end}}{{$x}}", "1"),
        ("{{if $x := .State}}{{$x}}{{end}}", "running"),
        ('{{define "one"}}<{{.}}>{{end}}{{template "one" .Name}}', "<shop-web-1>"),
        ("{{define `one`}}x{{end}}{{template `one`}}", "x"),
        ('{{block "one" .Name}}[{{.}}]{{end}}{{template "one" 2}}', "[shop-web-1][2]"),
        ("{{(index .Places 1).URL}}", "b"),
        ("{{.Places}}", "[{a 80} {b 81}]"),
        ("{{slice .Name 5 8}} {{slice .Name 9}}", "web 1"),
        ("{{html \"<a b='c'>&\"}}", "&lt;a b=&#39;c&#39;&gt;&amp;"),
        ('{{js "it\'s <b>"}}', "it\\'s \\u003Cb\\u003E"),
        ('{{urlquery "a b&c"}}', "a+b%26c"),
    ],
)
def test_lists_variables_and_templates_are_gone_through(text, line):
    places = [Struct(URL="a", Port=80), Struct(URL="b", Port=81)]

    assert Template(text).fill({**ROW, "Places": places, "Tags": {"b": 2, "a": 1}, "None": []}) == line


def test_json_of_the_row_is_the_row_without_methods():
    assert Template("{{json .}}").fill({"B": "<1>", "Label": str, "A": 2}) == '{"B":"\\u003c1\\u003e","A":2}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{.Name", "never closed"),
        ("{{", "never closed"),
        ("{{}}", "empty"),
        ("{{if .Name}}x", "never ended"),
        ("{{end}}", "without an 'if'"),
        ("{{.Name | nosuch}}", "no template function 'nosuch'"),
        ("{{range .Ports}}x", "'range' or 'with' is never ended"),
        ("{{with .Name}}x", "'range' or 'with' is never ended"),
        ("{{break}}", "'break' outside of a 'range'"),
        ("{{if .Ready}}{{continue}}{{end}}", "'continue' outside of a 'range'"),
        ("{{$x.y := 1}}", "no name for a variable"),
    ],
)
def test_what_cannot_be_read_is_explained(text, message):
    with pytest.raises(BadValue, match=message):
        Template(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{.Nope}}", "unknown field 'Nope'"),
        ("{{upper .Nope}}", "unknown field 'Nope'"),
        ("{{.Name.First}}", "unknown field 'First'"),
        ('{{.Name "x"}}', "which is a field"),
        ("{{upper .ExitCode}}", "cannot be used like that"),
        ("{{truncate .Name}}", "cannot be used like that"),
        ('{{"a" .Name}}', "no function"),
        ("{{$x}}", "no variable '\\$x'"),
        ("{{if .Ready}}{{$x := 1}}{{end}}{{$x}}", "no variable"),
        ("{{range .Name}}x{{end}}", "cannot go through 'shop-web-1'"),
        ('{{template "x"}}', "'x', which is not defined"),
        ('{{define "x"}}{{template "x"}}{{end}}{{template "x"}}', "without end"),
        ("{{slice .Name 0 99}}", "it is 10 long"),
    ],
)
def test_what_cannot_be_filled_in_is_explained(text, message):
    with pytest.raises(BadValue, match=message):
        Template(text).fill(ROW)


def test_titles_stand_for_fields_functions_and_methods():
    header = titles({"RunningFor": "CREATED"})

    assert Template('{{.Name}}|{{.RunningFor}}|{{upper .State}}|{{.Label "tier"}}|{{.ExitCode}}').fill(header) == (
        "NAME|CREATED|STATE|tier|EXIT CODE"
    )
    assert Template("{{range .Ports}}{{.X}}{{end}}|{{with .Name}}{{.Y}}{{end}}").fill(header) == "PORTS|NAME"


def test_plain_fields_need_no_parser():
    before = set(sys.modules)
    sys.modules.pop("composekit.values.gofunctions", None)

    assert Template("x{{.Name}}\t{{ .State }}").fill(ROW) == "xshop-web-1\trunning"
    assert "composekit.values.gofunctions" not in sys.modules
    assert set(sys.modules) <= before


@given(st.text())
def test_any_text_is_filled_in_or_explained(text):
    try:
        Template(text).fill(ROW)
    except BadValue:
        return


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_actions_stays_as_it_is(text):
    assert Template(text).fill(ROW) == text


def test_json_is_that_of_go():
    assert go_json({"a": "x->y & z", "b": [1, True, None]}) == '{"a":"x-\\u003ey \\u0026 z","b":[1,true,null]}'
