import pytest

from composekit.swarm.image_names import tagged_image

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "sent"),
    [
        ("nginx", "nginx:latest"),
        ("nginx:1.27", "nginx:1.27"),
        ("docker.io/library/nginx", "nginx:latest"),
        ("library/nginx", "nginx:latest"),
        ("index.docker.io/grafana/grafana", "grafana/grafana:latest"),
        ("docker.io/nginx:1", "nginx:1"),
        ("library/distros/alpine", "library/distros/alpine:latest"),
        ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("registry:5000/app", "registry:5000/app:latest"),
        ("Host/app", "Host/app:latest"),
        (f"nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"nginx:1.27@{DIGEST}", f"nginx:1.27@{DIGEST}"),
        ("a" * 64, "a" * 64),
    ],
)
def test_an_image_is_sent_by_its_short_name_with_a_tag(image, sent):
    assert tagged_image(image) == sent


@pytest.mark.parametrize(
    "image", ["", "Nginx", "nginx:", "nginx:a b", "-x", "a/b/", "reg.io/UPPER", "a:b:c", "a" * 257]
)
def test_what_is_no_image_name_is_refused(image):
    assert tagged_image(image) is None
