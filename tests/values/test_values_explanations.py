"""What a person reads about a string that is wrong: one snapshot per language, of messages as they are shown."""

import pytest

from composekit.errors import BadValue
from composekit.values.constraint import parse_constraint
from composekit.values.device import parse_device
from composekit.values.envfile import parse_env, parse_raw
from composekit.values.image import parse_image
from composekit.values.mount import parse_mount
from composekit.values.port import parse_port
from composekit.values.template import substitute

DIGITS = "0123456789abcdef" * 4

MISTAKES = {
    "port": (
        parse_port,
        [
            "",
            "80:",
            "8080:",
            "web",
            "80:web",
            "eighty:80",
            "80 ",
            "8080: 80",
            "65536",
            "80:0",
            "99999:80",
            "90-80",
            "80:90-80",
            "80-:80",
            "80:80-81",
            "80-81:80-82",
            "80/http",
            "80/tcp/udp",
            "80/udp:80",
            "127.0.0.1:80",
            "[::1]:80",
            "[::1:80:80",
            "127.0.1:80:80",
            "localhost:80:80",
            "fe80::1%eth0:80:80",
            "-5",
            "80;81",
            "80,81",
            "\n80",
            "80:80\0",
        ],
    ),
    "mount": (
        parse_mount,
        ["", "data:", ":data", "data::/b", "/a:/b:ro:", "/a:/b:/c:/d", "${DIR:/b", "data:${A${B}:/x", "data:/b\0c"],
    ),
    "image": (
        parse_image,
        [
            "",
            "Nginx",
            "org/App",
            "nginx:",
            "nginx:a b",
            " nginx",
            "nginx:1:2",
            "reg:port/app",
            "app@",
            "app@latest",
            "a..b",
            "a_/b",
            "/app",
            "a//b",
            ":1",
            f"app@sha256:{DIGITS[1:]}",
            f"app@sha256:{DIGITS.upper()}",
            f"app@md5:{DIGITS[:32]}",
            DIGITS,
            "x/" * 128 + "y",
            "nginx:" + "1" * 129,
            "a.b/",
            "https://a.b/c",
        ],
    ),
    "constraint": (
        parse_constraint,
        [
            "",
            "node.role",
            "node.role=manager",
            "node.role == ",
            "== manager",
            "x==y",
            "node.role=='manager'",
            "node.role==a,b",
            "node.role==a==b",
            "node.role > 1",
        ],
    ),
    "device": (parse_device, ["/dev/a:/dev/b:rwm:x"]),
    "env": (
        lambda text: parse_env(text, {}.get, substitute),
        ["A B=1", "A-$=1", '"A"=1', "A='x", 'A="x\ny', "export ", "A=${B:?set it}", "A=1\nB=${", "{\n", "A\x07=1"],
    ),
    "raw env": (parse_raw, ["=1", "export A=1", "A =1"]),
}


def explained(parse, text):
    with pytest.raises(BadValue) as caught:
        parse(text)
    error = caught.value
    under = " " * len(repr(text[: error.offset])[1:-1]) + "^" * max(
        1, len(repr(text[error.offset : error.offset + error.length])[1:-1])
    )
    lines = [repr(text)[1:-1], under, str(error)]
    return "\n".join(lines + ([f"hint: {error.hint}"] if error.hint else []))


@pytest.mark.parametrize("language", MISTAKES)
def test_mistakes_are_explained(language, snapshot):
    parse, texts = MISTAKES[language]

    assert "\n\n".join(explained(parse, text) for text in texts) == snapshot
