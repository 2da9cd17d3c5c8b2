import pytest

from composekit.errors import BadValue
from composekit.values.image import ImageRef, parse_image

DIGEST = "sha256:" + "0123456789abcdef" * 4

IMAGES = [
    ("nginx", ImageRef("docker.io", "library/nginx"), "nginx", "docker.io/library/nginx:latest"),
    ("nginx:1.27", ImageRef("docker.io", "library/nginx", "1.27"), "nginx:1.27", "docker.io/library/nginx:1.27"),
    ("org/app", ImageRef("docker.io", "org/app"), "org/app", "docker.io/org/app:latest"),
    ("library/nginx", ImageRef("docker.io", "library/nginx"), "nginx", "docker.io/library/nginx:latest"),
    ("index.docker.io/org/app", ImageRef("docker.io", "org/app"), "org/app", "docker.io/org/app:latest"),
    ("docker.io/library/a/b", ImageRef("docker.io", "library/a/b"), "library/a/b", "docker.io/library/a/b:latest"),
    ("ghcr.io/app:2", ImageRef("ghcr.io", "app", "2"), "ghcr.io/app:2", "ghcr.io/app:2"),
    ("localhost/app", ImageRef("localhost", "app"), "localhost/app", "localhost/app:latest"),
    ("reg:5000/a/b", ImageRef("reg:5000", "a/b"), "reg:5000/a/b", "reg:5000/a/b:latest"),
    ("[::1]:5000/a", ImageRef("[::1]:5000", "a"), "[::1]:5000/a", "[::1]:5000/a:latest"),
    ("REG/app", ImageRef("REG", "app"), "REG/app", "REG/app:latest"),
    ("my_host.com/app", ImageRef("", "my_host.com/app"), "my_host.com/app", "my_host.com/app:latest"),
    (
        f"app@{DIGEST}",
        ImageRef("docker.io", "library/app", "", DIGEST),
        f"app@{DIGEST}",
        f"docker.io/library/app@{DIGEST}",
    ),
    (
        f"app:1@{DIGEST}",
        ImageRef("docker.io", "library/app", "1", DIGEST),
        f"app:1@{DIGEST}",
        f"docker.io/library/app:1@{DIGEST}",
    ),
]


@pytest.mark.parametrize(("text", "image", "familiar", "canonical"), IMAGES)
def test_a_reference_has_parts_a_short_and_a_full_spelling(text, image, familiar, canonical):
    parsed = parse_image(text)

    assert parsed == image
    assert parsed.familiar == familiar
    assert parsed.canonical == canonical


@pytest.mark.parametrize("spelling", ["familiar", "canonical"])
@pytest.mark.parametrize("text", [case[0] for case in IMAGES])
def test_both_spellings_name_the_same_image(text, spelling):
    image = parse_image(text)

    again = parse_image(getattr(image, spelling))

    assert again[:2] == image[:2]
    assert again.digest == image.digest


WRONG = [
    ("", 0, "name is missing"),
    ("Nginx", 0, "lower case"),
    ("org/App", 4, "lower case"),
    ("a..b", 0, "is not a name"),
    ("nginx:", 6, "tag after ':' is missing"),
    ("nginx:a b", 0, "white space"),
    ("nginx: 1", 0, "white space"),
    ("nginx:1:2", 0, "a tag has only"),
    ("nginx:" + "x" * 129, 0, "at most 128"),
    ("reg:port/app", 8, "a tag cannot be followed"),
    ("app@", 4, "digest after '@' is missing"),
    ("app@latest", 4, "is not a digest"),
    ("app@md5:" + "0" * 32, 4, "not a digest algorithm"),
    ("app@" + DIGEST[:-1], 11, "63 digits where sha256 has 64"),
    ("app@" + DIGEST.upper().replace("SHA", "sha"), 11, "lower case"),
    (DIGEST[7:], 0, "bare digest"),
    ("ghcr.io/" + "x/" * 127 + "yy", 8, "256 characters"),
]


@pytest.mark.parametrize(("text", "offset", "message"), WRONG)
def test_what_is_wrong_is_pointed_at(text, offset, message):
    with pytest.raises(BadValue, match=message) as caught:
        parse_image(text)

    assert caught.value.offset == offset
