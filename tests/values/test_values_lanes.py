"""A fast lane may only say yes, and then says what the grammar says; nothing but BadValue ever comes out."""

import contextlib
import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.values import constraint, image, mount, port
from composekit.values.device import parse_device
from composekit.values.envfile import parse_env, parse_raw
from composekit.values.quantity import parse_bytes, parse_duration
from composekit.values.template import substitute


def made_of(*pieces, size=8):
    """Texts joined from pieces that matter to the language, with a stray character now and then."""
    return st.lists(st.sampled_from(pieces) | st.characters(max_codepoint=0x2FF), max_size=size).map("".join)


PORTS = made_of(
    "80",
    "8000-8010",
    "8000-8010",
    "0",
    "65536",
    ":",
    ":",
    ":",
    "-",
    "/",
    "/udp",
    "/TCP",
    "127.0.0.1",
    "01.2.3.4",
    "[::1]",
    "::",
)
MOUNTS = made_of("data", "/a", "./b", "C", "\\", ":", ":", ":", "ro", ",", "z", "nocopy", "${", "}", "$", "\0")
IMAGES = made_of(
    "app",
    "a.b",
    "localhost",
    "my_host.com",
    "index.docker.io",
    "5000",
    "/",
    "/",
    ":",
    ":",
    "@",
    "sha256:" + "0a" * 32,
    "sha256:",
    "_",
    ".",
    "-",
    "A",
    "0a" * 32,
)
PLAIN_IMAGES = st.tuples(
    st.sampled_from(
        ["", "a.b/", "localhost/", "a:80/", "docker.io/", "x/", "library/", "my_host.com/", "index.docker.io/"]
    ),
    st.sampled_from(["app", "a/b", "a_b.c-d/e", "0a" * 32, "a__b"]),
    st.sampled_from(["", ":1", ":V1_.-", ":" + "x" * 128]),
    st.sampled_from(["", "", "@sha256:" + "0a" * 32]),
).map("".join)
CONSTRAINTS = made_of("node.role", "node.labels.a", "==", "==", "!=", "=", " ", " ", "manager", "east west", "'", "a")
ENVS = made_of(
    "A",
    "B",
    "=",
    "=",
    "\n",
    "\n",
    '"',
    "'",
    "\\",
    "$A",
    "${B:-",
    "}",
    "#",
    " ",
    "export ",
    "\r",
    ":",
    "\ufeff",
    size=20,
)
ANY = st.text(max_size=40)


def by_constraint_grammar(text):
    key, operator, value = (str(token) for token in constraint._LANGUAGE.parse(text).children)
    return constraint.Constraint(key, operator, value.strip())


def plain_constraint(text):
    found = constraint._PLAIN.fullmatch(text)
    return constraint.Constraint(*found.groups()) if found else None


LANES = {
    "port": (st.from_regex(port._PLAIN, fullmatch=True) | PORTS, port._plain_port, port._port_by_grammar),
    "mount": (MOUNTS, mount._plain_parts, mount._parts_by_grammar),
    "image": (PLAIN_IMAGES | IMAGES, image._plain_image, image._image_by_grammar),
    "constraint": (
        st.from_regex(constraint._PLAIN, fullmatch=True) | CONSTRAINTS,
        plain_constraint,
        by_constraint_grammar,
    ),
}


@pytest.mark.parametrize("language", LANES)
def test_the_fast_lane_says_what_the_grammar_says(language):
    texts, fast, slow = LANES[language]
    accepted = 0

    @settings(max_examples=250, deadline=None, derandomize=True)
    @given(texts)
    def check(text):
        nonlocal accepted
        quick = fast(text)
        if quick is not None:
            accepted += 1
            assert quick == slow(text)

    check()
    assert accepted > 20


ORDINARY = [
    (port.parse_port, "127.0.0.1:8000-8010:80-90/udp"),
    (port.parse_port, "[::1]:80:80"),
    (port.parse_port, "3000"),
    (mount.parse_mount, "./data:/var/lib/data:ro,z"),
    (mount.parse_mount, "/cache"),
    (image.parse_image, "ghcr.io/org/app:1.2@sha256:" + "0a" * 32),
    (image.parse_image, "localhost:5000/my_app"),
    (constraint.parse_constraint, "node.labels.zone != east"),
]


def test_ordinary_strings_do_not_import_lark():
    calls = "\n".join(
        f"{function.__module__.rpartition('.')[2]}.{function.__name__}({text!r})" for function, text in ORDINARY
    )
    imports = "import sys\nfrom composekit.values import constraint, image, mount, port"
    program = f"{imports}\n{calls}\nassert 'lark' not in sys.modules"

    subprocess.run([sys.executable, "-c", program], check=True)


def refusal(parse, text):
    try:
        parse(text)
    except BadValue as error:
        return error
    return None


PARSERS = {
    "port": (port.parse_port, PORTS),
    "mount": (mount.parse_mount, MOUNTS),
    "image": (image.parse_image, IMAGES),
    "constraint": (constraint.parse_constraint, CONSTRAINTS),
    "device": (parse_device, made_of("/dev/a", ":", "rwm")),
    "duration": (parse_duration, made_of("1", "9" * 30, ".", "s", "ms", "h", "-", "+", "0")),
    "bytes": (parse_bytes, made_of("1", "9" * 30, ".", "k", "mb", "GiB", "-", " ", "e5", "e999")),
    "env": (lambda text: parse_env(text, {"A": "1"}.get, substitute), ENVS),
    "raw": (lambda text: parse_raw(text, {"A": "1"}.get), ENVS),
}


@pytest.mark.parametrize("language", PARSERS)
def test_any_text_is_read_or_refused_with_a_place_inside_it(language):
    parse, texts = PARSERS[language]

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(texts | ANY)
    @example("")
    @example("\0")
    @example("9" * 5000)
    @example("\ud800")
    @example("{0}{word}{")
    def check(text):
        error = refusal(parse, text)
        if error is not None:
            assert error.offset is not None
            assert 0 <= error.offset <= error.offset + error.length <= len(text)
            if language not in ("duration", "bytes"):
                assert str(error).isprintable()
                assert len(str(error)) < 200

    check()


HUGE = [
    "8" * 200_000,
    ":" * 200_000,
    "a:" * 100_000,
    "a/" * 100_000,
    "a-" * 100_000,
    "1.1" * 70_000,
    "${" * 100_000,
    " " * 200_000,
    "\\'" * 100_000,
]
HUGE += ["A=" + one for one in HUGE] + [
    "A='" + "\\" * 200_000,
    "A=\n" * 50_000,
    "A" * 200_000,
    "#\n" * 100_000,
    "export " * 30_000,
    "é" * 200_000,
    "${" * 50_000 + "}" * 50_000 + ":/x",
]


@pytest.mark.parametrize("language", [name for name in PARSERS if name not in ("duration", "bytes")])
def test_long_texts_take_a_time_that_grows_with_their_length(language):
    """The limit is far off: a second is what it takes, a quadratic lane would take minutes."""
    start = time.process_time()
    for text in HUGE:
        with contextlib.suppress(BadValue):
            PARSERS[language][0](text)

    assert time.process_time() - start < 30
