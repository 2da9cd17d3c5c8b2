"""`composekit fmt` on texts: what it changes, what it leaves alone, and that comments stay with their keys."""

import pytest

from composekit.lint.fixer import fix
from composekit.lint.formatter import Style, changes, same_for
from composekit.load.pipeline import load as load_project
from composekit.load.request import LoadRequest


@pytest.fixture
def fmt(tmp_path):
    def run(text, **style):
        file = str(tmp_path / "compose.yaml")

        def check(texts):
            request = LoadRequest(
                cwd=str(tmp_path), environment={}, files=(file,), project_name="p", texts={file: text, **texts}
            )
            loaded = load_project(request)
            return [loaded], lambda: changes(loaded, Style(**style))

        same = same_for(Style(**style))
        made = fix(check, {}, same=same).texts.get(file, text)
        again = fix(lambda texts: check({file: made, **texts}), {}, same=same).texts
        assert again.get(file, made) == made, "formatting twice changes something"
        return made

    return run


def test_keys_get_their_order_and_keep_their_comments(fmt):
    text = """\
# A stack.

services:
  web:
    # published for the proxy
    ports:
      - "80:80"
    # pinned
    image: nginx:1  # see the wiki

    x-team: blue
    restart: always
name: demo
"""
    assert (
        fmt(text)
        == """\
# A stack.

name: demo
services:
  web:
    # pinned
    image: nginx:1  # see the wiki
    x-team: blue

    # published for the proxy
    ports:
      - "80:80"
    restart: always
"""
    )


@pytest.mark.parametrize(
    "comment", ["\n    # alone\n\n", "#    command: x\n", "  # further left\n"], ids=["alone", "column 0", "left"]
)
def test_nothing_moves_where_it_is_not_clear_what_a_comment_belongs_to(fmt, comment):
    text = f"services:\n  web:\n    restart: always\n{comment}    image: nginx:1\n"

    assert fmt(text) == text


def test_merge_keys_and_block_texts_stay_whole(fmt):
    text = """\
x-base: &base
  restart: always
services:
  web:
    command: |
      # no comment

        indented
      image: none
    <<: *base
    image: nginx:1
"""
    assert (
        fmt(text)
        == """\
x-base: &base
  restart: always
services:
  web:
    image: nginx:1
    command: |
      # no comment

        indented
      image: none
    <<: *base
"""
    )


def test_an_anchor_is_not_moved_behind_its_alias(fmt):
    text = """\
services:
  web:
    environment: &env
      A: b
    image: nginx:1
    build:
      context: .
      args: *env
    labels: *env
"""
    assert fmt(text) == text


def test_an_anchor_that_would_come_too_late_keeps_the_project_as_it_is(fmt):
    text = """\
services:
  a:
    image: nginx:1
    labels: &l {x: y}
  A:
    image: nginx:1
    labels: *l
"""
    assert fmt(text, sort=("services",)) == text


def test_quotes_become_the_wanted_ones_where_that_changes_nothing(fmt):
    text = "services:\n  web:\n    image: 'nginx:1'\n    command: 'say \"x\"'\n    user: \"a\\tb\"\n    hostname: web\n"

    assert fmt(text, order=False) == text.replace("'nginx:1'", '"nginx:1"')
    assert fmt(text, order=False, quotes="single") == text
    assert fmt(text, order=False, quotes="keep") == text


def test_ports_get_quotes(fmt):
    text = "services:\n  web:\n    image: nginx:1\n    ports:\n      - 8080:80\n"

    assert fmt(text) == text.replace("8080:80", '"8080:80"')
    assert fmt(text, ports=False) == text


def test_spacing_is_tidied_outside_of_texts(fmt):
    text = "services:  \n  web:\n    image: nginx:1\t\n\n\n\n    command: |\n      a  \n\n\n      b\n    hostname: x"

    assert fmt(text, order=False) == (
        "services:\n  web:\n    image: nginx:1\n\n    command: |\n      a  \n\n\n      b\n    hostname: x\n"
    )
    assert fmt(text, order=False, spacing=False) == text


def test_line_ends_of_windows_stay(fmt):
    text = "services:\r\n  web:\r\n    ports: ['80:80']\r\n    image: nginx:1 \r\n"

    assert fmt(text) == 'services:\r\n  web:\r\n    image: nginx:1\r\n    ports: ["80:80"]\r\n'


def test_services_and_variables_are_sorted_when_asked(fmt):
    text = """\
services:
  web:
    image: nginx:1
    environment:
      # the second
      - B=2
      - A=1

  db:
    image: redis:7
    environment: {Z: 1, A: 2}
"""
    assert fmt(text) == text
    assert (
        fmt(text, sort=("services", "environment"))
        == """\
services:
  db:
    image: redis:7
    environment: {Z: 1, A: 2}

  web:
    image: nginx:1
    environment:
      - A=1
      # the second
      - B=2
"""
    )


def test_an_environment_becomes_a_mapping_when_asked(fmt):
    text = """\
services:
  web:
    image: nginx:1
    environment:
    # where
    - HOST=example.com  # ours
    - "PORT=80"
    - YES=yes
    - EMPTY=
    - FROM_SHELL
    - TEXT=a "b" $${c} ${D:-e}
"""
    assert (
        fmt(text, environment="mapping")
        == """\
services:
  web:
    image: nginx:1
    environment:
    # where
      HOST: example.com  # ours
      PORT: "80"
      "YES": "yes"
      EMPTY: ""
      FROM_SHELL:
      TEXT: a "b" $${c} ${D:-e}
"""
    )


def test_an_environment_becomes_a_list_when_asked(fmt):
    text = """\
services:
  web:
    image: nginx:1
    environment:
      HOST: example.com  # ours
      PORT: 80
      OFF: 'no'
      FROM_SHELL:
      OTHER: null
"""
    assert (
        fmt(text, environment="list")
        == """\
services:
  web:
    image: nginx:1
    environment:
      - HOST=example.com  # ours
      - PORT=80
      - OFF=no
      - FROM_SHELL
      - OTHER
"""
    )


def test_variables_that_stand_twice_keep_their_list(fmt):
    text = "services:\n  web:\n    image: nginx:1\n    environment:\n      - A=1\n      - A=2\n"

    assert fmt(text, environment="mapping") == text


def test_ports_are_sorted_when_asked(fmt):
    ports = '      - "8443:443"\n      - "127.0.0.1:80:80/tcp"\n      - "90"\n'
    text = "services:\n  web:\n    image: nginx:1\n    ports:\n" + ports
    made = fmt(text, sort=("ports",))

    assert [line.strip() for line in made.splitlines()[-3:]] == ['- "90"', '- "127.0.0.1:80:80/tcp"', '- "8443:443"']
